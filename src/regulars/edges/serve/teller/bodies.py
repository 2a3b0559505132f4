"""JSON bodies and queries, read strictly: nothing unknown, nothing twice, whole numbers only.

>>> from regulars.edges.serve.teller.routes import BY_NAME
>>> command_of(BY_NAME["ledger.void"], b"k", b'{"hold": 7}')
Void(key='k', events=(), about={}, hold=7)
>>> command_of(BY_NAME["ledger.void"], b"k", b'{"hold": 7, "hold": 8}')
Traceback (most recent call last):
    ...
regulars.edges.serve.worker.refusals.MalformedBody: hold: the key stands twice. Send each key once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct

from regulars.edges.serve.teller.routes import ROUTES, Query, Route
from regulars.edges.serve.worker.refusals import MalformedBody
from regulars.errors import UnknownValue, Where
from regulars.ledger.command import MOST, NEVER, Command, Leg, Limit, Taken, Told

_DEEPEST = 32
_LONGEST = 16 << 10
"""Characters of a parameter: a cursor is as long where a customer has thousands of lots."""


_Amount = Annotated[int, Meta(ge=-MOST, le=MOST)]
_Number = Annotated[int, Meta(ge=1, le=MOST)]
_Share = Annotated[int, Meta(ge=0, le=MOST)]


class LegToSend(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Asset, owner, amount into (+) or out of (-) what the owner has, and expiry if it expires."""

    asset: str
    owner: str
    amount: _Amount
    expires_at: _Number = NEVER


