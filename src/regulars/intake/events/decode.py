"""What was received, as messages: decoded all at once, and one by one only where that fails.

A message that does not decode is refused alone. What the spec does not know is kept: `Sent.extra`
holds such fields of a message by their own names (they end in `context`). Fields that tell only of
transport (`integrations`, `writeKey`, `_metadata`…) are not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from regulars.intake.events import any_json
from regulars.intake.events.message import Message
from regulars.intake.inbox.frame import Received

ROUTES = frozenset({"identify", "track", "page", "screen", "group", "alias"})
"""Routes of one message each; `batch` has many."""
SEGMENT = ROUTES | {"batch"}


class Sent(Message, forbid_unknown_fields=True):
    """A message with the fields of transport that clients add, so that others stand out."""

    integrations: Raw | UnsetType = UNSET
    write_key: Raw | UnsetType = UNSET
    received_at: Raw | UnsetType = UNSET
    version: Raw | UnsetType = UNSET
    channel: Raw | UnsetType = UNSET
    project_id: Raw | UnsetType = UNSET
    metadata: Raw | UnsetType = msgspec.field(name="_metadata", default=UNSET)


_TRANSPORT = frozenset(
    {"integrations", "writeKey", "receivedAt", "version", "channel", "projectId", "_metadata"}
)
_OWN = frozenset(Message.__struct_encode_fields__)


class _Batch(msgspec.Struct, rename="camel", gc=False):
    batch: list[Sent]
    context: Raw | UnsetType = UNSET
    sent_at: str | int | float | None = None


class _LooseBatch(msgspec.Struct, rename="camel"):
    batch: list[Raw]
    context: Raw | UnsetType = UNSET
    sent_at: Any = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that is not taken in, and why; `row` is what came."""

    connection: str
    column: str
    value: str
    reason: str
    row: dict[str, str]


