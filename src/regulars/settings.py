"""The typed settings of a shop, read once at the edge from `regulars.toml`.

>>> settings = Settings()
>>> settings.shop.time_zone, settings.shop.currency
('Asia/Shanghai', 'CNY')
>>> settings.cycle.fallback_days
(60.0, 90.0, 180.0)
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from regulars.errors import SettingsError, Where
from regulars.kernel.promotion import Promotion
from regulars.kernel.store_url import mistake_in
from regulars.kernel.toml_file import Key, TomlFile, open_toml

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; a key that it does not know is an error, not a silent nothing."""


class ShopSettings(_Table, frozen=True):
    """`[shop]`: who the shop is."""

    id: str = "shop"
    """Salts the buckets of hold-outs; made at `init`, never changed."""
    name: str = "My shop"
    time_zone: str = "Asia/Shanghai"
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "CNY"
    language: Literal["zh", "en"] = "zh"
    margin: Share = 0.3
    """Share of the price paid that is profit, where a product's cost is not known."""


class EngineSettings(_Table, frozen=True):
    """`[engine]`: how much of the machine the warehouse may use."""

    memory_limit: str = "2GB"
    threads: Annotated[int, msgspec.Meta(ge=0, le=512)] = 0
    """0 takes as many as there are cores."""


class CycleSettings(_Table, frozen=True):
    """`[cycle]`: bounds of warmth (design: "Depth, warmth, stage")."""

    fallback_days: tuple[Positive, Positive, Positive] = (60.0, 90.0, 180.0)
    """P50, P80, P95 where the shop's data do not reach them."""
    horizon_days: Days = 365
    """A customer is judged by the chance of an order within so many days."""
    lost_below: Share = 0.10
    """Below this chance the customer is lost."""
    won_back_days: Days = 90
    """How long an order after dormant or lost counts as won back."""


class CutThresholds(_Table, frozen=True):
    """Fixed cuts of the eight Chinese segments."""

    recency_days: Positive
    orders: Positive
    monetary: Positive


class RfmSettings(_Table, frozen=True):
    """`[rfm]`: where high begins in the eight Chinese segments."""

    cut: Literal["mean", "median"] = "mean"
    thresholds: CutThresholds | None = None
    """Where given, they take the place of `cut`."""


class CoreSettings(_Table, frozen=True):
    """`[core]`: the published rule for core customers, judged at month ends.

    Among customers with at least `min_orders` purchases ever, the top `share` by
    (rank of spend x rank of purchases x rank of months active) over the last `window_days`.
    """

    window_days: Days = 365
    share: Share = 0.10
    min_orders: Annotated[int, msgspec.Meta(ge=1)] = 3


class CalendarSettings(_Table, frozen=True):
    """`[calendar]`: promotions that pull purchases together, so that cycles allow for them."""

    promotions: tuple[Promotion, ...] = (
        Promotion("618", "06-01", "06-20"),
        Promotion("Double 11", "10-31", "11-11"),
        Promotion("Double 12", "12-10", "12-12"),
    )
    """Those of which the shop's own data show no effect change nothing."""
    paydays: tuple[Annotated[int, msgspec.Meta(ge=1, le=31)], ...] = (10, 15)
    """Days of the month on which most customers' wages come in; 31 is the last day of each."""


class EndUsersSettings(_Table, frozen=True):
    """`[end_users]`: whether the shop looks at those who use what its customers buy.

    They are not the shop's customers and have agreed to nothing: off unless the shop decides.
    """

    enabled: bool = False
    """Recipients and gifts."""
    guardian_consent: bool = False
    """Children's ages from what is bought: only where the guardians have consented (PIPL Art. 31)
    and what is bought tells an age."""


class LifetimeSettings(_Table, frozen=True):
    """`[lifetime]`: how far a customer's value looks ahead, and what later money is worth."""

    value_days: Days = 1095
    """Lifetime value counts the profit of so many days."""
    discount_rate: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.10
    """Yearly: money that comes in a year is worth 1 / 1.1 of money today."""


class PlanSettings(_Table, frozen=True):
    """`[plan]`: the budget of a day's plan and the hold-out of all marketing."""

    budget: Annotated[float, msgspec.Meta(ge=0)] = 1000.0
    """In the shop's currency; the worst case of all actions together never exceeds it."""
    global_hold_out: Share = 0.05
    epoch_days: Days = 90
    """A new global hold-out is drawn when an epoch of so many days has ended."""


class StoreSettings(_Table, frozen=True):
    """`[store]`: where the book of record is kept (docs/store.md)."""

    url: str = ""
    """`postgresql://user@host/database`, without a password; empty keeps it in the home."""


