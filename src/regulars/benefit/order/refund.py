"""A paid order is refunded, or a part of it: each has back what is theirs, in one entry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from regulars.benefit.digest import digest_of
from regulars.benefit.names import (
    GROWTH,
    LEFT,
    POINTS,
    cost_asset,
    customer_owner,
    money_asset,
    order_owner,
)
from regulars.benefit.order.allocation import Refunded, Restored, in_all, left_of, restored
from regulars.benefit.order.earned import EarnedBack, take_back
from regulars.benefit.order.moves import budget_legs, given_back
from regulars.benefit.order.postings import Posting, comes_back, postings_of
from regulars.benefit.order.standing import RefundedSoFar, Standing, check_id, encode, found
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import InvalidCommand, NothingToDo, OrderState, Where
from regulars.ledger.command import Command, Leg, Note, Post, TakeBack, Taken, Told
from regulars.ledger.deed import Deed, Planned

RESTORED = "Benefits Restored"
"""The event: a refund has given something back, or taken back what the order had earned."""
_MOST_TOLD = 8 << 10
"""Bytes of what is told line by line; an order of very many lines has it in its row only."""


@dataclass(frozen=True, slots=True)
class RefundOrder(Deed):
    """Refund a paid order, or so many pieces of its lines.

    `restored` (in `allocation`) says what is given back. What the order has earned is taken back
    in proportion, in the same entry (`earned`).

    The answer's `about` tells the `order`, `customer_id` and `refund`; `lines` and `shipping`, what
    was refunded; `cash`, what the shop pays back, `balance` and `discount` (smallest coins);
    `points`, `coupons`; `expired`, what of these came back and has expired; `points_taken`,
    `points_owed` and `growth_taken` of what was earned; `left`, how many pieces are not refunded.

    Refused by `NoSuchBenefit` where there is no such order or line; by `OrderState` where it is not
    paid; by `TooMuch` where less is left of a line; by `NothingToDo` where this refund was done
    before, whatever the key.

    Attributes:
        order: its id.
        refund: the shop's id of this refund.
        lines: pieces by line; None for all that is left.
        shipping: whether the shipping is refunded, too.
    """

    key: str
    order: str
    refund: str
    lines: dict[str, int] | None = field(default_factory=dict)
    shipping: bool = False

    def digest(self) -> bytes:
        """Of all but the key; raises `InvalidCommand` for what cannot be refunded in any state."""
        check_id("order", self.order)
        check_id("refund", self.refund)
        if self.lines is not None:
            if not self.lines and not self.shipping:
                raise InvalidCommand("nothing is to be refunded", todo="name lines, or all")
            for line, pieces in self.lines.items():
                if pieces < 1:
                    raise InvalidCommand(
                        "this is no number of pieces",
                        where=Where(column=line, value=str(pieces)),
                        todo="write 1 or more",
                    )
        return digest_of("refund_order", self.order, self.refund, self.lines, self.shipping)

    def plan(self, connection: Connection, at: int) -> Planned:
        """What is given back and taken back, as the order stands now."""
        standing = found(connection, self.order)
        now = self._refunded_now(standing)
        before = standing.so_far.refunded
        used, currency = standing.body.allocation, standing.body.currency
        back = restored(used, before, now)
        after = before.and_also(now)
        capture = postings_of(connection, standing.row.capture) if standing.row.capture else []
        earned = _earned_back(connection, standing, after, back, capture, at)
        amounts = given_back(used, currency, back)
        left = {
            one.budget: _left_of(connection, one.budget, at) for one in used.coupons if one.budget
        }
        legs = (*budget_legs(used, back, left), *(earned.legs if earned else ()))
        about = _told(standing, self.refund, now, after, back, earned, capture, at)

        def write(connection: Connection, n: int) -> None:
            rows = BenefitRows(connection)
            refunds = standing.so_far.refunds | {self.refund: n}
            so_far = encode(RefundedSoFar(after, refunds))
            rows.put_order(standing.row._replace(refunded=so_far, n=n))
            if earned is not None:
                rows.put_earned(earned.row)

        entries = []
        if amounts:
            entries.append(Taken(standing.row.capture, amounts))
        if earned is not None and earned.amounts:
            entries.append(Taken(earned.row.n, earned.amounts))
        return Planned(_command(tuple(entries), legs, about, standing.row.customer_id), write)

    def _refunded_now(self, standing: Standing) -> Refunded:
        order = Where(column="order", value=self.order)
        if standing.row.state != "paid":
            raise OrderState("the order is not paid", where=order, todo="cancel it")
        entry = standing.so_far.refunds.get(self.refund)
        if entry is not None:
            raise NothingToDo(
                "this refund was done before",
                where=Where(column="refund", value=self.refund),
                todo=f"entry {entry} of the journal tells of it; another refund has another id",
            )
        if self.lines is not None:
            return Refunded(self.lines, self.shipping)
        left = left_of(standing.body.allocation, standing.so_far.refunded)
        shipping = self.shipping and not standing.so_far.refunded.shipping
        if not left and not shipping:
            raise NothingToDo("all of it was refunded before", where=order, todo="nothing is left")
        return Refunded(left, shipping)


def _command(
    entries: tuple[Taken, ...], legs: tuple[Leg, ...], about: dict[str, Any], customer_id: int
) -> Command:
    if not entries and not legs:
        return Note(key="", about=about)
    names = ("customer_id", "lines", "left")
    told = {name: value for name, value in about.items() if name not in names}
    events = (Told(RESTORED, customer_id, told),)
    if not entries:
        return Post(key="", legs=legs, about=about, events=events)
    return TakeBack(key="", entries=entries, legs=legs, about=about, events=events)


def _earned_back(
    connection: Connection,
    standing: Standing,
    after: Refunded,
    back: Restored,
    capture: list[Posting],
    at: int,
) -> EarnedBack | None:
    rows = BenefitRows(connection)
    row = rows.earned(order_owner(standing.body.order))
    if row is None:
        return None
    used = standing.body.allocation
    customer = customer_owner(standing.row.customer_id)
    there = {POINTS: 0, GROWTH: 0}
    for lot in rows.lots_of(customer_owner(row.customer_id), list(there)):
        if lot.expires_at > at:
            there[lot.asset] += lot.balance - lot.held
    if row.customer_id == standing.row.customer_id:
        # What comes back by the refund itself can be taken, too, unless it has expired.
        lots = comes_back(capture, POINTS, customer, back.points)
        there[POINTS] += sum(amount for expires_at, amount in lots.items() if expires_at > at)
    return take_back(
        row,
        goods_cash=in_all(used, after).goods_cash,
        goods_pay=used.goods_pay,
        all_goods=not left_of(used, after),
        entry=postings_of(connection, row.n),
        points_there=there[POINTS],
        growth_there=there[GROWTH],
    )


def _left_of(connection: Connection, budget: str, at: int) -> int:
    """What the budget can still promise."""
    lots = BenefitRows(connection).lots_of(LEFT, [cost_asset(budget)])
    return sum(lot.balance - lot.held for lot in lots if lot.expires_at > at)


def _told(
    standing: Standing,
    refund: str,
    now: Refunded,
    after: Refunded,
    back: Restored,
    earned: EarnedBack | None,
    capture: list[Posting],
    at: int,
) -> dict[str, Any]:
    """The answer, without what is zero of what was earned or has expired."""
    used = standing.body.allocation
    pieces = left_of(used, after)
    told: dict[str, Any] = {
        "order": standing.body.order,
        "customer_id": standing.row.customer_id,
        "refund": refund,
        "currency": standing.body.currency,
        "shipping": now.shipping,
        "cash": back.cash,
        "points": back.points,
        "balance": back.balance,
        "discount": sum(back.discounts.values()),
        "coupons": list(back.coupons),
        "left": sum(pieces.values()),
    }
    if len(msgspec.json.encode(now.lines)) <= _MOST_TOLD:
        told["lines"] = now.lines
    expired = _expired(standing, back, capture, at)
    if expired:
        told["expired"] = expired
    if earned is not None:
        told["points_taken"] = earned.points
        told["points_owed"] = earned.owed
        told["growth_taken"] = earned.growth
    return told


def _expired(standing: Standing, back: Restored, capture: list[Posting], at: int) -> dict[str, Any]:
    """What comes back into lots that have expired, and so is of no use to the customer."""
    customer = customer_owner(standing.row.customer_id)

    def gone(asset: str, amount: int) -> int:
        lots = comes_back(capture, asset, customer, amount)
        return sum(part for expires_at, part in lots.items() if expires_at <= at)

    found = {
        "points": gone(POINTS, back.points),
        "balance": gone(money_asset(standing.body.currency), back.balance),
        "coupons": [asset for asset in back.coupons if gone(asset, 1)],
    }
    return {name: what for name, what in found.items() if what}
