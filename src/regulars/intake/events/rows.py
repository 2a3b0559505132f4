"""Columns of `events` from messages: what the Segment spec names, typed, and the rest as JSON.

Python only takes values out of messages, a column at a time; times, numbers and addresses are made
by the engine for all rows at once. A context that many messages share is looked into once.

When it happened: the time that the sender told, its clock corrected as the spec says
(`receivedAt - (sentAt - timestamp)`); a time that does not read, lies before 2000 or more than a
minute after it was received gives way to the time of receiving.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET, Raw, UnsetType

from regulars.engines.duckdb import Warehouse
from regulars.intake.events.decode import Decoded, text_of
from regulars.intake.events.message import Message
from regulars.intake.events.personal import (
    NAMED,
    SUSPECT,
    SUSPECT_TEXT,
    cleaned,
    masked,
    without_ip,
)
from regulars.intake.inbox.frame import Received

Cell = str | int | float | bool | None


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


class _Page(msgspec.Struct, gc=False):
    url: Cell = None
    referrer: Cell = None
    search: Cell = None


class _Campaign(msgspec.Struct, gc=False):
    source: Cell = None
    medium: Cell = None
    name: Cell = None
    term: Cell = None
    content: Cell = None
    campaign: Cell = None


class _Referrer(msgspec.Struct, gc=False):
    url: Cell = None


class _Context(msgspec.Struct, gc=False):
    page: _Page | None = None
    campaign: _Campaign | None = None
    referrer: _Referrer | None = None
    inviter: Cell = None
    session_id: Cell = msgspec.field(name="sessionId", default=None)
    session: Cell = None
    traits: Raw | UnsetType = UNSET


_NO_PROPERTIES = _Properties()
_PROPERTIES = msgspec.json.Decoder(_Properties).decode
_CONTEXT = msgspec.json.Decoder(_Context).decode
_ANY = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder().encode
_IS_SUSPECT = re.compile(SUSPECT.encode()).search


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a context tells, looked into once."""

    url: str | None = None
    referrer: str | None = None
    utm: tuple[str | None, ...] = (None,) * 5
    inviter: str | None = None
    session: str | None = None
    traits: bytes | None = None
    kept: bytes | None = None
    taken: tuple[tuple[str, str], ...] = ()


