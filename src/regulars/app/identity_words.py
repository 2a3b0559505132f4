"""The operator's words on who is who: two customers joined, or taken apart.

A word is a link of its own in landing's log, so it is undone by another word, never by forgetting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.app.identity import number_of
from regulars.errors import UnknownValue
from regulars.intake.identity import link, live
from regulars.intake.identity.graph import Part, load_part
from regulars.intake.identity.ids import node_sql
from regulars.intake.identity.resolve import NEVER, How, Links, resolve
from regulars.intake.landing import Landing

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.vault import Vault

_SOURCE = "identity"
"""Stands in the log for the source of an entry."""

Words = list[tuple[int, int, How]]
"""Places of two ids, and what is said of them."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a word.

    Attributes:
        customers: the numbers under which the two are known from now on; equal if joined.
        words: how many pairs of ids the word is about.
    """

    customers: tuple[int, int]
    words: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {"customers": list(self.customers), "words": self.words}


def join(warehouse: Warehouse, home: Home, vault: Vault, one: str, other: str) -> Said:
    """Take two customers for one; what was taken apart between them is joined as before.

    Raises:
        NoSuchCustomer: nobody has one of the ids.
        UnknownValue: they are one already.
    """
    part, first, second = _around(warehouse, home, vault, one, other)
    limit = home.settings.identity.runaway_at
    survivor = _survivors(part, [], limit)
    if survivor[first] == survivor[second]:
        raise UnknownValue(
            f"{one!r} and {other!r} are one customer already",
            todo=f"`regulars identity {one}` tells why",
        )
    # A pair that was joined by a word before it was taken apart is joined by that word again.
    back: Words = [
        (low, high, before)
        for (low, high), (how, before) in _latest(part.links).items()
        if how == How.APART
        and {survivor[low], survivor[high]} == {survivor[first], survivor[second]}
    ]
    words = back
    joined = _survivors(part, words, limit)
    if joined[first] != joined[second]:
        words = [*back, (first, second, How.ALIAS)]
        joined = _survivors(part, words, limit)
    return _say(warehouse, home, part, words, (joined[first], joined[second]))


def split(warehouse: Warehouse, home: Home, vault: Vault, one: str, other: str) -> Said:
    """Take the second id away from the customer of the first, with as few words as do it.

    Raises:
        NoSuchCustomer: nobody has one of the ids.
        UnknownValue: they are not one customer.
    """
    part, first, second = _around(warehouse, home, vault, one, other)
    limit = home.settings.identity.runaway_at
    survivor = _survivors(part, [], limit)
    if first == second or survivor[first] != survivor[second]:
        raise UnknownValue(
            f"{one!r} and {other!r} are not two ids of one customer",
            todo=f"`regulars identity {one}` lists the ids of that customer",
        )
    # Where it was a word that joined the two, taking it back leaves what was before it.
    pair = (min(first, second), max(first, second))
    if _latest(part.links).get(pair, (None, None))[0] == How.ALIAS:
        back: Words = [(first, second, How.TOGETHER)]
        parted = _survivors(part, back, limit)
        if parted[first] != parted[second]:
            return _say(warehouse, home, part, back, (parted[first], parted[second]))
    # All pairs of the second id within the group; then each is given back that may stay.
    low, high = part.links.one, part.links.other
    near = sorted({*low[high == second].tolist(), *high[low == second].tolist()}, key=_text(part))
    cut = [place for place in near if place != second and survivor[place] == survivor[second]]
    for place in tuple(cut):
        fewer = [kept for kept in cut if kept != place]
        tried = _survivors(part, [(kept, second, How.APART) for kept in fewer], limit)
        if tried[first] != tried[second]:
            cut = fewer
    words: Words = [(place, second, How.APART) for place in cut]
    parted = _survivors(part, words, limit)
    return _say(warehouse, home, part, words, (parted[first], parted[second]))


def _text(part: Part) -> Any:
    spaces, names = part.ids["namespace"].to_pylist(), part.ids["identity"].to_pylist()
    return lambda place: (spaces[place], names[place])


def _around(
    warehouse: Warehouse, home: Home, vault: Vault, one: str, other: str
) -> tuple[Part, int, int]:
    """All that is linked with the two, and their places in it."""
    from regulars.app.as_of import refresh

    refresh(warehouse, home)
    numbers = [number_of(warehouse, vault, name) for name in (one, other)]
    warehouse.execute(
        "CREATE OR REPLACE TEMP TABLE _touched AS"
        f" SELECT DISTINCT {node_sql('namespace', 'identity')} AS node, namespace, identity,"
        " customer_id FROM identities WHERE list_contains(?, customer_id)",
        [numbers],
    )
    live.reach(warehouse, "_touched")
    # One that came with no other id is no node of any link yet.
    warehouse.execute(
        f"INSERT INTO {live.PART_NODES} SELECT (SELECT count(*) FROM {live.PART_NODES})"
        f" + row_number() OVER () - 1, *, false FROM _touched"
        f" WHERE node NOT IN (SELECT node FROM {live.PART_NODES})"
    )
    part = load_part(warehouse, live.PART_NODES, live.PART_LINKS, home.settings.identity)
    live.let_go(warehouse)
    places = {number: place for place, number in enumerate(part.ids["customer_id"].to_pylist())}
    return part, places[numbers[0]], places[numbers[1]]


def _survivors(part: Part, words: Words, runaway_at: int) -> list[int]:
    """The numbers by place, were these words said now."""
    said = np.array(words, np.int64).reshape(-1, 3)
    more, links = len(said), part.links
    told = Links(
        one=np.concatenate((links.one, said[:, 0])),
        other=np.concatenate((links.other, said[:, 1])),
        how=np.concatenate((links.how, said[:, 2].astype(np.int8))),
        verified=np.concatenate((links.verified, np.zeros(more, np.bool_))),
        operator=np.concatenate((links.operator, np.ones(more, np.bool_))),
        at=np.concatenate((links.at, np.full(more, NEVER - 1))),
    )
    numbers = part.ids["customer_id"].to_pylist()
    found = resolve(part.nodes, told, runaway_at).survivor.tolist()
    return [numbers[place] if numbers[place] is not None else -place - 1 for place in found]


def _latest(links: Links) -> dict[tuple[int, int], tuple[How, How]]:
    """By pair, the latest word and, before any that took apart, the word that held."""
    said = np.flatnonzero(links.operator | (links.how == How.APART))
    said = said[np.lexsort((links.how[said], links.at[said]))]
    latest: dict[tuple[int, int], tuple[How, How]] = {}
    for place in said.tolist():
        one, other, how = int(links.one[place]), int(links.other[place]), How(links.how[place])
        pair = (min(one, other), max(one, other))
        before = latest[pair][1] if how == How.APART and pair in latest else how
        latest[pair] = (how, How.TOGETHER if before == How.APART else before)
    return dict(sorted(latest.items()))


def _say(
    warehouse: Warehouse, home: Home, part: Part, words: Words, customers: tuple[int, int]
) -> Said:
    """Write the words into landing, then into the warehouse."""
    now = datetime.now(UTC)
    spaces, names = part.ids["namespace"].to_pylist(), part.ids["identity"].to_pylist()
    rows = [
        (spaces[one], names[one], spaces[other], names[other], how.name.lower(), False, now)
        for one, other, how in words
    ]
    columns = [*zip(*rows, strict=True), [link.OPERATOR] * len(rows)]
    table = pa.table(
        [pa.array(one, field.type) for one, field in zip(columns, link.SCHEMA, strict=True)],
        schema=link.SCHEMA,
    )
    with Landing(home.landing).importing() as draft:
        pq.write_table(table, draft.path(link.KIND), compression="zstd")
        draft.commit(
            at=now.isoformat(),
            source=_SOURCE,
            report={"words": len(rows)},
            rows={link.KIND: len(rows)},
            known_until=None,
        )
    with warehouse.transaction():
        live.take(warehouse, table, home.settings.identity)
    return Said(customers, len(words))
