"""By which sources customers came: as links tell it, in small letters; an inviter is one, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from regulars.insight.entries import NO_SOURCE

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

INVITER = "inviter"
"""The source of those who came by an inviter and no other source."""
OTHER, UNTOLD = "(other)", "(no source)"
MOST = 40
"""Sources that are told apart."""

_SPELLINGS = 10_000
"""Ways to write a source that are looked at, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Sources by their number.

    Attributes:
        names: those that are told apart; the number after the last is that of all others.
        spellings: the number of each way in which one of them, or none (-1), is written.
    """

    names: tuple[str, ...] = ()
    spellings: Mapping[str, int] | None = None

    def name(self, number: int) -> str:
        """What a source is called.

        >>> [Sources(("wechat",)).name(number) for number in (-1, 0, 1)]
        ['(no source)', 'wechat', '(other)']
        """
        if number < 0:
            return UNTOLD
        return self.names[number] if number < len(self.names) else OTHER

    def number(self, table: ir.Table) -> ir.IntegerValue:
        """The number of the source that an entry tells, by the link or else by an inviter."""
        others = len(self.names)
        invited = self.names.index(INVITER) if INVITER in self.names else others
        written = [(text, number) for text, number in (self.spellings or {}).items()]
        by_link = table.source.cases(*written, else_=others) if written else ibis.literal(others)
        by_link = ibis.cases((table.source.isnull(), -1), else_=by_link)
        by_inviter = ibis.cases(
            (table.inviter.notnull() & (table.inviter != ""), invited), else_=-1
        )
        return ibis.cases((by_link >= 0, by_link), else_=by_inviter).cast("int32")


def is_invited(table: ir.Table) -> ir.BooleanValue:
    """Whether an entry names an inviter."""
    return table.inviter.notnull() & (table.inviter != "")


def most_told(view: View, table: ir.Table, most: int, first: Iterable[str] = ()) -> Sources:
    """The sources that most entries tell, the most frequent first, ties by name.

    Args:
        view: of the table.
        table: entries.
        most: so many at most.
        first: sources that are among them in any case, if some entry tells them.
    """
    told = table.select("source", invited=ibis.cases((is_invited(table), 1), else_=0))
    counted = told.group_by(["source", "invited"]).agg(rows=told.count())
    order = [ibis.desc("rows"), ibis.asc("source"), ibis.asc("invited")]
    written = view.run(counted.order_by(order).limit(_SPELLINGS)).to_pylist()
    rows: dict[str, int] = {}
    for row in written:
        name = _name(row["source"], invited=bool(row["invited"]))
        if name is not None:
            rows[name] = rows.get(name, 0) + row["rows"]
    ordered = sorted(rows, key=lambda name: (-rows[name], name))
    wanted = set(first)
    chosen = [*(one for one in ordered if one in wanted), *ordered]
    kept = set(list(dict.fromkeys(chosen))[:most])
    names = tuple(one for one in ordered if one in kept)
    number = {name: place for place, name in enumerate(names)}
    spellings: dict[str, int] = {}
    for text in dict.fromkeys(row["source"] for row in written if row["source"] is not None):
        name = _name(text)
        if name is None or name in number:
            spellings[text] = -1 if name is None else number[name]
    return Sources(names, spellings)


def _name(text: str | None, *, invited: bool = False) -> str | None:
    """The source that is written so; None where it is none."""
    name = (text or "").strip().lower()
    if name not in ("", *NO_SOURCE):
        return name
    return INVITER if invited else None
