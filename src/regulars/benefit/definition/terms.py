"""Published terms, as the store keeps them: plain data, amounts in the currency's smallest coin.

`benefits.toml` is what people write (`file`), this is what it comes to. A version of a term never
changes once it is published: what was granted under it is honoured under it.

>>> spring = Coupon(name="spring", title="Spring", kind="amount", amount=2000, threshold=10000)
>>> decode("coupon", encode(spring)) == spring
True
"""

from __future__ import annotations

from typing import Literal

import msgspec

DAY = 86_400_000_000
"""Microseconds."""


class Scope(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which lines of a basket are meant: those that every condition lets through.

    Attributes:
        products: ids; empty for all.
        categories: names, of the line's category or one above it (`tea/green` lies in `tea`).
        except_products: ids that are not meant.
        except_categories: likewise.
        price_from: the unit price at least, in the smallest coin.
        price_to: at most.
    """

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    except_products: tuple[str, ...] = ()
    except_categories: tuple[str, ...] = ()
    price_from: int | None = None
    price_to: int | None = None


class Validity(msgspec.Struct, frozen=True, omit_defaults=True):
    """When something can be used.

    Attributes:
        days: so many days after it was given, to the end of that day in the shop's time zone.
        starts_at: not before; UTC microseconds.
        ends_at: no longer from this instant on; UTC microseconds.
    """

    days: int | None = None
    starts_at: int | None = None
    ends_at: int | None = None


CouponKind = Literal["amount", "percent", "gift", "free_shipping"]


class Coupon(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A coupon.

    Attributes:
        name: by which it is asked for.
        title: for people; `title_zh` in Chinese.
        kind: what it does.
        amount: off, of an amount coupon.
        percent: off, in hundredths of a percent (1500 is 15 %), of a percent coupon.
        ceiling: a percent coupon takes off no more.
        gift: the product that is free, of a gift coupon (one piece of the basket's).
        worth: what a gift or the shipping is worth at most, for budgets and rule sheets.
        threshold: the lines in scope must come to so much, before any discount.
        scope: the lines in scope.
        validity: when it can be used.
        stock: how many there are; None for any number.
        per_customer: nobody gets more; None for any number.
        per_household: nor does a household, where the shop tells it.
        group: of one group at most one coupon goes into a basket; "" is no group.
        alone: no other coupon goes with it.
        public: whether customers may claim it themselves.
        budget: pays for it: the worst case is set aside when it is given; "" where none does.
    """

    name: str
    title: str
    title_zh: str = ""
    kind: CouponKind
    amount: int = 0
    percent: int = 0
    ceiling: int | None = None
    gift: str = ""
    worth: int = 0
    threshold: int = 0
    scope: Scope = Scope()
    validity: Validity = Validity()
    stock: int | None = None
    per_customer: int | None = 1
    per_household: int | None = None
    group: str = ""
    alone: bool = False
    public: bool = False
    budget: str = ""

    @property
    def worst_case(self) -> int | None:
        """The most that one can cost; None where nothing bounds it."""
        if self.kind == "amount":
            return self.amount
        return self.ceiling if self.kind == "percent" else self.worth or None


class Gift(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something that is sent to a customer.

    Attributes:
        name: by which it is asked for.
        title: for people.
        worth: what one costs the shop.
        stock: how many there are; None for any number.
        per_customer: nobody gets more.
        needs_address: whether it is sent.
        budget: pays for it.
    """

    name: str
    title: str
    title_zh: str = ""
    worth: int = 0
    stock: int | None = None
    per_customer: int | None = 1
    needs_address: bool = True
    budget: str = ""


class Earning(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A rule that earns points, and growth value.

    Attributes:
        name: of the rule.
        on: the event (`Order Completed`, `Product Reviewed`, …); `order` for paid orders.
        points: for each event; of an order for each `per` of what was paid for the lines in scope.
        growth: likewise.
        per: smallest coins; 0 for events.
        scope: the lines of an order that earn.
        wait_days: after so many days; an order that was refunded meanwhile earns only on the rest.
        limit: events of a customer that earn, at most…
        limit_days: …in so many days; 0 in all.
        starts_at: of events; UTC microseconds.
        ends_at: likewise.
    """

    name: str
    on: str
    points: int = 0
    growth: int = 0
    per: int = 0
    scope: Scope = Scope()
    wait_days: int = 0
    limit: int | None = None
    limit_days: int = 1
    starts_at: int | None = None
    ends_at: int | None = None


class Points(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How points are earned, spent, and lost.

    Attributes:
        title: what they are called.
        expire_days: after earning, to the end of that day; None with neither of the two: never.
        expire_years: to the end of the calendar year that comes so many years later.
        worth: `worth` smallest coins are paid by…
        worth_of: …so many points.
        step: points are spent in multiples of it.
        most_percent: of what is left after coupons, in hundredths of a percent, payable in points.
        least_order: an order of less takes no points.
    """

    title: str = "points"
    title_zh: str = "积分"
    expire_days: int | None = None
    expire_years: int | None = None
    worth: int = 1
    worth_of: int = 1
    step: int = 1
    most_percent: int = 10_000
    least_order: int = 0
    earn: tuple[Earning, ...] = ()


class Tier(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A tier.

    Attributes:
        name: of it.
        growth: reached with so much growth value.
        points_percent: earnings are multiplied by it, in hundredths of a percent (12000 is 1.2).
        free_shipping: whether shipping is free.
        gifts: coupons and gifts that reaching it gives, by name (`coupon:spring`, `gift:mug`).
        privileges: further ones, in words.
    """

    name: str
    title: str
    title_zh: str = ""
    growth: int
    points_percent: int = 10_000
    free_shipping: bool = False
    gifts: tuple[str, ...] = ()
    privileges: tuple[str, ...] = ()


class Tiers(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Tiers, the lowest first, the first one with growth 0.

    Attributes:
        keep_days: a tier is kept so long from reaching it or from the last judgement.
        count_days: growth of so many days counts; None for all of it.
        falls_to: at the end of the period who does not keep the tier falls to what the growth
            value reaches (`reached`), or by one tier at most (`one`).
    """

    tiers: tuple[Tier, ...] = ()
    keep_days: int = 365
    count_days: int | None = 365
    falls_to: Literal["reached", "one"] = "reached"


class Badge(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A badge: for so many events, or for so many days in a row with one.

    Attributes:
        on: the event; `order` for paid orders.
        count: of them.
        streak_days: in a row; 0 where `count` counts.
    """

    name: str
    title: str
    title_zh: str = ""
    on: str
    count: int = 1
    streak_days: int = 0


class Give(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is given: one of these.

    Attributes:
        points: so many.
        coupon: one, by name.
        gift: one, by name.
        balance: money onto the customer's balance, as a red envelope of their own.
        expires_days: of the balance, after it was given.
    """

    points: int = 0
    coupon: str = ""
    gift: str = ""
    balance: int = 0
    expires_days: int | None = None


class Incentive(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A rule that gives something to whoever meets it.

    Attributes:
        name: of the rule.
        when: `stage` entered, an `event`, a `conversion` (an event within days after another),
            a `streak` of days with an event, or a `surprise` for some of those in a stage.
        stage: entered, or of the surprise.
        on: the event.
        after: of a conversion, the event before it.
        within_days: of a conversion.
        days: of a streak, in a row.
        chance: of a surprise, per customer and month, in hundredths of a percent.
        give: what.
        limit: times for one customer…
        limit_days: …in so many days; 0 in all.
        budget: pays, in the asset of what is given; "" where none does.
        hold_out: of the customers, in hundredths of a percent, get nothing, for measuring.
        starts_at: UTC microseconds.
        ends_at: likewise.
    """

    name: str
    title: str = ""
    title_zh: str = ""
    when: Literal["stage", "event", "conversion", "streak", "surprise"]
    stage: str = ""
    on: str = ""
    after: str = ""
    within_days: int = 0
    days: int = 0
    chance: int = 0
    give: Give
    limit: int | None = 1
    limit_days: int = 0
    budget: str = ""
    hold_out: int = 1000
    starts_at: int | None = None
    ends_at: int | None = None


class Budget(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Money, or points, that may be given under it in all.

    Attributes:
        asset: `points`, or `money:CUR`.
        amount: of it.
    """

    name: str
    asset: str
    amount: int


class Together(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How coupons go together: so many in a basket at most."""

    most: int = 3


Term = Coupon | Gift | Points | Tiers | Badge | Incentive | Budget | Together
Kind = Literal["coupon", "gift", "points", "tiers", "badge", "incentive", "budget", "together"]

TYPES: dict[str, type[Term]] = {
    "coupon": Coupon,
    "gift": Gift,
    "points": Points,
    "tiers": Tiers,
    "badge": Badge,
    "incentive": Incentive,
    "budget": Budget,
    "together": Together,
}
"""By kind; those of which a shop has one have the name "" (`points`, `tiers`, `together`)."""

_KINDS: dict[type, str] = {type_: kind for kind, type_ in TYPES.items()}


def named(term: Term) -> tuple[str, str]:
    """The term's kind and its name, by which the store has it.

    >>> named(Badge(name="regular", title="Regular", on="order")), named(Points())
    (('badge', 'regular'), ('points', ''))
    """
    return _KINDS[type(term)], getattr(term, "name", "")


_ENCODE = msgspec.json.Encoder(order="deterministic").encode
_DECODERS = {kind: msgspec.json.Decoder(type_).decode for kind, type_ in TYPES.items()}


def encode(term: Term) -> str:
    """As the store keeps it."""
    return _ENCODE(term).decode()


def decode(kind: str, text: str) -> Term:
    """As the store kept it."""
    found: Term = _DECODERS[kind](text)
    return found
