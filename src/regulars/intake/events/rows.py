"""Columns of `events` from messages: what the Segment spec names, typed, and the rest as JSON.

Python only takes values out of messages; times and amounts are made by the engine for all at once.
Properties and contexts that many messages share are looked into once, and their columns spread over
the rows by place: most events of a shop say what others have said.

When it happened: the time that the sender told, its clock corrected as the spec says
(`receivedAt - (sentAt - timestamp)`); a time that does not read, lies before 2000 or more than a
minute after it was received gives way to the time of receiving.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET

from regulars.engines.duckdb import Warehouse
from regulars.intake.events import any_json
from regulars.intake.events.decode import Decoded, text_of
from regulars.intake.events.message import Message
from regulars.intake.events.personal import SUSPECT_TEXT, cleaned, masked
from regulars.intake.events.surroundings import UTM, Around, Cell, around, picked, without_personal
from regulars.intake.events.table import COLUMNS
from regulars.intake.inbox.frame import Received


class _Product(msgspec.Struct, gc=False):
    product_id: Cell = None
    sku: Cell = None
    category: Cell = None


class _Properties(msgspec.Struct, gc=False):
    product_id: Cell = None
    product_id_: Cell = msgspec.field(name="productId", default=None)
    sku: Cell = None
    products: list[_Product] | None = None
    category: Cell = None
    order_id: Cell = None
    order_id_: Cell = msgspec.field(name="orderId", default=None)
    revenue: Cell = None
    total: Cell = None
    value: Cell = None
    price: Cell = None
    quantity: Cell = None
    currency: Cell = None
    query: Cell = None
    url: Cell = None
    referrer: Cell = None
    inviter: Cell = None
    session_id: Cell = None
    session_id_: Cell = msgspec.field(name="sessionId", default=None)


_NO_PROPERTIES = _Properties()
_PROPERTIES = msgspec.json.Decoder(_Properties).decode
_ENCODE = msgspec.json.Encoder().encode
_IDENTIFY, _GROUP = b"i", b"g"
"""Before traits, where they stand among properties; no JSON begins so."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of `events` without seq and node, and what was taken out of them.

    `taken` has, by place of the row, the personal fields that are to be sealed; `traits` the raw
    traits of a message that tell of a person, by place, in which keys are looked for.
    """

    table: pa.Table
    taken: dict[int, dict[str, str]]
    traits: dict[int, bytes]


@dataclass(frozen=True, slots=True)
class _Own:
    """The different properties of messages, and which each message has."""

    told: list[_Properties]
    kept: list[bytes | None]
    taken: dict[int, dict[str, str]]
    of: list[int]


def rows_of(
    work: Warehouse,
    decoded: Decoded,
    received: Sequence[Received],
    platforms: Sequence[str],
    currency: str,
) -> Rows:
    """The rows of decoded messages.

    Args:
        work: any connection to the engine.
        decoded: the messages.
        received: the requests that brought them.
        platforms: of each request.
        currency: the shop's: an amount in another one stays in `properties` only.
    """
    messages = decoded.messages
    request = pa.array(decoded.requests, pa.int32())
    here, own = around(messages), _own(messages)
    by_own, by_here = pa.array(own.of, pa.int32()), pa.array(here.of, pa.int32())
    received_at = pa.array([one.at for one in received], pa.int64()).take(request)
    told: dict[str, pa.Array] = {
        "connection": pa.array([one.connection for one in received], pa.string()).take(request),
        "platform": pa.array(platforms, pa.string()).take(request),
        "message_id": pa.array(decoded.ids, pa.string()),
        "type": pa.array([one.type for one in messages], pa.string()),
        "name": _texts([
            one.event if one.type == "track" else one.name or one.category
            if one.type in ("page", "screen") else one.event
            for one in messages
        ]),
        **_times(work, messages, received_at),
        **{name: cells.take(by_own) for name, cells in _told(work, own.told, currency).items()},
    }  # fmt: skip
    spread = {name: cells.take(by_here) for name, cells in _told_around(here).items()}
    told["category"] = pc.coalesce(
        told["category"],
        _texts([one.category for one in messages]),
        told.pop("category_of_product"),
    )
    for name in ("url", "referrer", "session"):
        told[name] = pc.coalesce(spread.pop(name), told[name])
    told["inviter"] = pc.coalesce(told["inviter"], spread.pop("inviter"))
    told |= spread
    taken = _spread_taken(own.of, own.taken)
    for place, out in _spread_taken(here.of, here.taken).items():
        taken.setdefault(place, {}).update(out)
    told["properties"] = pa.array(own.kept, pa.binary()).cast(pa.string()).take(by_own)
    told["context"] = _contexts(messages, here, by_here, decoded.extra, taken)
    table = pa.table({name: told[name] for name in COLUMNS if name not in ("seq", "node")})
    return Rows(_hidden(table), taken, _traits(messages, here))


def _own(messages: Sequence[Message]) -> _Own:
    """Properties, and traits of identify and group."""
    raws = [b"" if (raw := one.properties) is UNSET else bytes(raw) for one in messages]
    for place, message in enumerate(messages):
        if message.type in ("identify", "group"):
            kind = _IDENTIFY if message.type == "identify" else _GROUP
            raws[place] = b"" if message.traits is UNSET else kind + bytes(message.traits)
    known: dict[bytes, int] = {}
    of = [known.setdefault(raw, len(known)) for raw in raws]
    told = [_properties(raw) for raw in known]
    people = frozenset(place for raw, place in known.items() if raw[:1] == _IDENTIFY)
    plain = [raw[1:] if raw[:1] in (_IDENTIFY, _GROUP) else raw or None for raw in known]
    return _Own(told, *without_personal(plain, people), of)


def _properties(raw: bytes) -> _Properties:
    """What properties tell; traits tell nothing of goods and orders."""
    if not raw or raw[:1] in (_IDENTIFY, _GROUP):
        return _NO_PROPERTIES
    try:
        return _PROPERTIES(raw)
    except msgspec.DecodeError:
        found: _Properties = picked(raw, _Properties, _NO_PROPERTIES)
        return found


def _spread_taken(of: Sequence[int], taken: dict[int, dict[str, str]]) -> dict[int, dict[str, str]]:
    """What was taken out of the different ones, by place of the row."""
    if not taken:
        return {}
    hit = np.flatnonzero(np.isin(np.array(of), list(taken)))
    return {place: dict(taken[of[place]]) for place in hit.tolist()}


def _traits(messages: Sequence[Message], here: Around) -> dict[int, bytes]:
    """The raw traits of messages that tell of a person: their own, else those of the context."""
    found = {
        place: bytes(one.traits)
        for place, one in enumerate(messages)
        if one.type == "identify" and one.traits is not UNSET
    }
    telling = [place for place, one in enumerate(here.told) if one.traits is not None]
    if telling:
        for place in np.flatnonzero(np.isin(np.array(here.of), telling)).tolist():
            traits = here.told[here.of[place]].traits
            if traits is not None:
                found.setdefault(place, traits)
    return found


def _told(work: Warehouse, own: Sequence[_Properties], currency: str) -> dict[str, pa.Array]:
    """The columns that properties tell."""
    lone = [
        one.products[0] if one.products is not None and len(one.products) == 1 else None
        for one in own
    ]
    products = [
        one.product_id if one.product_id is not None
        else one.product_id_ if one.product_id_ is not None
        else one.sku if one.sku is not None
        else None if only is None
        else only.product_id if only.product_id is not None else only.sku
        for one, only in zip(own, lone, strict=True)
    ]  # fmt: skip
    sessions = [one.session_id if one.session_id is not None else one.session_id_ for one in own]
    columns: dict[str, Sequence[Cell]] = {
        "product_id": products,
        "category": [one.category for one in own],
        "category_of_product": [None if only is None else only.category for only in lone],
        "order_id": [one.order_id if one.order_id is not None else one.order_id_ for one in own],
        "search": [one.query for one in own],
        "url": [_bare(text_of(one.url)) for one in own],
        "referrer": [_bare(text_of(one.referrer)) for one in own],
        "inviter": [one.inviter for one in own],
        "session": sessions,
    }
    told = {name: _texts(cells) for name, cells in columns.items()}
    return told | _amounts(work, own, currency)


def _told_around(here: Around) -> dict[str, pa.Array]:
    """The columns that contexts tell."""
    columns = {
        "url": [_bare(one.url) for one in here.told],
        "referrer": [_bare(one.referrer) for one in here.told],
        "inviter": [one.inviter for one in here.told],
        "session": [one.session for one in here.told],
    }
    for place, name in enumerate(UTM):
        columns[name] = [one.utm[place] for one in here.told]
    return {name: _texts(cells) for name, cells in columns.items()}


def _bare(url: str | None) -> str | None:
    """An address without what stands behind its path."""
    return None if url is None else url.partition("?")[0].partition("#")[0]


def _contexts(
    messages: Sequence[Message],
    here: Around,
    by_here: pa.Array,
    extra: dict[int, dict[str, object]],
    taken: dict[int, dict[str, str]],
) -> pa.Array:
    """The JSON of contexts, with what the spec does not know."""
    more = dict(extra)
    for place, message in enumerate(messages):
        if message.group_id is not None:
            more[place] = {**more.get(place, {}), "groupId": message.group_id}
    spread = pa.array(here.kept, pa.binary()).cast(pa.string()).take(by_here)
    if not more:
        return spread
    kept = spread.cast(pa.binary()).to_pylist()
    for place, told in more.items():
        context = any_json.read(kept[place] or b"{}")
        whole = {**told, **context} if isinstance(context, dict) else {**told, "context": context}
        kept[place], out = cleaned(_ENCODE(whole))
        if out:
            taken.setdefault(place, {}).update(out)
    return pa.array(kept, pa.binary()).cast(pa.string())


def _numbers(cells: Sequence[Cell]) -> pa.Array:
    try:
        return pa.array(cells, pa.float64())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return _texts(cells)


def _texts(cells: Iterable[Cell]) -> pa.Array:
    """Cells as texts; an empty one is none."""
    listed = list(cells)
    try:
        told = pa.array(listed, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([text_of(cell) for cell in listed], pa.string())
    return pc.if_else(pc.not_equal(told, ""), told, None)


_TIME = """CASE WHEN {0} IS NULL OR length({0}) < 8 THEN NULL
 WHEN {0}[5] = '-' THEN TRY_CAST({0} AS TIMESTAMPTZ)
 WHEN regexp_full_match({0}, '-?[0-9]{{9,10}}([.][0-9]+)?')
   THEN make_timestamptz((CAST({0} AS DOUBLE) * 1000000)::BIGINT)
 WHEN regexp_full_match({0}, '[0-9]{{12,13}}([.][0-9]+)?')
   THEN make_timestamptz((CAST({0} AS DOUBLE) * 1000)::BIGINT)
 WHEN regexp_full_match({0}, '[0-9]{{15,16}}') THEN make_timestamptz(CAST({0} AS BIGINT))
 ELSE TRY_CAST({0} AS TIMESTAMPTZ) END"""


def _times(work: Warehouse, messages: Sequence[Message], received: pa.Array) -> dict[str, pa.Array]:
    """When it happened and when it was received."""
    told = [
        one.timestamp if one.timestamp is not None else one.original_timestamp for one in messages
    ]
    sent = {
        "told_at": _texts(told),
        "sent_at": _texts([one.sent_at for one in messages]),
        "received": received,
    }
    return _made(
        work,
        sent,
        f"""
        WITH read AS (
            SELECT make_timestamptz(received) AS received_at,
                   {_TIME.format("told_at")} AS happened,
                   CASE WHEN told_at IS NULL THEN NULL ELSE {_TIME.format("sent_at")} END AS sent
            FROM _sent
        ),
        corrected AS (
            SELECT received_at, CASE WHEN happened {_REACH} AND sent {_REACH}
                                     THEN received_at - (sent - happened)
                                     WHEN happened {_REACH} THEN happened END AS "at"
            FROM read
        )
        SELECT CASE WHEN "at" BETWEEN TIMESTAMPTZ '2000-01-01 00:00:00+00'
                             AND received_at + INTERVAL 1 MINUTE
                    THEN "at" ELSE received_at END AS "at", received_at
        FROM corrected
        """,
    )


def _amounts(work: Warehouse, own: Sequence[_Properties], currency: str) -> dict[str, pa.Array]:
    """Amount and quantity; an amount in another currency than the shop's is none."""
    amounts = [
        one.total if one.total is not None  # what an order's records call paid
        else one.revenue if one.revenue is not None else one.value
        for one in own
    ]  # fmt: skip
    told = {
        "amount": _numbers(amounts),
        "price": _numbers([one.price for one in own]),
        "quantity": _numbers([one.quantity for one in own]),
        "currency": _texts([one.currency for one in own]),
    }
    return _made(
        work,
        told,
        """
        SELECT CASE WHEN currency IS NULL OR upper(trim(currency)) = ? THEN
                   coalesce(TRY_CAST(amount AS DECIMAL(18,4)),
                            TRY_CAST(TRY_CAST(price AS DECIMAL(18,4))::DECIMAL(38,4)
                                     * coalesce(TRY_CAST(quantity AS DECIMAL(18,4)), 1)
                                     AS DECIMAL(18,4))) END AS amount,
               TRY_CAST(quantity AS DECIMAL(18,4)) AS quantity
        FROM _sent
        """,
        [currency],
    )