@dataclass(slots=True)
class Decoded:
    """Messages in the order in which they came, each with the request that brought it."""

    messages: list[Message] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    """By place of the request."""
    ids: list[str] = field(default_factory=list)
    """Of each message, its own or one made of what it says."""
    extra: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By place of the message, what the spec does not know."""
    refused: list[Refused] = field(default_factory=list)
    come: dict[str, int] = field(default_factory=dict)
    """How many messages came in all, by connection."""


_BATCH = msgspec.json.Decoder(_Batch).decode
_LOOSE_BATCH = msgspec.json.Decoder(_LooseBatch).decode
_SENT = msgspec.json.Decoder(Sent).decode
_MESSAGE = msgspec.json.Decoder(Message).decode
_ENCODE = msgspec.json.Encoder().encode
_PATH = re.compile(r"\$(?:\.(\w+))?")


def decode(received: Sequence[Received], places: Sequence[str]) -> Decoded:
    """The messages of requests of the Segment interface.

    Args:
        received: the requests.
        places: of each, where it stands in the inbox, which is the same whenever it is read.
    """
    found = Decoded()
    for number, request in enumerate(received):
        before = len(found.messages) + len(found.refused)
        _take(found, number, request, places[number])
        count = len(found.messages) + len(found.refused) - before
        found.come[request.connection] = found.come.get(request.connection, 0) + count
    return found


def _take(found: Decoded, number: int, request: Received, place: str) -> None:
    try:
        request.body.decode()
    except UnicodeDecodeError:
        found.refused.append(_refusal(request, "", "", "undecodable", b""))
        return
    if request.route != "batch":
        _one(found, number, request, place, request.body, 0, None)
        return
    try:
        batch = _BATCH(request.body)
    except msgspec.DecodeError:
        _one_by_one(found, number, request, place)
        return
    if batch.context is not UNSET or batch.sent_at is not None:
        for message in batch.batch:
            _default(message, batch.context, batch.sent_at)
    first = len(found.messages)
    found.messages += batch.batch
    found.requests += [number] * len(batch.batch)
    found.ids += [
        one
        if type(one := message.message_id) is str and one
        else id_of(message, request.connection, f"{place}:{nth}")
        for nth, message in enumerate(batch.batch)
    ]
    _drop_bad(found, first, request)


def _drop_bad(found: Decoded, first: int, request: Received) -> None:
    """Messages without a known type, or of nothing that happened, are refused."""
    bad = [
        place
        for place in range(first, len(found.messages))
        if (type_ := (message := found.messages[place]).type) not in ROUTES
        or (type_ == "track" and not message.event)
    ]
    gone = set()
    for place in bad:
        message = found.messages[place]
        if message.type.lower() in ROUTES:
            message.type = message.type.lower()
            if message.type != "track" or message.event:
                continue
        column = "event" if message.type == "track" else "type"
        value = message.type if column == "type" else ""
        reason = "unknown_type" if value else "missing"
        found.refused.append(_refusal(request, column, value, reason, _ENCODE(message)))
        gone.add(place)
    if not gone:
        return
    kept = [place for place in range(first, len(found.messages)) if place not in gone]
    found.extra = {
        (place if place < first else first + kept.index(place)): told
        for place, told in found.extra.items()
        if place not in gone
    }
    found.messages[first:] = [found.messages[place] for place in kept]
    found.requests[first:] = [found.requests[place] for place in kept]
    found.ids[first:] = [found.ids[place] for place in kept]


def _one_by_one(found: Decoded, number: int, request: Received, place: str) -> None:
    try:
        batch = _LOOSE_BATCH(request.body)
    except msgspec.DecodeError as error:
        column, reason = _why(error)
        found.refused.append(_refusal(request, column or "batch", "", reason, request.body))
        return
    sent_at = batch.sent_at if isinstance(batch.sent_at, str | int | float) else None
    for nth, raw in enumerate(batch.batch):
        _one(found, number, request, place, bytes(raw), nth, (batch.context, sent_at))


def _one(
    found: Decoded,
    number: int,
    request: Received,
    place: str,
    raw: bytes,
    nth: int,
    defaults: tuple[Raw | UnsetType, str | int | float | None] | None,
) -> None:
    """Decode one message alone; refused if it cannot be."""
    extra: dict[str, Any] = {}
    message: Message
    try:
        message = _SENT(raw)
    except msgspec.DecodeError:
        try:
            message = _MESSAGE(raw)
            extra = {
                name: value
                for name, value in any_json.read(raw).items()
                if name not in _OWN and name not in _TRANSPORT
            }
        except msgspec.DecodeError as error:
            column, reason = _why(error)
            found.refused.append(_refusal(request, column, _cell(raw, column), reason, raw))
            return
    if defaults is not None:
        _default(message, *defaults)
    if request.route != "batch":
        message.type = request.route
    if extra:
        found.extra[len(found.messages)] = extra
    own = message.message_id
    if not (type(own) is str and own):
        own = id_of(message, request.connection, f"{place}:{nth}")
    found.messages.append(message)
    found.requests.append(number)
    found.ids.append(own)
    _drop_bad(found, len(found.messages) - 1, request)


def _default(message: Message, context: Raw | UnsetType, sent_at: str | int | float | None) -> None:
    """What the batch says for all its messages holds where a message says nothing."""
    if message.sent_at is None:
        message.sent_at = sent_at
    if context is UNSET:
        return
    if message.context is UNSET:
        message.context = context
        return
    general, own = any_json.read(context), any_json.read(message.context)
    if isinstance(general, dict) and isinstance(own, dict):
        message.context = Raw(_ENCODE({**general, **own}))


def id_of(message: Message, connection: str, place: str) -> str:
    """A message's id, or one made of what it says, or of where it stands if it has no time."""
    own = message.message_id
    if own is not None and own != "":
        return text_of(own) or ""
    if message.timestamp is None and message.original_timestamp is None:
        return f"auto:{blake2b(f'{connection}:{place}'.encode(), digest_size=16).hexdigest()}"
    told = msgspec.structs.replace(message, message_id=None, sent_at=None)
    for name in ("received_at", "metadata", "write_key"):
        if hasattr(told, name):
            setattr(told, name, UNSET)
    return f"auto:{blake2b(_ENCODE(told), digest_size=16).hexdigest()}"


def text_of(cell: str | float | None) -> str | None:
    """A cell as text; a number that is whole has no fraction.

    >>> text_of(7.0), text_of("a"), text_of(12), text_of(True), text_of("")
    ('7', 'a', '12', 'true', None)
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if not isinstance(cell, int) and cell.is_integer() and abs(cell) < 2**63:
        return str(int(cell))
    return str(cell)


def _why(error: msgspec.DecodeError) -> tuple[str, str]:
    """Column and reason of what a decoder says."""
    said = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return "", "not_json"
    if "missing required field" in said:
        return said.rpartition("`")[0].rpartition("`")[2], "missing"
    found = _PATH.search(said)
    column = (found[1] if found else None) or ""
    if not column:
        return "", "not_json"
    return column, "not_a_time" if column in ("timestamp", "originalTimestamp") else "not_text"


def _cell(raw: bytes, column: str) -> str:
    try:
        value = any_json.read(raw)
    except msgspec.DecodeError:
        return ""
    told = value.get(column) if isinstance(value, dict) and column else None
    return "" if told is None else _ENCODE(told).decode()[:200]


def _refusal(request: Received, column: str, value: str, reason: str, row: bytes) -> Refused:
    text = row.decode("utf-8", "replace") if row else request.body.decode("utf-8", "replace")
    return Refused(request.connection, column, value, reason, {"message": text})
