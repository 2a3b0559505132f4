"""JSON lines: one object a line, its keys the headers.

An object within an object becomes columns named `outer.inner`; a list of plain values one cell,
joined by `|`; a list of objects stays JSON. Numbers keep their text to the last digit, `true` and
`false` are written so, `null` is an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from regulars.intake.files.chunk import (
    BYTES,
    SURPLUS,
    Chunk,
    Read,
    Unfit,
    distinct,
    rows_at_once,
    screened,
    shortened,
    text_table,
)
from regulars.intake.files.on_disk import unreadable
from regulars.intake.files.part import Part
from regulars.intake.files.text import Block, lines_of

MOST_COLUMNS = 1 << 14

MESSAGES = frozenset({"track", "page", "screen", "identify", "group", "alias"})
"""The types of messages of the Segment spec."""
_WHOSE = frozenset({"messageId", "userId", "anonymousId"})

_OBJECT = msgspec.json.Decoder(dict[str, Any], float_hook=str)  # a number to its last digit
_AS_WRITTEN = msgspec.json.Decoder(dict[str, Raw])
NO_JSON = (msgspec.MsgspecError, ValueError, RecursionError)
"""What is raised over a line that is no JSON object."""


def flat(line: bytes) -> dict[str, str]:
    """The cells of one line by key.

    >>> flat(b'{"id": 7, "buyer": {"name": "Li", "vip": true}, "paid": 1.50, "tags": ["a", "b"]}')
    {'id': '7', 'buyer.name': 'Li', 'buyer.vip': 'true', 'paid': '1.50', 'tags': 'a|b'}
    >>> flat(b'{"no": 123456789012345678901, "items": [{"sku": 1.0}], "note": null}')
    {'no': '123456789012345678901', 'items': '[{"sku": 1.0}]', 'note': ''}

    Raises:
        msgspec.MsgspecError, ValueError, RecursionError: it is no JSON object.
    """
    cells: dict[str, str] = {}
    _flatten(_OBJECT.decode(line), line, (), cells)
    return cells


def keys_of(part: Part, blocks: Iterator[Block]) -> tuple[str, ...]:
    """All keys of all lines, in the order in which they first come.

    Raises:
        UnreadableFile: there are more than a table can have columns.
    """
    keys: dict[str, None] = {}
    for block in blocks:
        for number, line, _ in lines_of(block):
            try:
                if line.strip():
                    keys.update(dict.fromkeys(_keys(_OBJECT.decode(line), line)))
            except NO_JSON:
                continue
            if len(keys) > MOST_COLUMNS:
                raise unreadable(
                    part,
                    f"has more than {MOST_COLUMNS:,} different keys",
                    "write what changes from line to line as a value, not as a key",
                    line=number,
                )
    return tuple(keys)


def read_json_lines(
    blocks: Iterator[Block], keys: tuple[str, ...], headers: tuple[str, ...]
) -> Iterator[Read]:
    """The objects in chunks.

    Args:
        blocks: the text.
        keys: those of all lines, as `keys_of` found them.
        headers: what the columns are called, key by key.
    """
    most = rows_at_once(len(keys))
    place = {key: number for number, key in enumerate(keys)}
    rows: list[dict[str, str]] = []
    lines: list[int] = []
    unfit: list[Unfit] = []
    held = done = 0

    def chunk() -> Read:
        columns = [[row.get(key) for row in rows] for key in keys]
        return Read(screened(Chunk(text_table(headers, columns, lines), unfit)), done)

    for block in blocks:
        for number, line, is_text in lines_of(block):
            if not line.strip():
                continue
            held += len(line)
            reason = ""
            try:
                row = flat(line) if is_text else {}
            except NO_JSON:
                reason = "not_json"
            if not is_text:
                reason = "undecodable"
            elif not reason and not row.keys() <= place.keys():
                reason = "not_json"  # a key that was not there when the file was looked at
            if reason:
                text = line.decode()
                unfit.append(Unfit(number, "", shortened(text), reason, {SURPLUS: text}))
            else:
                rows.append(row)
                lines.append(number)
            if len(rows) + len(unfit) >= most or held > BYTES:
                yield chunk()
                rows, lines, unfit, held = [], [], [], 0
        done = block.done
    if rows or unfit:
        yield chunk()


def is_object(line: str) -> bool:
    """Whether a line is one JSON object.

    >>> is_object('{"a": 1}'), is_object("{"), is_object("[1]")
    (True, False, False)
    """
    try:
        flat(line.encode())
    except NO_JSON:
        return False
    return True


def are_messages(lines: Sequence[str]) -> bool:
    """Whether lines are messages of the Segment spec: the first is, and most of the others.

    >>> are_messages(['{"type": "track", "userId": "u1", "event": "Cart Viewed"}', '{"type": "tr'])
    True
    >>> are_messages(['{"type": "track", "order_id": "A"}'])
    False
    """
    found = [_is_message(line) for line in lines]
    return bool(found) and found[0] and 2 * sum(found) >= len(found)


def _is_message(line: str) -> bool:
    try:
        found = _OBJECT.decode(line.encode())
    except NO_JSON:
        return False
    kind = found.get("type")
    is_type = isinstance(kind, str) and kind.lower() in MESSAGES
    return is_type and not found.keys().isdisjoint(_WHOSE)


def headers_of(keys: tuple[str, ...]) -> tuple[str, ...]:
    """What the columns of these keys are called."""
    return distinct(keys)


def _keys(found: dict[str, Any], line: bytes) -> Iterable[str]:
    """The keys that `flat` finds; at no cost where no object is within the object."""
    if any(isinstance(value, dict) for value in found.values()):
        return flat(line)
    return found


def _flatten(
    found: dict[str, Any], line: bytes, path: tuple[str, ...], cells: dict[str, str]
) -> None:
    prefix = "".join(f"{key}." for key in path)
    for key, value in found.items():
        name = prefix + key if path else key
        if isinstance(value, dict):
            _flatten(value, line, (*path, key), cells)
            continue
        number = 1
        while name in cells:  # {"a.b": 1, "a": {"b": 2}}
            number += 1
            name = f"{prefix}{key}.{number}"
        if isinstance(value, str):
            cells[name] = value
        elif not isinstance(value, list):
            cells[name] = _plain(value)
        elif any(isinstance(item, dict | list) for item in value):
            cells[name] = _as_written(line, (*path, key))
        else:
            cells[name] = "|".join(map(_plain, value))


def _plain(value: str | int | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _as_written(line: bytes, path: tuple[str, ...]) -> str:
    """The text of a value, as it stands in the line."""
    for key in path:
        line = bytes(_AS_WRITTEN.decode(line)[key])
    return line.decode()
