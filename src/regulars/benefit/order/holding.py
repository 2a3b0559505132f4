"""The one entry by which an order sets aside what it uses, in place of what it held before."""

from __future__ import annotations

from typing import Any

from regulars.benefit.names import order_owner
from regulars.benefit.order.moves import hold_legs
from regulars.benefit.order.standing import Body, Standing, encode
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows, OrderRow
from regulars.engines.store_ledger import LedgerRows
from regulars.errors import OrderState, Where
from regulars.ledger.command import Command, Hold, Note, Void
from regulars.ledger.deed import Planned


def check_holdable(before: Standing | None, customer_id: int) -> None:
    """Whether the order may hold something for the customer, as it stands.

    Raises:
        OrderState: it is paid, or held for another customer.
    """
    if before is None or before.row.state == "released":
        return
    order = Where(column="order", value=before.body.order)
    if before.row.state == "paid":
        raise OrderState("the order is paid already", where=order, todo="nothing is left to do")
    if before.row.customer_id != customer_id:
        raise OrderState(
            "the order is held for another customer",
            where=order,
            todo="cancel it first, or name this one otherwise",
        )


def plan_hold(
    connection: Connection,
    before: Standing | None,
    customer_id: int,
    body: Body,
    about: dict[str, Any],
) -> Planned:
    """Set aside what the order uses; where it uses nothing, let go what it held."""
    legs = hold_legs(customer_id, body.allocation, body.currency)
    owner = order_owner(body.order)
    command: Command
    if legs:
        command = Hold(key="", owner=owner, legs=legs, expires_at=body.expires_at, about=about)
    else:
        command = let_go(connection, before, about)

    def write(connection: Connection, n: int) -> None:
        hold = n if legs else 0
        row = OrderRow(owner, customer_id, "held", hold, 0, encode(body), "", n)
        BenefitRows(connection).put_order(row)

    return Planned(command, write)


def let_go(connection: Connection, standing: Standing | None, about: dict[str, Any]) -> Command:
    """The command that releases what is held for an order, whether anything is or not."""
    if standing is not None and standing.row.hold:
        for hold in LedgerRows(connection).holds([standing.row.hold]):
            if hold.state == "open":  # be it that it has expired, and nobody has swept it yet
                return Void(key="", hold=hold.n, about=about)
    return Note(key="", about=about)
