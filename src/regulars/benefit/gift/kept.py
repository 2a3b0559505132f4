"""A gift as the store keeps it, and what its steps have in common.

    waiting (for an address) → ready → sent → received; taken back from any of them but the last

Where a gift stands is looked at under the lane, so that each step is done once, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows, GiftRow
from regulars.errors import GiftState, NoSuchBenefit, Where

GIFT_GIVEN = "Gift Given"
GIFT_SENT = "Gift Sent"
GIFT_RECEIVED = "Gift Received"
GIFT_TAKEN_BACK = "Gift Taken Back"


def gift_of(connection: Connection, n: int, customer_id: int | None = None) -> GiftRow:
    """The gift that entry `n` gave, to this customer if one is named.

    Raises:
        NoSuchBenefit: there is none, or it is another's: which of them is not told.
    """
    row = BenefitRows(connection).gift(n)
    if row is None or (customer_id is not None and row.customer_id != customer_id):
        raise NoSuchBenefit(
            "there is no such gift", where=where_of(n), todo="name the n of the entry that gave it"
        )
    return row


def changed(row: GiftRow, **fields: Any) -> Callable[[Connection, int], None]:
    """What has the gift stand so, changed by the entry that is being written."""

    def write(connection: Connection, n: int) -> None:
        BenefitRows(connection).put_gift(row._replace(changed=n, **fields))

    return write


def about(row: GiftRow) -> dict[str, Any]:
    """What the journal tells of each step."""
    return {"gift": row.gift, "given": row.n}


def where_of(n: int) -> Where:
    """The gift, for errors."""
    return Where(column="n", value=str(n))


def wrong_state(row: GiftRow, message: str) -> GiftState:
    """That the step cannot be done now."""
    return GiftState(message, where=where_of(row.n), todo=f"it is {row.state.replace('_', ' ')}")
