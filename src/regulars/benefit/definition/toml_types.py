"""`benefits.toml` as it is written: money as decimals, percent as numbers, days of the calendar.

What it comes to is in `terms`; `file` turns the one into the other, `checks` tells what types
cannot.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from regulars.kernel.stage_names import Stage

Name = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_.-]{0,39}$")]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Money = Annotated[float, msgspec.Meta(ge=0, le=1_000_000_000)]
"""In the shop's currency."""
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Stock = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
CountOrAny = Count | Literal["any"]
Texts = Annotated[tuple[Words, ...], msgspec.Meta(max_length=500)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; a key that it does not know is an error, not a silent nothing."""


class ScopeTable(_Table, frozen=True):
    """`scope`: the lines of a basket that are meant; all conditions that are written must hold."""

    products: Texts = ()
    """Ids of products."""
    categories: Texts = ()
    """Categories, with all below them: `tea` has `tea/green`."""
    except_products: Texts = ()
    except_categories: Texts = ()
    price_from: Money | None = None
    """The unit price at least."""
    price_to: Money | None = None
    """The unit price at most."""


class CouponTable(_Table, frozen=True, kw_only=True):
    """`[[coupon]]`: a coupon."""

    name: Name
    title: Title
    title_zh: Title | None = None
    kind: Literal["amount", "percent", "gift", "free_shipping"]
    amount: Money | None = None
    """Off, of kind `amount`."""
    percent: Percent | None = None
    """Off, of kind `percent`."""
    ceiling: Money | None = None
    """Kind `percent` takes off no more."""
    gift: Words | None = None
    """The product that is free, of kind `gift`."""
    worth: Money | None = None
    """What the gift or the shipping is worth at most."""
    threshold: Money = 0.0
    """The lines in scope come to so much at list price."""
    scope: ScopeTable = ScopeTable()
    days: Days | None = None
    """It can be used for so many days after it was given."""
    first: date | None = msgspec.field(name="from", default=None)
    last: date | None = msgspec.field(name="to", default=None)
    """The last day, itself included."""
    stock: Stock | None = None
    """So many in all; without it any number."""
    per_customer: CountOrAny = 1
    per_household: Count | None = None
    group: Name | None = None
    """Of one group at most one coupon goes into a basket."""
    alone: bool = False
    """No other coupon goes with it."""
    public: bool = False
    """Customers may claim it themselves."""
    budget: Name | None = None
    """The budget that pays."""


class CouponsTable(_Table, frozen=True):
    """`[coupons]`: all coupons."""

    most_together: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3
    """So many go into one basket at most."""


class GiftTable(_Table, frozen=True):
    """`[[gift]]`: something that is sent to a customer."""

    name: Name
    title: Title
    title_zh: Title | None = None
    worth: Money = 0.0
    """What one costs the shop."""
    stock: Stock | None = None
    per_customer: CountOrAny = 1
    needs_address: bool = True
    budget: Name | None = None


Points = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class EarnTable(_Table, frozen=True, kw_only=True):
    """`[[points.earn]]`: a rule that earns points and growth value."""

    name: Name
    on: Words
    """The name of an event; `order` is a paid order."""
    points: Points = 0
    growth: Points = 0
    per: Money | None = None
    """Of an order: for each so much paid."""
    scope: ScopeTable = ScopeTable()
    wait_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0
    """Of an order: so many days after it."""
    limit: Count | None = None
    """So many times for one customer…"""
    limit_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] | None = None
    """…in so many days; 0 is ever. 1 unless told otherwise."""
    first: date | None = msgspec.field(name="from", default=None)
    last: date | None = msgspec.field(name="to", default=None)


class PointsTable(_Table, frozen=True):
    """`[points]`: how points are earned, spent, and lost."""

    title: Title = "points"
    title_zh: Title = "积分"
    expire_days: Days | None = None
    """So many days after they were earned."""
    expire_years: Annotated[int, msgspec.Meta(ge=0, le=10)] | None = None
    """At the end of the calendar year that comes so many years later."""
    worth: Money | None = None
    """So much is paid by…"""
    worth_of: Count = 1
    """…so many points."""
    step: Count = 1
    """Points are spent in multiples of it."""
    most_percent: Percent = 100.0
    """Of what is left to pay after coupons, at most so much in points."""
    least_order: Money = 0.0
    """An order of less takes no points."""
    earn: Annotated[tuple[EarnTable, ...], msgspec.Meta(max_length=100)] = ()


class TierTable(_Table, frozen=True, kw_only=True):
    """`[[tiers.tier]]`: a tier, the lowest first."""

    name: Name
    title: Title
    title_zh: Title | None = None
    growth: Points
    """Reached with so much growth value; 0 of the first."""
    points_percent: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 100.0
    """Earned points are multiplied by it: 120 gives a fifth more."""
    free_shipping: bool = False
    gifts: Texts = ()
    """Given on reaching it: `coupon:NAME`, `gift:NAME`."""
    privileges: Texts = ()
    """Further ones, in words."""


class TiersTable(_Table, frozen=True):
    """`[tiers]`: all tiers."""

    keep_days: Days = 365
    """A tier is kept so long, then judged anew."""
    count_days: Days | Literal["all"] = 365
    """Growth value of so many days counts."""
    falls_to: Literal["reached", "one"] = "reached"
    """Who does not keep it falls to what the growth value reaches, or by one tier at most."""
    tier: Annotated[tuple[TierTable, ...], msgspec.Meta(max_length=20)] = ()


class BadgeTable(_Table, frozen=True, kw_only=True):
    """`[[badge]]`: for so many events, or so many days in a row with one."""

    name: Name
    title: Title
    title_zh: Title | None = None
    on: Words
    count: Count | None = None
    """1 unless told otherwise."""
    streak_days: Days | None = None


class GiveTable(_Table, frozen=True):
    """`give`: what is given, one of these."""

    points: Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)] | None = None
    coupon: Name | None = None
    gift: Name | None = None
    balance: Money | None = None
    """Money onto the customer's balance…"""
    expires_days: Days | None = None
    """…for so many days."""


class IncentiveTable(_Table, frozen=True, kw_only=True):
    """`[[incentive]]`: a rule that gives something to whoever meets it."""

    name: Name
    title: Title | None = None
    title_zh: Title | None = None
    when: Literal["stage", "event", "conversion", "streak", "surprise"]
    stage: Stage | None = None
    """Entered, or of the surprise."""
    on: Words | None = None
    """The name of an event; `order` is a paid order."""
    after: Words | None = None
    """Of a conversion: the event that came before."""
    within_days: Days | None = None
    """Of a conversion: so soon after it."""
    days: Annotated[int, msgspec.Meta(ge=2, le=366)] | None = None
    """Of a streak: in a row."""
    chance: Percent | None = None
    """Of a surprise: for each customer in each month."""
    give: GiveTable
    limit: CountOrAny = 1
    """Times for one customer…"""
    limit_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0
    """…in so many days; 0 is ever."""
    budget: Name | None = None
    """The budget that pays points or balance; coupons and gifts have their own."""
    hold_out: Percent = 10.0
    """So many customers get nothing, so that the effect can be measured."""
    first: date | None = msgspec.field(name="from", default=None)
    last: date | None = msgspec.field(name="to", default=None)


class BudgetTable(_Table, frozen=True):
    """`[[budget]]`: what may be given under it in all, in money or in points."""

    name: Name
    money: Money | None = None
    points: Points | None = None


class BenefitsFile(_Table, frozen=True):
    """The whole of `benefits.toml`."""

    points: PointsTable = PointsTable()
    coupons: CouponsTable = CouponsTable()
    coupon: Annotated[tuple[CouponTable, ...], msgspec.Meta(max_length=200)] = ()
    gift: Annotated[tuple[GiftTable, ...], msgspec.Meta(max_length=100)] = ()
    tiers: TiersTable = TiersTable()
    badge: Annotated[tuple[BadgeTable, ...], msgspec.Meta(max_length=100)] = ()
    incentive: Annotated[tuple[IncentiveTable, ...], msgspec.Meta(max_length=100)] = ()
    budget: Annotated[tuple[BudgetTable, ...], msgspec.Meta(max_length=100)] = ()
