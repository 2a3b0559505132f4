"""A message of the Segment spec, as clients send it, and what it tells of the shop's records.

Ids and times may come as numbers; what the spec does not know is kept apart (`absorb` puts it into
`context`). `properties`, `traits` and `context` stay bytes until somebody needs them.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from msgspec import UNSET, Raw, UnsetType

from regulars.intake.records import Kind

TRAIT = "trait:"
"""How the cell of a further attribute is named."""

Id = str | int | float | None
"""As sent; an id that is not text is its shortest text (7.0 is "7")."""


class Message(msgspec.Struct, rename="camel", gc=False):
    """One message. `type` is empty where the route tells it."""

    type: str = ""
    message_id: Id = None
    user_id: Id = None
    anonymous_id: Id = None
    previous_id: Id = None
    group_id: Id = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    timestamp: str | int | float | None = None
    original_timestamp: str | int | float | None = None
    sent_at: str | int | float | None = None
    properties: Raw | UnsetType = UNSET
    traits: Raw | UnsetType = UNSET
    context: Raw | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Fact:
    """What a message tells of an order, a line, a customer, a product, a payment or spend.

    Attributes:
        platform: the namespace of its numbers.
        kind: of the record.
        row: cells by the canonical column's name (`records.columns_of`), as text; columns that are
            absent or empty are unknown.
        at: when it was told (UTC microseconds); stands for `updated_at` where the row has none.
    """

    platform: str
    kind: Kind
    row: dict[str, str]
    at: int
