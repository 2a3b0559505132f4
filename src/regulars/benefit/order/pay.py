"""An order is paid, or is not to be: what was held for it is spent, or free again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from regulars.benefit.digest import digest_of
from regulars.benefit.order.holding import let_go
from regulars.benefit.order.moves import captured
from regulars.benefit.order.standing import Standing, check_id, found
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import NothingToDo, OrderState, Where
from regulars.ledger.command import Capture, Command, Note, Told
from regulars.ledger.deed import Deed, Planned

REDEEMED = "Benefits Redeemed"
"""The event: an order was paid that uses something."""


@dataclass(frozen=True, slots=True)
class PayOrder(Deed):
    """The order was paid: what was held for it is spent.

    The answer's `about` tells `order`, `customer_id`, `pay` and `saved` (smallest coins), and of
    what was used `points`, `balance` and `coupons`. Refused by `NoSuchBenefit` where nothing was
    ever held for the order; by `OrderState` where it was paid or cancelled, or its hold has
    expired: then it has to be held anew, and may come to another amount.
    """

    key: str
    order: str

    def digest(self) -> bytes:
        """Of the order."""
        check_id("order", self.order)
        return digest_of("pay_order", self.order)

    def plan(self, connection: Connection, at: int) -> Planned:
        """Capture what is held; of what budgets had set aside, what it did not come to cost."""
        standing = found(connection, self.order)
        _check_held(standing, at)
        used = standing.body.allocation
        about = told_of(standing)
        command: Command = Note(key="", about=about)
        if standing.row.hold:
            told = {name: value for name, value in about.items() if name != "customer_id"}
            amounts, legs = captured(used, standing.body.currency)
            command = Capture(
                key="",
                hold=standing.row.hold,
                amounts=amounts,
                legs=legs,
                about=about,
                events=(Told(REDEEMED, standing.row.customer_id, told),),
            )

        def write(connection: Connection, n: int) -> None:
            capture = n if standing.row.hold else 0
            row = standing.row._replace(state="paid", capture=capture, n=n)
            BenefitRows(connection).put_order(row)

        return Planned(command, write)


@dataclass(frozen=True, slots=True)
class CancelOrder(Deed):
    """The order will not be paid: what was held for it is free again, at once.

    The answer's `about` tells the `order` and the `customer_id`. Refused by `NoSuchBenefit` where
    nothing was ever held for the order, by `OrderState` where it is paid, by `NothingToDo` where it
    was cancelled before.
    """

    key: str
    order: str

    def digest(self) -> bytes:
        """Of the order."""
        check_id("order", self.order)
        return digest_of("cancel_order", self.order)

    def plan(self, connection: Connection, _at: int) -> Planned:
        """Void the hold; where it has been released as expired there is none any more."""
        standing = found(connection, self.order)
        if standing.row.state == "paid":
            raise OrderState(
                "the order is paid",
                where=Where(column="order", value=self.order),
                todo="refund it",
            )
        if standing.row.state == "released":
            raise NothingToDo(
                "the order was cancelled before",
                where=Where(column="order", value=self.order),
                todo="nothing is left to do",
            )
        about = {"order": self.order, "customer_id": standing.row.customer_id}

        def write(connection: Connection, n: int) -> None:
            BenefitRows(connection).put_order(standing.row._replace(state="released", n=n))

        return Planned(let_go(connection, standing, about), write)


def told_of(standing: Standing) -> dict[str, Any]:
    """What an order uses, as answers and events tell it."""
    used = standing.body.allocation
    return {
        "order": standing.body.order,
        "customer_id": standing.row.customer_id,
        "currency": standing.body.currency,
        "pay": used.pay,
        "saved": standing.body.saved,
        "points": used.points,
        "balance": used.balance,
        "coupons": [{"coupon": one.asset, "discount": one.discount} for one in used.coupons],
    }


def _check_held(standing: Standing, at: int) -> None:
    order = Where(column="order", value=standing.body.order)
    match standing.state(at):
        case "paid":
            raise OrderState("the order is paid already", where=order, todo="nothing is left to do")
        case "released":
            raise OrderState("the order was cancelled", where=order, todo="hold it anew")
        case "expired":
            raise OrderState(
                "what was held for the order was held until then, and is free again",
                where=Where(column="expires_at", value=str(standing.body.expires_at)),
                todo="hold it anew, and look whether it comes to the same",
            )
