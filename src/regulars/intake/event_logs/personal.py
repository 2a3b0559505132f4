"""What is personal in the further cells of an event log: taken out before anything is written.

What counts as personal is the same as for live events (`events.personal`); here it is looked for in
whole columns, and only cells that may hold something are looked into.

>>> cleaned, taken = without_personal(pa.chunked_array([['{"sku":"a","email":"li@x.cn"}']]))
>>> cleaned[0].as_py(), taken[0].as_py()
('{"sku":"a"}', '{"email":"li@x.cn"}')
"""

from __future__ import annotations

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from regulars.intake.events.personal import NAMED, SUSPECT, SUSPECT_TEXT, cleaned, masked
from regulars.intake.personal import each_distinct

_FREE = (
    "name", "category", "search", "url", "referrer", "source", "medium", "campaign", "term",
    "content", "inviter", "session",
)  # fmt: skip
"""Columns whose texts may hold what is personal."""
_NUMBERS = ("product_id", "order_id")
"""The same, but a number of eleven digits is no phone there."""

_IP = ((r'"ip":"[0-9a-fA-F.:]*",', ""), (r',"ip":"[0-9a-fA-F.:]*"', ""))
"""The address of a machine, where it is quickly told: nearly every context has one."""


def without_personal(
    column: pa.ChunkedArray, is_of_person: pa.ChunkedArray | None = None
) -> tuple[pa.ChunkedArray, pa.ChunkedArray | None]:
    """JSON objects without what is personal in them, and that as JSON (None: nothing was).

    Args:
        column: of objects as text; null for none.
        is_of_person: which of them are traits of somebody, so that a `name` is that of a person.
    """
    if column.null_count == len(column):
        return column, None
    for pattern, nothing in _IP:
        column = pc.replace_substring_regex(column, pattern, nothing)
    suspect = pc.fill_null(pc.match_substring_regex(column, SUSPECT), False)
    of_person = pa.chunked_array([pa.array([False] * len(column))])
    if is_of_person is not None:
        of_person = pc.fill_null(is_of_person, False)
        named = pc.fill_null(pc.match_substring_regex(column, NAMED), False)
        suspect = pc.or_(suspect, pc.and_(named, of_person))
    if not pc.any(suspect).as_py():
        return column, None
    asked = list(
        zip(column.filter(suspect).to_pylist(), of_person.filter(suspect).to_pylist(), strict=True)
    )
    parted = {one: _parted(*one) for one in dict.fromkeys(asked)}
    kept = pa.array([parted[one][0] for one in asked], pa.string())
    taken = pa.array([parted[one][1] for one in asked], pa.string())
    mask = suspect.combine_chunks()
    without = pc.replace_with_mask(column.combine_chunks(), mask, kept)
    apart = pc.replace_with_mask(pa.nulls(len(column), pa.string()), mask, taken)
    return (
        pa.chunked_array([without]),
        None if apart.null_count == len(apart) else pa.chunked_array([apart]),
    )


def without_personal_texts(records: pa.Table) -> pa.Table:
    """The records with phones and e-mail addresses cut out of searches, pages and the like."""
    for name in (*_FREE, *_NUMBERS):
        if name not in records.column_names:
            continue
        column = records[name]
        suspect = pc.match_substring_regex(column, SUSPECT_TEXT)
        if not pc.any(suspect).as_py():
            continue
        hide = _hidden_number if name in _NUMBERS else masked
        place = records.column_names.index(name)
        records = records.set_column(place, name, each_distinct(column, hide))
    return records


def _hidden_number(text: str) -> str:
    return text if text.isalnum() else masked(text)


def _parted(text: str, is_of_person: bool) -> tuple[str | None, str | None]:
    """An object without what is personal, and what was taken out of it."""
    kept, taken = cleaned(text.encode(), person=is_of_person)
    told = msgspec.json.encode(taken).decode() if taken else None
    return (None if kept == b"{}" else kept.decode()), told
