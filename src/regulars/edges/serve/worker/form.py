r"""The form of a body: one strict JSON object in UTF-8. What is in it, others judge later.

Strict means: no NaN, no infinity, no byte that is not UTF-8, no key twice at the top, no nesting
without end. Two things that JSON can spell and no table can keep, a NUL and half of a surrogate
pair (an emoji cut in two), become U+FFFD, as browsers do it: one cut emoji must not cost a batch.

>>> checked(b'{"writeKey": "wk_1", "event": "Caf\\u00e9 \\ud83d"}')
Form(body=b'{"writeKey": "wk_1", "event": "Caf\\u00e9 \\ufffd"}', key='wk_1', messages=1)
>>> checked(b'{"batch": [{}, {}], "batch": []}', batch=True)
Traceback (most recent call last):
    ...
regulars.edges.serve.worker.refusals.MalformedBody: batch: the key stands twice. Send each key once.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from regulars.edges.serve.worker.refusals import MalformedBody
from regulars.errors import Where

DEEPEST = 64
"""Levels of objects and lists in one another."""

_OBJECT = msgspec.json.Decoder(dict[str, Raw]).decode
_LIST = msgspec.json.Decoder(list[Raw]).decode
_ANY = msgspec.json.Decoder().decode
_BOM = b"\xef\xbb\xbf"
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPE = re.compile(
    rb"\\(?:u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[0-9a-fA-F]{4})|.)",
    re.DOTALL,
)
_BYTE = re.compile(r" \(byte (\d+)\)")


class Form(NamedTuple):
    """A body that is well-formed, the write key in it, and how many messages it carries."""

    body: bytes
    key: str | None
    messages: int


def checked(body: bytes, *, batch: bool = False) -> Form:
    """The body as it will be kept.

    Args:
        body: as it came, unpacked.
        batch: whether it must hold a list `batch`.

    Raises:
        MalformedBody: it is no strict JSON object; says where.
    """
    if body.startswith(_BOM):
        body = body[len(_BOM) :]
    if not body.isascii():
        _check_utf8(body)
    if b"\\" in body and b"\\u0000" in body:
        body = _mended(body)
    try:
        found = _OBJECT(body)
    except (msgspec.DecodeError, RecursionError) as error:
        body, found = _once_more(body, error)
    _check_depth(body)
    _check_keys(body, found)
    messages = 1
    if batch:
        try:
            messages = len(_LIST(found["batch"]))
        except (KeyError, msgspec.ValidationError) as error:
            raise MalformedBody(
                "there is no list of messages",
                where=Where(column="batch"),
                todo='send {"batch": [...]}, or use the route of a single message',
            ) from error
    key = _ANY(found["writeKey"]) if "writeKey" in found else None
    return Form(body, key if isinstance(key, str) else None, messages)


def _check_utf8(body: bytes) -> None:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise MalformedBody(
            f"byte {error.start} is not UTF-8",
            where=Where(line=_line(body, error.start)),
            todo="send JSON in UTF-8",
        ) from error


def _once_more(body: bytes, error: Exception) -> tuple[bytes, dict[str, Raw]]:
    """The body with halves of surrogate pairs mended, if that was all; else what is wrong."""
    if isinstance(error, RecursionError):
        raise _too_deep() from error
    mended = _mended(body)
    if mended != body:
        try:
            return mended, _OBJECT(mended)
        except RecursionError as deep:
            raise _too_deep() from deep
        except msgspec.DecodeError as again:
            error = again
    said = str(error)
    at = _BYTE.search(said)
    place = Where(line=_line(body, int(at[1]))) if at else Where()
    raise MalformedBody(
        f"the body is no JSON object: {said}", where=place, todo="send one JSON object"
    ) from error


def _mended(body: bytes) -> bytes:
    return _ESCAPE.sub(_kept_or_replaced, body)


def _kept_or_replaced(escape: re.Match[bytes]) -> bytes:
    text = escape[0].lower()
    is_half = len(text) == 6 and text[2:3] == b"d" and text[3:4] in b"89abcdef"
    return b"\\ufffd" if is_half or text == b"\\u0000" else escape[0]


def _check_depth(body: bytes) -> None:
    """Peel the innermost brackets off, level by level; brackets within text seldom confuse it."""
    brackets = body.translate(None, _NOT_BRACKETS)
    if len(brackets) <= DEEPEST or _is_flat(brackets):
        return
    if not _is_flat(_STRING.sub(b"", body).translate(None, _NOT_BRACKETS)):
        raise _too_deep()


def _is_flat(brackets: bytes) -> bool:
    for _ in range(DEEPEST):
        if not brackets:
            return True
        peeled = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(peeled) == len(brackets):
            return False
        brackets = peeled
    return not brackets


def _check_keys(body: bytes, found: dict[str, Raw]) -> None:
    """No key stands twice at the top; of two, the parser keeps the last without a word.

    A body written without spaces, or with one behind each comma and colon, is as long as its parts;
    only another is looked at pair by pair.
    """
    count = len(found)
    slack = len(body) - 1 - 4 * count - sum(map(len, found)) - sum(map(len, found.values()))
    if slack == 0 or (slack == 2 * count - 1 and body[3 + len(next(iter(found))) :][:2] == b": "):
        return
    pairs: list[tuple[str, Any]] = []

    def last_called_for_the_top(found_here: list[tuple[str, Any]]) -> None:
        pairs[:] = found_here

    json.loads(body, object_pairs_hook=last_called_for_the_top, parse_int=str, parse_float=str)
    seen = set()
    for key, _ in pairs:
        if key in seen:
            raise MalformedBody(
                "the key stands twice", where=Where(column=key), todo="send each key once"
            )
        seen.add(key)


def _too_deep() -> MalformedBody:
    return MalformedBody(
        f"objects and lists stand in one another more than {DEEPEST} deep",
        todo="send flatter properties",
    )


def _line(body: bytes, at: int) -> int:
    return body.count(b"\n", 0, at) + 1
