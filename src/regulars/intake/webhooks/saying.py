"""What a request tells, and the messages that stand for it in the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from regulars.intake.events.facts_cells import text_of
from regulars.intake.events.message import Fact, Message

ENCODE = msgspec.json.Encoder(decimal_format="number").encode
"""Decimals as numbers; everything else as the spec wants it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that cannot be taken in: which column, its value, why, and all of its cells."""

    column: str
    value: str
    reason: str
    row: dict[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What one request tells.

    Attributes:
        messages: for the timeline, with ids of their own: what several requests tell of one thing
            that happened is told under one id. `facts_of` is not to be asked about them.
        facts: of the shop's records.
        rejects: what cannot be taken in.
    """

    messages: list[Message] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    rejects: list[Refusal] = field(default_factory=list)

    @classmethod
    def refused(cls, column: str, value: str, reason: str, body: dict[str, Any]) -> Told:
        """Nothing but the refusal of the whole body."""
        return cls(rejects=[Refusal(column, value, reason, cells_of(body))])

    @classmethod
    def all_of(cls, several: Iterable[Told]) -> Told:
        """What several tell together."""
        told = cls()
        for one in several:
            told.messages.extend(one.messages)
            told.facts.extend(one.facts)
            told.rejects.extend(one.rejects)
        return told


def cells_of(body: dict[str, Any]) -> dict[str, str]:
    """A body as the cells of a rejected row; what is nested stands there as JSON."""
    return {
        name: text_of(value) or ""
        if not isinstance(value, (dict, list))
        else ENCODE(value).decode()
        for name, value in body.items()
    }


def track(
    message_id: str,
    event: str,
    timestamp: str | None,
    properties: dict[str, Any],
    *,
    user_id: str | None = None,
    who: dict[str, str | None] | None = None,
    campaign: dict[str, str] | None = None,
) -> Message:
    """A message of type track.

    Args:
        message_id: the same for the same happening, however often it is told.
        event: in the words of the Segment spec where it has them.
        timestamp: when it happened.
        properties: without personal fields.
        user_id: the account's number.
        who: email and phone; they become traits of the context.
        campaign: utm fields, as the spec's `context.campaign`.
    """
    context: dict[str, Any] = {}
    if traits := {name: value for name, value in (who or {}).items() if value}:
        context["traits"] = traits
    if campaign:
        context["campaign"] = campaign
    kept = {name: value for name, value in properties.items() if value not in (None, "", [], {})}
    return Message(
        type="track",
        message_id=message_id,
        user_id=user_id,
        event=event,
        timestamp=timestamp,
        properties=Raw(ENCODE(kept)),
        context=Raw(ENCODE(context)) if context else UNSET,
    )
