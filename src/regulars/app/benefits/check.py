"""Whether what is known of orders, envelopes, gifts and earnings is what the ledger says.

The book itself is looked at by `ledger.verify`; this holds the tables beside it against it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from regulars.benefit.envelope.kept import envelope_of
from regulars.benefit.names import STOCK, USED, customer_owner, envelope_asset, gift_asset
from regulars.engines.store import Connection
from regulars.engines.store_benefit_check import BenefitChecks, OrderCheck
from regulars.errors import LedgerBroken, Where

_HOLD_OF = {
    "held": ("open", "expired"),
    "paid": ("captured",),
    "released": ("voided", "expired"),
}
"""By the order's state, what its hold may be."""


@dataclass(frozen=True, slots=True)
class CheckedBenefits:
    """What was looked at."""

    orders: int
    envelopes: int
    gifts: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def check_benefits(connection: Connection) -> CheckedBenefits:
    """See whether all of it agrees.

    Args:
        connection: that sees one state of the store throughout.

    Raises:
        LedgerBroken: the first thing that does not, by name.
    """
    checks = BenefitChecks(connection)
    orders = envelopes = 0
    for order in checks.orders():
        _check_order(order)
        orders += 1
    for row in checks.envelopes():
        _check_envelope(connection, checks, row.id)
        envelopes += 1
    gifts = checks.gifts()
    for name in {gift for gift, _ in gifts}:
        _check_gift(checks, name, gifts)
    for source in checks.earnings_without_entry():
        raise _broken("benefit_earned", source, "the entry that it was earned by is none")
    return CheckedBenefits(orders, envelopes, sum(gifts.values()))


def _check_order(order: OrderCheck) -> None:
    if order.hold and order.hold_state is None and order.captured_as is None:
        raise _broken("benefit_orders", order.owner, "there is no such hold")
    if order.hold_state is not None and order.hold_state not in _HOLD_OF[order.state]:
        raise _broken(
            "benefit_orders", order.owner, f"it is {order.state}, and its hold {order.hold_state}"
        )
    # An order that uses nothing holds nothing, so its payment is a note and captures nothing.
    if (order.state == "paid" and order.hold > 0) != (order.capture > 0):
        raise _broken("benefit_orders", order.owner, "its payment is told and not there")
    if order.capture and order.captured_as not in ("capture", "note", "post"):
        raise _broken("benefit_orders", order.owner, "its payment is another kind of entry")


def _check_envelope(connection: Connection, checks: BenefitChecks, name: str) -> None:
    envelope = envelope_of(connection, name)
    tickets = checks.balances(envelope_asset(name))
    claimed = sum(count for owner, count in tickets.items() if owner.startswith(_CUSTOMER))
    if claimed != envelope.claimed:
        raise _broken("benefit_envelopes", name, f"{claimed} have claimed, not {envelope.claimed}")
    left = 0 if envelope.closed else envelope.left
    there = checks.balance(envelope.asset, envelope_asset(name))
    if there != left:
        raise _broken("benefit_envelopes", name, f"{there:,} are in it, not {left:,}")
    if not envelope.closed and tickets.get(STOCK, 0) != len(envelope.shares) - claimed:
        raise _broken("benefit_envelopes", name, "its shares are not those that were drawn")


def _check_gift(checks: BenefitChecks, name: str, gifts: dict[tuple[str, str], int]) -> None:
    there = checks.balances(gift_asset(name))
    owed = sum(count for owner, count in there.items() if owner.startswith(_CUSTOMER))
    waiting = gifts.get((name, "waiting"), 0) + gifts.get((name, "ready"), 0)
    sent = gifts.get((name, "sent"), 0) + gifts.get((name, "received"), 0)
    if owed != waiting:
        raise _broken("benefit_gifts", name, f"{owed} are owed, and {waiting} are to be sent")
    if there.get(USED, 0) != sent:
        raise _broken("benefit_gifts", name, f"{there.get(USED, 0)} have left, not {sent}")


def _broken(table: str, name: str, message: str) -> LedgerBroken:
    return LedgerBroken(
        f"{name}: {message}",
        where=Where(file=table),
        todo="restore the last backup that verifies, and find out who changed the store",
    )


_CUSTOMER = customer_owner(0)[:-1]