class LimitToSend(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Scope, subject, the most that the subject may have, and how many of it this uses (1)."""

    scope: str
    subject: str
    most: _Share
    amount: _Number = 1


class TakenToSend(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The number of an entry, and of each asset how much of it is taken back; null is all."""

    n: _Number
    amounts: dict[str, _Share] | None = None


class ToldToSend(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An event that the effect is: its name, the customer's number, and properties."""

    event: str
    customer_id: _Number
    properties: dict[str, Any] = {}


_PARTS: dict[str, Any] = {
    "legs": tuple[LegToSend, ...],
    "limits": tuple[LimitToSend, ...],
    "events": tuple[ToldToSend, ...],
    "entries": tuple[TakenToSend, ...],
    "floor": Annotated[int, Meta(ge=-MOST, le=0)] | None,
    "expires_at": _Number,
    "hold": _Number,
    "n": _Number,
    "amounts": dict[str, _Share] | None,
    "most": Annotated[int, Meta(ge=1, le=500)],
}
"""Stricter than the ledger's own types, so that the description says what cannot be."""

_PLAIN: dict[str, Callable[[Any], Any]] = {
    "legs": lambda leg: Leg(leg.asset, leg.owner, leg.amount, leg.expires_at),
    "limits": lambda one: Limit(one.scope, one.subject, one.most, one.amount),
    "events": lambda one: Told(one.event, one.customer_id, one.properties),
    "entries": lambda one: Taken(one.n, one.amounts),
}
"""To the ledger's own."""


def _body_of(command: type[Command]) -> type[msgspec.Struct]:
    """The command without its key, which stands in the header."""
    fields: list[Any] = []
    for one in msgspec.structs.fields(command):
        if one.name == "key":
            continue
        kind = _PARTS.get(one.name, one.type)
        if one.default is not msgspec.NODEFAULT:
            fields.append((one.name, kind, one.default))
        elif one.default_factory is not msgspec.NODEFAULT:
            fields.append((one.name, kind, msgspec.field(default_factory=one.default_factory)))
        else:
            fields.append((one.name, kind))
    made = msgspec.defstruct(
        f"{command.__name__}Body", fields, kw_only=True, forbid_unknown_fields=True
    )
    made.__doc__ = command.__doc__
    return made


BODIES: dict[str, type[msgspec.Struct]] = {
    route.name: _body_of(route.command) for route in ROUTES if route.command is not None
}
"""The body that each route takes, by its name."""

_DECODERS = {name: msgspec.json.Decoder(body).decode for name, body in BODIES.items()}


def command_of(route: Route, key: bytes | None, body: bytes) -> Command:
    """What is asked of the ledger.

    Raises:
        MalformedBody: there is no key, or the body is not the one that the route takes.
    """
    told = read_body(body, _DECODERS[route.name])
    fields = {name: getattr(told, name) for name in told.__struct_fields__}
    for name, plain in _PLAIN.items():
        if fields.get(name):
            fields[name] = tuple(map(plain, fields[name]))
    made: Command = route.command(key=key_of(key), **fields)  # type: ignore[misc]
    return made


def read_body(body: bytes, decode: Callable[[bytes], Any]) -> Any:
    """The body, decoded; raises `MalformedBody`."""
    try:
        found = decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedBody(
            f"the body is not the one that this route takes: {error}",
            todo="see /openapi.json for what it takes",
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    _check_keys(body)
    return found


def _check_keys(body: bytes) -> None:
    """Of two equal keys the parser keeps the last without a word; here that is a mistake."""
    try:
        json.loads(body, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:  # bytes that one parser takes and the other one does not
        raise MalformedBody("the body is no strict JSON", todo="send JSON in UTF-8") from error
    if body.count(b"{") + body.count(b"[") > _DEEPEST and _depth(body) > _DEEPEST:
        raise _too_deep()


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) < 2 or len({key for key, _ in pairs}) == len(pairs):
        return
    seen = set()
    for key, _ in pairs:
        if key in seen:
            raise MalformedBody(
                "the key stands twice", where=Where(column=key), todo="send each key once"
            )
        seen.add(key)


def _depth(body: bytes) -> int:
    deepest = depth = 0
    is_text = is_escaped = False
    for byte in body:
        if is_escaped:
            is_escaped = False
        elif is_text:
            is_escaped = byte == 0x5C
            is_text = byte != 0x22
        elif byte == 0x22:
            is_text = True
        elif byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def _too_deep() -> MalformedBody:
    return MalformedBody(
        f"objects and lists stand in one another more than {_DEEPEST} deep",
        todo="send flatter values",
    )


def key_of(key: bytes | None) -> str:
    """The idempotency key; raises `MalformedBody` where there is none."""
    if key is None:
        raise MalformedBody(
            "there is no key",
            where=Where(column="Idempotency-Key"),
            todo="send a header with a key of your own, the same when you ask again",
        )
    try:
        return key.decode()
    except UnicodeDecodeError as error:
        raise MalformedBody(
            "the key is not UTF-8", where=Where(column="Idempotency-Key"), todo="send a random one"
        ) from error


def query_of(route: Route, query: bytes) -> dict[str, Any]:
    """What stands behind `?`, by name.

    >>> from regulars.edges.serve.teller.routes import BY_NAME
    >>> query_of(BY_NAME["ledger.statement"], b"asset=points&owner=customer%3A7&limit=5")
    {'asset': 'points', 'owner': 'customer:7', 'limit': 5}

    Raises:
        UnknownValue: a name that is none, stands twice or is missing, or a value that cannot be.
    """
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50
        )
    except ValueError as error:
        raise _wrong("what stands behind ? does not read", "?", "write it in UTF-8") from error
    known = {one.name: one for one in route.query}
    told: dict[str, Any] = {}
    for name, value in pairs:
        if name not in known:
            raise _wrong("there is no such parameter", name, f"take {', '.join(known) or 'none'}")
        if name in told:
            raise _wrong("the parameter stands twice", name, "send it once")
        told[name] = _value(known[name], value)
    for one in route.query:
        if one.is_required and one.name not in told:
            raise _wrong("the parameter is missing", one.name, "send it")
    return told


def _value(one: Query, value: str) -> str | int:
    if one.is_number:
        return number_of(one.name, value)
    if not value or len(value) > _LONGEST or not value.isprintable():
        raise _wrong("this is no value", one.name, f"send 1 to {_LONGEST} printable characters")
    return value


def number_of(name: str, value: str) -> int:
    """A whole number above 0; raises `UnknownValue`."""
    if value.isascii() and value.isdecimal() and len(value) <= 16:
        number = int(value)
        if 0 < number <= MOST:
            return number
    raise _wrong("this is no number", name, "write 1 to 2^53 - 1")


def _wrong(message: str, name: str, todo: str) -> UnknownValue:
    return UnknownValue(message, where=Where(column=name), todo=todo)