class ServeSettings(_Table, frozen=True):
    """`[serve]`: the server of `regulars serve`."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8686
    """0 takes any free one."""
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    """Processes that take events in."""
    origins: tuple[str, ...] = ("*",)
    """Web sites whose pages may send events."""
    inbox_limit_mb: Annotated[int, msgspec.Meta(ge=64)] = 4096
    """Above so much that is not settled yet, nothing more is taken in until it is."""
    settle_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 10
    """What came in is settled into landing at least so often."""


class WebhookSettings(_Table, frozen=True):
    """`[webhooks]`: which addresses webhooks may go to (docs/webhooks_out.md)."""

    allow_private: bool = False
    """Addresses of the shop's own network and of this machine too."""
    http_hosts: tuple[str, ...] = ()
    """Hosts that may be told without TLS."""
    ports: tuple[Annotated[int, msgspec.Meta(ge=1, le=65535)], ...] = (80, 443, 8443)


class BenefitSettings(_Table, frozen=True):
    """`[benefits]`: how a running server gives what rules promise (docs/benefits.md)."""

    reward_every: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 60
    """Seconds between two looks at what has come in; 0: only `regulars benefit run` gives."""


class IdentitySettings(_Table, frozen=True):
    """`[identity]`: when ids are taken for one person."""

    verified: tuple[Literal["phone", "email", "unionid"], ...] = ("unionid",)
    """Keys of which the shop knows that they are the person's own (a code was sent and came back):
    two accounts with the same one are joined. Others never join two accounts."""
    runaway_at: Annotated[int, msgspec.Meta(ge=2, le=10_000)] = 10
    """A key or device that more accounts than these share is nobody's: it joins nothing."""


StepText = Annotated[str, msgspec.Meta(max_length=500)]


class LineSettings(_Table, frozen=True):
    """`[line]`: the line from a first visit to a regular, as steps of the timeline (docs/line.md).

    A step that is empty is left out.
    """

    seen: StepText = "any"
    followed: StepText = "Followed"
    downloaded: StepText = "Application Installed"
    activated: StepText = "Application Opened"
    """The first real use."""
    first_order: StepText = "order"
    retained: StepText = "order"
    """After the first order: a second one, unless told otherwise."""

    @property
    def by_name(self) -> dict[str, str]:
        """The steps that are not left out, in their order.

        >>> list(LineSettings(downloaded="", activated="").by_name)
        ['seen', 'followed', 'first_order', 'retained']
        """
        told = ((name, getattr(self, name).strip()) for name in self.__struct_fields__)
        return {name: text for name, text in told if text}

    @property
    def steps(self) -> str:
        """The same as the steps of a funnel are written.

        >>> LineSettings(downloaded="", activated="").steps
        'any, Followed, order, order'
        """
        return ", ".join(self.by_name.values())


class GoalDrivers(_Table, frozen=True):
    """`drivers` of a goal: what it is to be reached by; those left out follow the last period."""

    new_buyers: Annotated[float, msgspec.Meta(ge=0)] | None = None
    returning_buyers: Annotated[float, msgspec.Meta(ge=0)] | None = None
    frequency: Annotated[float, msgspec.Meta(ge=1)] | None = None
    """Orders per buyer."""
    average_order_value: Positive | None = None
    margin: Share | None = None
    """Profit / sales."""


_LONGEST_GOAL = 1096


class GoalSettings(_Table, frozen=True):
    """`[[goals]]`: what the shop wants to reach, and by when."""

    metric: Literal[
        "sales", "profit", "orders", "buyers", "new_buyers", "average_order_value", "repeat_rate"
    ]
    target: Annotated[float, msgspec.Meta(gt=0, le=1e12)]
    """In the metric's own unit: money, a number, or a share between 0 and 1."""
    period: Literal["month", "quarter", "year"] | None = None
    """Of the calendar, the one in which the as-of day lies; or else `from` and `to`."""
    first: date | None = msgspec.field(name="from", default=None)
    last: date | None = msgspec.field(name="to", default=None)
    drivers: GoalDrivers = GoalDrivers()


class Settings(_Table, frozen=True):
    """All settings of a shop."""

    shop: ShopSettings = ShopSettings()
    engine: EngineSettings = EngineSettings()
    cycle: CycleSettings = CycleSettings()
    rfm: RfmSettings = RfmSettings()
    core: CoreSettings = CoreSettings()
    calendar: CalendarSettings = CalendarSettings()
    end_users: EndUsersSettings = EndUsersSettings()
    lifetime: LifetimeSettings = LifetimeSettings()
    plan: PlanSettings = PlanSettings()
    store: StoreSettings = StoreSettings()
    serve: ServeSettings = ServeSettings()
    webhooks: WebhookSettings = WebhookSettings()
    benefits: BenefitSettings = BenefitSettings()
    identity: IdentitySettings = IdentitySettings()
    line: LineSettings = LineSettings()
    goals: tuple[GoalSettings, ...] = ()


def read_settings(path: Path) -> Settings:
    """The settings in the file.

    Raises:
        SettingsError: with file, line, value and what is allowed.
    """
    file = open_toml(path, Settings)
    check_settings(file.value, str(path))
    _check_store(file)
    _check_line(file)
    _check_goals(file)
    return file.value