_REACH = "BETWEEN TIMESTAMPTZ '1900-01-01 00:00:00+00' AND TIMESTAMPTZ '2200-01-01 00:00:00+00'"
"""Times that can be reckoned with; further ones overflow, and one such would stop all."""


def _made(
    work: Warehouse, columns: dict[str, pa.Array], query: str, values: Sequence[str] = ()
) -> dict[str, pa.Array]:
    """What the engine makes of columns (`_sent`), row by row."""
    work.register("_sent", pa.table(columns))
    try:
        made = work.sql(query, values).combine_chunks()
    finally:
        work.unregister("_sent")
    return {name: made[name].combine_chunks() for name in made.column_names}


_FREE = (
    "name", "category", "search", "url", "referrer", "source", "medium", "campaign", "term",
    "content", "inviter", "session", "product_id", "order_id",
)  # fmt: skip
"""Columns whose texts may hold what is personal."""


def _hidden(table: pa.Table) -> pa.Table:
    """The table with phones and addresses cut out of its texts."""
    for place, name in enumerate(table.column_names):
        if name not in _FREE or table[name].null_count == len(table):
            continue
        encoded = table[name].combine_chunks().dictionary_encode()
        texts = encoded.dictionary
        suspect = pc.match_substring_regex(texts, SUSPECT_TEXT)
        if not pc.any(suspect).as_py():
            continue
        keeps = name in ("product_id", "order_id")  # a number of eleven digits may be an order's
        shown = [
            masked(text) if is_suspect and not (keeps and text.isalnum()) else text
            for text, is_suspect in zip(texts.to_pylist(), suspect.to_pylist(), strict=True)
        ]
        table = table.set_column(place, name, pa.array(shown, pa.string()).take(encoded.indices))
    return table