_NOWHERE = Surroundings()


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of `events` without seq and node, and what was taken out of them.

    `taken` has, by place of the row, the personal fields that are to be sealed; `traits` the raw
    traits of a message that tell of a person, by place, in which keys are looked for.
    """

    table: pa.Table
    taken: dict[int, dict[str, str]]
    traits: dict[int, bytes]


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
    messages, requests = decoded.messages, decoded.requests
    count = len(messages)
    places = pa.array(requests, pa.int32())
    told: dict[str, pa.Array] = {
        "connection": pa.array([one.connection for one in received], pa.string()).take(places),
        "platform": pa.array(platforms, pa.string()).take(places),
        "message_id": _texts(decoded.ids),
        "type": pa.array([one.type for one in messages], pa.string()),
        "received": pa.array([one.at for one in received], pa.int64()).take(places),
        "told_at": _texts([
            one.timestamp if one.timestamp is not None else one.original_timestamp
            for one in messages
        ]),
        "sent_at": _texts([one.sent_at for one in messages]),
        "name": _texts([
            one.event if one.type == "track" else one.name or one.category
            if one.type in ("page", "screen") else one.event
            for one in messages
        ]),
    }  # fmt: skip
    taken: dict[int, dict[str, str]] = {}
    traits: dict[int, bytes] = {}
    around = _surroundings(messages, taken, traits)
    own = _own(messages, taken, traits)
    told["properties"] = own.kept
    told |= _told(own.told, around, messages)
    told["context"] = _contexts(messages, around, decoded.extra, taken)
    table = pa.table({"row": pa.array(range(count), pa.int64()), **told})
    return Rows(_hidden(_typed(work, table, currency)), taken, traits)


@dataclass(frozen=True, slots=True)
class _Own:
    told: list[_Properties]
    kept: pa.Array


def _own(
    messages: Sequence[Message], taken: dict[int, dict[str, str]], traits: dict[int, bytes]
) -> _Own:
    """Properties (traits of identify and group): what columns need, and the JSON to be kept."""
    raw: list[bytes | None] = []
    told: list[_Properties] = []
    for place, message in enumerate(messages):
        of_person = message.type in ("identify", "group")
        given = message.traits if of_person else message.properties
        if given is UNSET:
            raw.append(None)
            told.append(_NO_PROPERTIES)
            continue
        one = bytes(given)
        raw.append(one)
        if of_person:
            if message.type == "identify":
                traits[place] = one
            told.append(_NO_PROPERTIES)
            continue
        try:
            told.append(_PROPERTIES(one))
        except msgspec.DecodeError:
            told.append(_picked(one, _Properties, _NO_PROPERTIES))
    kept = pa.array(raw, pa.binary())
    if kept.null_count < len(kept):
        person = pa.array([message.type == "identify" for message in messages])
        named = pc.and_(person, pc.match_substring_regex(kept, NAMED))
        suspect = pc.or_(pc.match_substring_regex(kept, SUSPECT), named)
        for place in pc.indices_nonzero(pc.fill_null(suspect, False)).to_pylist():
            found = raw[place]
            if found is None:
                continue
            raw[place], out = cleaned(found, person=messages[place].type == "identify")
            if out:
                taken.setdefault(place, {}).update(out)
        kept = pa.array(raw, pa.binary())
    return _Own(told, kept.cast(pa.string()))


def _surroundings(
    messages: Sequence[Message], taken: dict[int, dict[str, str]], traits: dict[int, bytes]
) -> list[Surroundings]:
    known: dict[bytes, Surroundings] = {}
    found = []
    for place, message in enumerate(messages):
        if message.context is UNSET:
            found.append(_NOWHERE)
            continue
        raw = bytes(message.context)
        one = known.get(raw)
        if one is None:
            one = known[raw] = surroundings(raw)
        if one.taken:
            taken.setdefault(place, {}).update(one.taken)
        if one.traits is not None:
            traits.setdefault(place, one.traits)
        found.append(one)
    return found


def surroundings(raw: bytes) -> Surroundings:
    """What a context tells.

    >>> one = surroundings(b'{"ip":"10.0.0.1","page":{"url":"https://x/t?q=1","search":"?utm_source=qq"}}')
    >>> one.url, one.utm[0], one.kept
    ('https://x/t?q=1', 'qq', b'{"page":{"url":"https://x/t?q=1","search":"?utm_source=qq"}}')
    """
    try:
        told = _CONTEXT(raw)
    except msgspec.DecodeError:
        told = _picked(raw, _Context, _Context())
    page, sent = told.page or _Page(), told.campaign
    if sent is not None:
        utm: Sequence[Cell] = (
            sent.source, sent.medium, sent.name if sent.name is not None else sent.campaign,
            sent.term, sent.content,
        )  # fmt: skip
    elif isinstance(page.search, str) and "utm_" in page.search:
        query = parse_qs(page.search.lstrip("?"))
        utm = [
            query.get(f"utm_{name}", [None])[0]
            for name in ("source", "medium", "campaign", "term", "content")
        ]
    else:
        utm = _NOWHERE.utm
    kept = without_ip(raw)
    out: dict[str, str] = {}
    if _IS_SUSPECT(kept):
        kept, out = cleaned(kept)
    referrer = page.referrer
    if referrer is None and told.referrer is not None:
        referrer = told.referrer.url
    return Surroundings(
        text_of(page.url),
        text_of(referrer),
        tuple(text_of(one) for one in utm),
        text_of(told.inviter),
        text_of(told.session_id if told.session_id is not None else told.session),
        None if told.traits is UNSET else bytes(told.traits),
        kept,
        tuple(out.items()),
    )


def _picked(raw: bytes, struct: type[Any], nothing: Any) -> Any:
    """The fields that can be read, where some cannot."""
    try:
        told = _ANY(raw)
    except msgspec.DecodeError:
        return nothing
    if not isinstance(told, dict):
        return nothing
    for field in msgspec.structs.fields(struct):
        if field.encode_name in told:
            try:
                msgspec.convert(told[field.encode_name], field.type)
            except msgspec.ValidationError:
                del told[field.encode_name]
    return msgspec.json.decode(_ENCODE(told), type=struct)


def _told(
    own: Sequence[_Properties], around: Sequence[Surroundings], messages: Sequence[Message]
) -> dict[str, pa.Array]:
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
    categories = [
        one.category if one.category is not None
        else message.category if message.category is not None
        else None if only is None else only.category
        for one, only, message in zip(own, lone, messages, strict=True)
    ]  # fmt: skip
    amounts = [
        one.revenue if one.revenue is not None
        else one.total if one.total is not None else one.value
        for one in own
    ]  # fmt: skip
    columns: dict[str, Sequence[Cell]] = {
        "product_id": products,
        "category": categories,
        "order_id": [one.order_id if one.order_id is not None else one.order_id_ for one in own],
        "amount": amounts,
        "price": [one.price for one in own],
        "quantity": [one.quantity for one in own],
        "currency": [one.currency for one in own],
        "search": [one.query for one in own],
        "url": [
            here.url if here.url is not None else one.url
            for one, here in zip(own, around, strict=True)
        ],
        "referrer": [
            here.referrer if here.referrer is not None else one.referrer
            for one, here in zip(own, around, strict=True)
        ],
        "inviter": [
            here.inviter if one.inviter is None else one.inviter
            for one, here in zip(own, around, strict=True)
        ],
        "session": [
            here.session if here.session is not None
            else one.session_id if one.session_id is not None else one.session_id_
            for one, here in zip(own, around, strict=True)
        ],
    }  # fmt: skip
    for place, name in enumerate(("source", "medium", "campaign", "term", "content")):
        columns[name] = [here.utm[place] for here in around]
    numbers = ("amount", "price", "quantity")
    return {
        name: _numbers(cells) if name in numbers else _texts(cells)
        for name, cells in columns.items()
    }


def _contexts(
    messages: Sequence[Message],
    around: Sequence[Surroundings],
    extra: dict[int, dict[str, Any]],
    taken: dict[int, dict[str, str]],
) -> pa.Array:
    kept = [one.kept for one in around]
    more = dict(extra)
    for place, message in enumerate(messages):
        if message.group_id is not None:
            more[place] = {**more.get(place, {}), "groupId": message.group_id}
    for place, told in more.items():
        context = _ANY(kept[place] or b"{}")
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


def _texts(cells: Sequence[Cell]) -> pa.Array:
    try:
        return pa.array(cells, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([text_of(cell) for cell in cells], pa.string())


_TIME = """CASE WHEN {0} IS NULL THEN NULL
 WHEN regexp_full_match({0}, '-?[0-9]{{9,10}}([.][0-9]+)?')
   THEN make_timestamptz((CAST({0} AS DOUBLE) * 1000000)::BIGINT)
 WHEN regexp_full_match({0}, '[0-9]{{12,13}}([.][0-9]+)?')
   THEN make_timestamptz((CAST({0} AS DOUBLE) * 1000)::BIGINT)
 WHEN regexp_full_match({0}, '[0-9]{{15,16}}') THEN make_timestamptz(CAST({0} AS BIGINT))
 WHEN length({0}) < 8 THEN NULL
 ELSE TRY_CAST({0} AS TIMESTAMPTZ) END"""


def _typed(work: Warehouse, table: pa.Table, currency: str) -> pa.Table:
    """Times, amounts and addresses as they are kept."""
    work.register("_sent", table)
    try:
        return work.sql(
            f"""
            WITH read AS (
                SELECT *, make_timestamptz(received) AS received_at,
                       {_TIME.format("told_at")} AS happened,
                       CASE WHEN told_at IS NULL THEN NULL ELSE {_TIME.format("sent_at")} END
                           AS sent
                FROM _sent
            ),
            corrected AS (
                SELECT *, CASE WHEN isfinite(happened) AND isfinite(sent)
                               THEN received_at - (sent - happened)
                               WHEN isfinite(happened) THEN happened END AS "at"
                FROM read
            )
            SELECT connection, platform, message_id, type, nullif(name, '') AS name,
                   CASE WHEN "at" BETWEEN TIMESTAMPTZ '2000-01-01 00:00:00+00'
                                AND received_at + INTERVAL 1 MINUTE
                        THEN "at" ELSE received_at END AS "at",
                   received_at, product_id, category, order_id,
                   CASE WHEN currency IS NULL OR upper(trim(currency)) = ? THEN
                       coalesce(TRY_CAST(amount AS DECIMAL(18,4)),
                                TRY_CAST(TRY_CAST(price AS DECIMAL(18,4))
                                         * coalesce(TRY_CAST(quantity AS DECIMAL(18,4)), 1)
                                         AS DECIMAL(18,4))) END AS amount,
                   TRY_CAST(quantity AS DECIMAL(18,4)) AS quantity, search,
                   split_part(split_part(url, '?', 1), '#', 1) AS url,
                   nullif(split_part(split_part(referrer, '?', 1), '#', 1), '') AS referrer,
                   source, medium, campaign, term, content, inviter, session, properties, context
            FROM corrected
            """,
            [currency],
        )
    finally:
        work.unregister("_sent")


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
