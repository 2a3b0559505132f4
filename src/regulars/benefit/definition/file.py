'''`benefits.toml` in a shop's home: what people write, read into what is published.

>>> benefits = parse_benefits("""
... [[coupon]]
... name = "spring"
... title = "20 off 100"
... kind = "amount"
... amount = 20
... threshold = 100
... """, currency="CNY", zone="Asia/Shanghai")
>>> spring = benefits.terms["coupon", "spring"]
>>> spring.amount, spring.threshold, benefits.line("coupon", "spring", "threshold")
(2000, 10000, 7)
'''

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from regulars.benefit.definition import terms as to
from regulars.benefit.definition.checks import check
from regulars.benefit.definition.toml_types import (
    BadgeTable,
    BenefitsFile,
    BudgetTable,
    CouponTable,
    EarnTable,
    GiftTable,
    GiveTable,
    IncentiveTable,
    PointsTable,
    ScopeTable,
    TiersTable,
)
from regulars.errors import SettingsError
from regulars.kernel.clock import end_of_day
from regulars.kernel.money import exponent
from regulars.kernel.toml_file import Key, TomlFile, parse_toml, read_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST_YEAR, _LAST_YEAR = 1971, 2199


@dataclass(frozen=True, slots=True)
class Benefits:
    """A `benefits.toml` that has passed all checks.

    Attributes:
        file: its name.
        currency: of its money.
        terms: by kind and name, as they are published.
        lines: of everything in the file.
        paths: where each term stands, rules of earning (`earn`) and tiers (`tier`) too.
    """

    file: str
    currency: str
    terms: dict[tuple[str, str], to.Term]
    lines: dict[Key, int]
    paths: dict[tuple[str, str], Key]

    def line(self, kind: str, name: str = "", *column: str) -> int | None:
        """The line of a term, or of a setting of it; of what is above it where it is not written.

        Args:
            kind: as in `terms`; `earn` and `tier` too.
            name: of it.
            column: of the setting.
        """
        path: Key = (*self.paths.get((kind, name), ()), *column)
        found = (self.lines.get(path[:end]) for end in range(len(path), 0, -1))
        return next((line for line in found if line is not None), None)


def read_benefits(path: Path, currency: str, zone: str) -> Benefits:
    """The benefits in the file.

    Args:
        path: of `benefits.toml`.
        currency: the shop's.
        zone: the shop's time zone, whose days are meant.

    Raises:
        SettingsError: with file, line, value and what is allowed.
    """
    return parse_benefits(read_text(path), str(path), currency=currency, zone=zone)


def parse_benefits(text: str, file: str = "benefits.toml", *, currency: str, zone: str) -> Benefits:
    """The benefits in the text of a file; arguments and errors as in `read_benefits`."""
    content = parse_toml(text, BenefitsFile, file)
    check(content)
    return _Reading(content, currency, zone).all()