def check_settings(settings: Settings, file: str) -> None:
    """What types cannot say: time zones exist, fallback days rise, promotions have real days.

    Raises:
        SettingsError: with the value and what is allowed.
    """
    try:
        ZoneInfo(settings.shop.time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise SettingsError(
            "there is no such time zone",
            where=Where(file=file, column="shop.time_zone", value=settings.shop.time_zone),
            todo="write a name of the IANA list, for example Asia/Shanghai or Europe/London",
        ) from error
    first, second, third = settings.cycle.fallback_days
    if not first <= second <= third:
        raise SettingsError(
            "the three fallback days must rise",
            where=Where(
                file=file,
                column="cycle.fallback_days",
                value=str(list(settings.cycle.fallback_days)),
            ),
            todo="write them as P50, P80, P95, for example [60, 90, 180]",
        )
    for place, promotion in enumerate(settings.calendar.promotions, start=1):
        try:
            promotion.spans([2024])
        except ValueError as error:
            raise SettingsError(
                f"promotion {promotion.name!r} has no such days: {error}",
                where=Where(
                    file=file,
                    column=f"calendar.promotions[{place}]",
                    value=f"{promotion.first} to {promotion.last}",
                ),
                todo='write them as from = "10-31", to = "11-11" (every year), or with the year',
            ) from error


def _check_store(file: TomlFile[Settings]) -> None:
    url = file.value.store.url
    if url and (mistake := mistake_in(url, may_hold_password=False)):
        raise file.mistake(("store", "url"), *mistake)  # not shown: it may hold a password


_LEAST_STEPS = 2
_STEP_EXAMPLE = 'write it as "NAME", "page:NAME" or "order", with | between alternatives'


def _check_line(file: TomlFile[Settings]) -> None:
    """What can be told of a step without reading it as the pictures do (`insight.steps`)."""
    steps = file.value.line.by_name
    if len(steps) < _LEAST_STEPS:
        raise file.mistake(
            ("line",),
            "the line needs two steps at least",
            "fill in some of " + ", ".join(LineSettings.__struct_fields__),
        )
    for name, text in steps.items():
        bare = _without_quoted(text)
        if bare is None:
            what = "a quote or a bracket is not closed"
        elif "," in bare:
            what = "it is one step, and not a list of them"
        elif not all(part.strip() for part in bare.split("|")):
            what = "it names nothing on one side of a |"
        else:
            continue
        raise file.mistake(("line", name), what, _STEP_EXAMPLE, text)


def _without_quoted(text: str) -> str | None:
    """The text with a dot for each quoted part, and without what stands in brackets.

    None where a quote or a bracket is not closed.
    """
    unquoted = re.sub(r'"[^"]*"', ".", text)
    bare = re.sub(r"\[[^][]*\]", "", unquoted)
    return None if '"' in unquoted or "[" in bare or "]" in bare else bare


def _check_goals(file: TomlFile[Settings]) -> None:
    for place, goal in enumerate(file.value.goals):
        at: Key = ("goals", place)
        dates = goal.first is not None or goal.last is not None
        if (goal.period is None) is not dates or (dates and None in (goal.first, goal.last)):
            raise file.mistake(
                at,
                "a goal has a period, or both of its days",
                'write period = "month", "quarter" or "year"; or from = 2026-10-01 and '
                "to = 2026-12-31",
            )
        if goal.first is not None and goal.last is not None and goal.last < goal.first:
            raise file.mistake(
                (*at, "to"),
                "the last day of the goal lies before its first",
                f"write a day from {goal.first} on",
                goal.last,
            )
        if (
            goal.first is not None
            and goal.last is not None
            and (goal.last - goal.first).days >= _LONGEST_GOAL
        ):
            raise file.mistake(
                (*at, "to"),
                "a goal spans three years at most: nothing can be told of longer ones",
                f"write a day before {goal.first + timedelta(days=_LONGEST_GOAL)}",
                goal.last,
            )
        if goal.metric == "repeat_rate" and goal.target >= 1:
            raise file.mistake(
                (*at, "target"),
                "a repeat rate is a share, below 1",
                "write it as a share, for example 0.25 for 25 %",
                goal.target,
            )
        _check_drivers(file, at, goal)


_DRIVERS_OF = {
    "sales": ("new_buyers", "returning_buyers", "frequency", "average_order_value"),
    "profit": ("new_buyers", "returning_buyers", "frequency", "average_order_value", "margin"),
    "orders": ("new_buyers", "returning_buyers", "frequency"),
    "buyers": ("new_buyers", "returning_buyers"),
}


def _check_drivers(file: TomlFile[Settings], at: Key, goal: GoalSettings) -> None:
    allowed = _DRIVERS_OF.get(goal.metric, ())
    for name in GoalDrivers.__struct_fields__:
        if getattr(goal.drivers, name) is not None and name not in allowed:
            raise file.mistake(
                (*at, "drivers", name),
                f"{name} does not drive {goal.metric}",
                f"allowed: {', '.join(allowed)}"
                if allowed
                else f"a goal of {goal.metric} has none",
                getattr(goal.drivers, name),
            )
