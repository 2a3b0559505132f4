"""By which sources customers came: as links tell it, in small letters; an inviter is one, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

    from regulars.insight.picture import View

INVITER = "inviter"
"""The source of those who came by an inviter and no other source."""
OTHER, UNTOLD = "(other)", "(no source)"
MOST = 40
"""Sources that are told apart."""

_NO_SOURCE = ("direct", "(direct)", "(none)", "(not set)", "直接访问")


def told_source(table: ir.Table) -> Any:
    """The source that an entry tells; NULL where it tells none."""
    told = _text(table.source)
    told = ibis.cases((~told.isin(_NO_SOURCE), told))
    return told.fill_null(ibis.cases((_text(table.inviter).notnull(), INVITER)))


def _text(column: Any) -> Any:
    return column.strip().lower().nullif("")


def most_told(view: View, table: ir.Table, most: int, first: Iterable[str] = ()) -> tuple[str, ...]:
    """The sources that most entries tell, the most frequent first, ties by name.

    Args:
        view: of the table.
        table: entries.
        most: so many at most.
        first: sources that are among them in any case, if some entry tells them.
    """
    # Few ways to write a source are many rows: they are counted first and read afterwards.
    written = table.group_by(["source", "inviter"]).agg(rows=ibis._.count())
    named = written.mutate(told=told_source(written))
    known = named.filter(named.told.notnull())
    counted = known.group_by("told").agg(rows=ibis._.rows.sum())
    wanted = set(first)
    rows = view.run(counted.order_by([ibis.desc("rows"), ibis.asc("told")]).limit(_LOOKED_AT))
    found = [str(one) for one in rows["told"].to_pylist()]
    kept = {*[one for one in found if one in wanted][:most]}
    for one in found:
        if len(kept) >= most:
            break
        kept.add(one)
    return tuple(one for one in found if one in kept)


_LOOKED_AT = 10_000


def source_name(number: int, names: tuple[str, ...]) -> str:
    """What a source is called by its number.

    >>> [source_name(number, ("wechat",)) for number in (-1, 0, 1)]
    ['(no source)', 'wechat', '(other)']
    """
    if number < 0:
        return UNTOLD
    return names[number] if number < len(names) else OTHER