class _Reading:
    """From what is written to terms; what is finer than a coin is a mistake, never rounded."""

    def __init__(self, file: TomlFile[BenefitsFile], currency: str, zone: str) -> None:
        self._file = file
        self._currency = currency
        self._zone = zone

    def all(self) -> Benefits:
        file, book = self._file, self._file.value
        found: dict[tuple[str, str], to.Term] = {}
        paths: dict[tuple[str, str], Key] = {}

        def add(term: to.Term, *path: str | int) -> None:
            found[to.named(term)] = term
            paths[to.named(term)] = path

        # What a shop has one of is published where it is written; else its defaults hold.
        if ("points",) in file.lines:
            add(self._points(book.points), "points")
        if ("coupons",) in file.lines:
            add(to.Together(most=book.coupons.most_together), "coupons")
        if book.tiers.tier:
            add(self._tiers(book.tiers), "tiers")
        for place, budget in enumerate(book.budget):
            add(self._budget(budget, ("budget", place)), "budget", place)
        for place, coupon in enumerate(book.coupon):
            add(self._coupon(coupon, ("coupon", place)), "coupon", place)
        for place, gift in enumerate(book.gift):
            add(self._gift(gift, ("gift", place)), "gift", place)
        for place, badge in enumerate(book.badge):
            add(_badge(badge), "badge", place)
        for place, incentive in enumerate(book.incentive):
            add(self._incentive(incentive, ("incentive", place)), "incentive", place)
        for place, earn in enumerate(book.points.earn):
            paths["earn", earn.name] = ("points", "earn", place)
        for place, tier in enumerate(book.tiers.tier):
            paths["tier", tier.name] = ("tiers", "tier", place)
        return Benefits(file.name, self._currency, found, file.lines, paths)

    def _coupon(self, one: CouponTable, path: Key) -> to.Coupon:
        starts_at, ends_at = self._days(one.first, one.last, path)
        return to.Coupon(
            name=one.name,
            title=one.title,
            title_zh=one.title_zh or "",
            kind=one.kind,
            amount=self._money(one.amount, (*path, "amount")) or 0,
            percent=self._percent(one.percent, (*path, "percent")),
            ceiling=self._money(one.ceiling, (*path, "ceiling")),
            gift=one.gift or "",
            worth=self._money(one.worth, (*path, "worth")) or 0,
            threshold=self._money(one.threshold, (*path, "threshold")) or 0,
            scope=self._scope(one.scope, (*path, "scope")),
            validity=to.Validity(days=one.days, starts_at=starts_at, ends_at=ends_at),
            stock=one.stock,
            per_customer=_or_none(one.per_customer),
            per_household=one.per_household,
            group=one.group or "",
            alone=one.alone,
            public=one.public,
            budget=one.budget or "",
        )

    def _gift(self, one: GiftTable, path: Key) -> to.Gift:
        return to.Gift(
            name=one.name,
            title=one.title,
            title_zh=one.title_zh or "",
            worth=self._money(one.worth, (*path, "worth")) or 0,
            stock=one.stock,
            per_customer=_or_none(one.per_customer),
            needs_address=one.needs_address,
            budget=one.budget or "",
        )

    def _points(self, one: PointsTable) -> to.Points:
        worth = self._money(one.worth, ("points", "worth"))
        return to.Points(
            title=one.title,
            title_zh=one.title_zh,
            expire_days=one.expire_days,
            expire_years=one.expire_years,
            worth=1 if worth is None else worth,
            worth_of=one.worth_of,
            step=one.step,
            most_percent=self._percent(one.most_percent, ("points", "most_percent")),
            least_order=self._money(one.least_order, ("points", "least_order")) or 0,
            earn=tuple(
                self._earning(earn, ("points", "earn", place))
                for place, earn in enumerate(one.earn)
            ),
        )

    def _earning(self, one: EarnTable, path: Key) -> to.Earning:
        starts_at, ends_at = self._days(one.first, one.last, path)
        return to.Earning(
            name=one.name,
            on=one.on,
            points=one.points,
            growth=one.growth,
            per=self._money(one.per, (*path, "per")) or 0,
            scope=self._scope(one.scope, (*path, "scope")),
            wait_days=one.wait_days,
            limit=one.limit,
            limit_days=1 if one.limit_days is None else one.limit_days,
            starts_at=starts_at,
            ends_at=ends_at,
        )

    def _tiers(self, one: TiersTable) -> to.Tiers:
        tiers = tuple(
            to.Tier(
                name=tier.name,
                title=tier.title,
                title_zh=tier.title_zh or "",
                growth=tier.growth,
                points_percent=self._percent(
                    tier.points_percent, ("tiers", "tier", place, "points_percent")
                ),
                free_shipping=tier.free_shipping,
                gifts=tier.gifts,
                privileges=tier.privileges,
            )
            for place, tier in enumerate(one.tier)
        )
        return to.Tiers(
            tiers=tiers,
            keep_days=one.keep_days,
            count_days=None if one.count_days == "all" else one.count_days,
            falls_to=one.falls_to,
        )

    def _incentive(self, one: IncentiveTable, path: Key) -> to.Incentive:
        starts_at, ends_at = self._days(one.first, one.last, path)
        return to.Incentive(
            name=one.name,
            title=one.title or "",
            title_zh=one.title_zh or "",
            when=one.when,
            stage="" if one.stage is None else one.stage.value,
            on=one.on or "",
            after=one.after or "",
            within_days=one.within_days or 0,
            days=one.days or 0,
            chance=self._percent(one.chance, (*path, "chance")),
            give=self._give(one.give, (*path, "give")),
            limit=_or_none(one.limit),
            limit_days=one.limit_days,
            budget=one.budget or "",
            hold_out=self._percent(one.hold_out, (*path, "hold_out")),
            starts_at=starts_at,
            ends_at=ends_at,
        )

    def _give(self, one: GiveTable, path: Key) -> to.Give:
        return to.Give(
            points=one.points or 0,
            coupon=one.coupon or "",
            gift=one.gift or "",
            balance=self._money(one.balance, (*path, "balance")) or 0,
            expires_days=one.expires_days,
        )

    def _budget(self, one: BudgetTable, path: Key) -> to.Budget:
        money = self._money(one.money, (*path, "money"))
        if money is None:
            return to.Budget(name=one.name, asset="points", amount=one.points or 0)
        return to.Budget(name=one.name, asset=f"money:{self._currency}", amount=money)

    def _scope(self, one: ScopeTable, path: Key) -> to.Scope:
        return to.Scope(
            products=one.products,
            categories=one.categories,
            except_products=one.except_products,
            except_categories=one.except_categories,
            price_from=self._money(one.price_from, (*path, "price_from")),
            price_to=self._money(one.price_to, (*path, "price_to")),
        )

    def _money(self, amount: float | None, path: Key) -> int | None:
        """In the smallest coin."""
        if amount is None:
            return None
        places = exponent(self._currency)
        what = f"the smallest coin of {self._currency} is {Decimal(1).scaleb(-places)}"
        return self._whole(amount, places, path, what)

    def _percent(self, percent: float | None, path: Key) -> int:
        """In hundredths of a percent."""
        return self._whole(percent or 0.0, 2, path, "the finest percent is 0.01")

    def _whole(self, number: float, places: int, path: Key, message: str) -> int:
        units = Decimal(repr(number)).scaleb(places)
        if units != units.to_integral_value():
            raise self._mistake(path, message, "write it with fewer decimal places", number)
        return int(units)

    def _days(
        self, first: date | None, last: date | None, path: Key
    ) -> tuple[int | None, int | None]:
        """From the beginning of the first day to the end of the last, UTC microseconds."""
        for column, day in (("from", first), ("to", last)):
            if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
                raise self._mistake(
                    (*path, column),
                    "this is too far away",
                    f"write a day of the years {_FIRST_YEAR} to {_LAST_YEAR}",
                    day,
                )
        if first is not None and last is not None and last < first:
            raise self._mistake(
                (*path, "to"), "it ends before it begins", f"write a day from {first} on", last
            )
        starts_at = None if first is None else self._end_of(first - timedelta(days=1))
        return starts_at, None if last is None else self._end_of(last)

    def _end_of(self, day: date) -> int:
        return (end_of_day(day, self._zone) - _EPOCH) // _MICROSECOND

    def _mistake(self, path: Key, message: str, todo: str, value: object) -> SettingsError:
        return self._file.mistake(path, message, todo, value)


def _badge(one: BadgeTable) -> to.Badge:
    return to.Badge(
        name=one.name,
        title=one.title,
        title_zh=one.title_zh or "",
        on=one.on,
        count=one.count or 1,
        streak_days=one.streak_days or 0,
    )


def _or_none(count: Any) -> int | None:
    return None if count == "any" else count
