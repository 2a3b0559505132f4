"""What the contexts of messages tell: page, campaign, inviter, session, keys of a person.

A context that many messages share is looked into once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET, Raw, UnsetType

from regulars.intake.events import any_json
from regulars.intake.events.decode import text_of
from regulars.intake.events.message import Message
from regulars.intake.events.personal import NAMED, SUSPECT, cleaned, without_ip

Cell = str | int | float | bool | None

UTM = ("source", "medium", "campaign", "term", "content")
"""What a campaign tells, by the names of the columns."""


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


_CONTEXT = msgspec.json.Decoder(_Context).decode
_ENCODE = msgspec.json.Encoder().encode
_NO_UTM: tuple[str | None, ...] = (None,) * len(UTM)


class Surroundings(msgspec.Struct, gc=False):
    """What one context tells."""

    url: str | None = None
    referrer: str | None = None
    utm: tuple[str | None, ...] = _NO_UTM
    inviter: str | None = None
    session: str | None = None
    traits: bytes | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """The different contexts of messages, and which each message has."""

    told: list[Surroundings]
    kept: list[bytes | None]
    """The JSON of each, without what is personal."""
    taken: dict[int, dict[str, str]]
    """What was, by the context's place."""
    of: list[int]
    """Of each message, the place of its context."""


def around(messages: Sequence[Message]) -> Around:
    """The contexts of messages; one that is absent is among them as an empty one."""
    known: dict[bytes, int] = {}
    of = [
        known.setdefault(b"" if (raw := one.context) is UNSET else bytes(raw), len(known))
        for one in messages
    ]
    told = [surroundings(raw) if raw else Surroundings() for raw in known]
    kept, taken = without_personal([without_ip(raw) if raw else None for raw in known], frozenset())
    return Around(told, kept, taken, of)


def without_personal(
    raws: list[bytes | None], people: frozenset[int]
) -> tuple[list[bytes | None], dict[int, dict[str, str]]]:
    """JSON without what is personal, and that by its place; `people` are told of a person.

    A pattern decides first for all at once; most hold nothing personal and stay as they are.
    """
    # As text: over bytes the pattern would take `?` behind a Chinese letter for its last byte.
    texts = pa.array(raws, pa.binary()).cast(pa.string())
    suspect = pc.fill_null(pc.match_substring_regex(texts, SUSPECT), False)
    places = set(pc.indices_nonzero(suspect).to_pylist())
    if people:
        listed = sorted(people)
        named = pc.match_substring_regex(texts.take(pa.array(listed, pa.int64())), NAMED)
        places |= {place for place, is_so in zip(listed, named.to_pylist(), strict=True) if is_so}
    kept, taken = list(raws), {}
    for place in sorted(places):
        raw = raws[place]
        if raw is not None:
            kept[place], out = cleaned(raw, person=place in people)
            if out:
                taken[place] = out
    return kept, taken


def surroundings(raw: bytes) -> Surroundings:
    """What a context tells.

    >>> one = surroundings(b'{"page":{"url":"https://x/t?q=1","search":"?utm_source=qq"}}')
    >>> one.url, one.utm[0]
    ('https://x/t?q=1', 'qq')
    """
    try:
        told = _CONTEXT(raw)
    except msgspec.DecodeError:
        told = picked(raw, _Context, _Context())
    page, sent = told.page or _Page(), told.campaign
    if sent is not None:
        utm: Sequence[Cell] = (
            sent.source, sent.medium, sent.name if sent.name is not None else sent.campaign,
            sent.term, sent.content,
        )  # fmt: skip
    elif isinstance(page.search, str) and "utm_" in page.search:
        query = parse_qs(page.search.lstrip("?"))
        utm = [query.get(f"utm_{name}", [None])[0] for name in UTM]
    else:
        utm = _NO_UTM
    referrer = page.referrer
    if referrer is None and told.referrer is not None:
        referrer = told.referrer.url
    return Surroundings(
        text_of(page.url),
        text_of(referrer),
        utm if utm is _NO_UTM else tuple(map(text_of, utm)),
        text_of(told.inviter),
        text_of(told.session_id if told.session_id is not None else told.session),
        None if told.traits is UNSET else bytes(told.traits),
    )


def picked(raw: bytes, struct: type[Any], nothing: Any) -> Any:
    """The fields that can be read, where some cannot."""
    try:
        told = any_json.read(raw)
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
