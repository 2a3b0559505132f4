"""Links written by hand, resolved at once or in batches, and read back by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import md5

import numpy as np
import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.intake.identity import link, live, merges
from regulars.intake.identity.ids import strength
from regulars.intake.identity.resolve import How, Links, Nodes, Share, Why, resolve
from regulars.settings import IdentitySettings

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SPACES = {
    "a": "shop", "b": "taobao", "x": "taobao:order", "u": "unionid", "o": "openid:app",
    "w": "openid:web", "p": "phone", "e": "email", "d": "anonymous:shop",
}  # fmt: skip
"""The namespace of an id by its first letter."""

Told = tuple[str, str, str, bool, int, str]
"""One, other, how, verified, minute, connection."""


def link_of(
    one: str,
    other: str,
    how: str = "together",
    *,
    at: int = 0,
    verified: bool = False,
    connection: str = "web",
) -> Told:
    """A link; ids are a letter (see SPACES) and a number."""
    return one, other, how, verified, at, connection


def word(one: str, other: str, how: str, at: int = 1000) -> Told:
    """What the operator says of two ids."""
    return one, other, how, False, at, link.OPERATOR


def together(*pairs: str) -> list[Told]:
    """Links of which the minute is their place: "a1 p1" was told in minute 0, and so on."""
    return [link_of(*pair.split(), at=minute) for minute, pair in enumerate(pairs)]


def table(told: Iterable[Told]) -> pa.Table:
    """The links as `live.take` wants them."""
    rows = [
        {
            "one_namespace": SPACES[one[0]],
            "one_identity": one,
            "other_namespace": SPACES[other[0]],
            "other_identity": other,
            "how": how,
            "verified": verified,
            "at": FIRST + timedelta(minutes=at),
            "connection": connection,
        }
        for one, other, how, verified, at, connection in told
    ]
    return pa.Table.from_pylist(rows, schema=link.SCHEMA)


class Graph:
    """A warehouse of ids only.

    Args:
        numbers: the ids that have numbers, in the order of their numbers.
        verified, runaway_at: of the settings.
    """

    def __init__(
        self,
        numbers: Iterable[str] = (),
        *,
        verified: tuple[str, ...] = ("unionid",),
        runaway_at: int = 10,
    ) -> None:
        self.warehouse = Warehouse.in_memory()
        self.settings = IdentitySettings(verified=verified, runaway_at=runaway_at)  # type: ignore[arg-type]
        self.numbers: dict[str, int] = {}
        link.prepare(self.warehouse)
        self.number(numbers)

    def number(self, ids: Iterable[str]) -> None:
        """Give ids their numbers."""
        for one in ids:
            self.numbers[one] = len(self.numbers) + 1
            self.warehouse.execute(
                "INSERT INTO identities VALUES (?, ?, ?)", [self.numbers[one], SPACES[one[0]], one]
            )

    def take(self, told: Iterable[Told]) -> None:
        """Take links in as they come."""
        with self.warehouse.transaction():
            live.take(self.warehouse, table(told), self.settings)

    def remake(self) -> None:
        """Resolve all links at once."""
        merges.remake(self.warehouse, self.settings)

    def merged(self) -> dict[str, tuple[str, str]]:
        """Of each id that is another one's: whose, and why."""
        names = {number: one for one, number in self.numbers.items()}
        rows = self.warehouse.sql("FROM merges").to_pylist()
        assert len({row["customer_id"] for row in rows}) == len(rows)
        return {names[row["customer_id"]]: (names[row["survivor"]], row["why"]) for row in rows}

    def shared(self) -> dict[str, str]:
        """Of each key that several share: what follows."""
        rows = self.warehouse.sql(
            "SELECT identity, why FROM shared_keys JOIN identity_nodes USING (node)"
        ).to_pylist()
        return {row["identity"]: row["why"] for row in rows}

    def who(self) -> Who:
        """Who is who."""
        return Who(self.merged(), self.shared())

    def tables(self) -> dict[str, list[str]]:
        """Every table that links make, as text."""
        return {
            name: sorted(
                self.warehouse.sql(f"SELECT t::VARCHAR AS row FROM {name} t")["row"].to_pylist()
            )
            for name in ("identity_nodes", "identity_links", "merges", "shared_keys")
        }


@dataclass(frozen=True)
class Who:
    """Who is who: of each id that is another one's, whose and why; of shared keys, what follows."""

    merged: dict[str, tuple[str, str]]
    shared: dict[str, str]

    @property
    def people(self) -> set[frozenset[str]]:
        """The ids of everyone who has several."""
        groups: dict[str, set[str]] = {}
        for one, (survivor, _) in self.merged.items():
            groups.setdefault(survivor, {survivor}).add(one)
        return {frozenset(group) for group in groups.values()}


def who(
    told: Iterable[Told],
    ids: Iterable[str] = (),
    *,
    verified: tuple[str, ...] = ("unionid",),
    runaway_at: int = 10,
    numbered: Iterable[str] | None = None,
) -> Who:
    """Who is who by these links, without a warehouse.

    Args:
        told: the links.
        ids: in the order of their places; by default that of their first appearance.
        verified, runaway_at: of the settings.
        numbered: the ids that have numbers; by default all.
    """
    told = list(told)
    names = list(ids) or list(dict.fromkeys(one for pair in told for one in pair[:2]))
    place = {one: at for at, one in enumerate(names)}
    known = set(names if numbered is None else numbered)

    def text(one: str) -> int:
        summed = md5(f"{SPACES[one[0]]}\x1f{one}".encode(), usedforsecurity=False).digest()
        return int.from_bytes(summed, "little") >> 64  # as `ids.node_sql` and `graph` have it

    found = resolve(
        Nodes(
            strength=np.array([strength(SPACES[one[0]]) for one in names], np.int8),
            text=np.array([text(one) for one in names], np.uint64),
            verified=np.array([SPACES[one[0]] in verified for one in names]),
            numbered=np.array([one in known for one in names]),
        ),
        Links(
            one=np.array([place[pair[0]] for pair in told], np.int64),
            other=np.array([place[pair[1]] for pair in told], np.int64),
            how=np.array([How[pair[2].upper()] for pair in told], np.int8),
            verified=np.array([pair[3] for pair in told], np.bool_),
            operator=np.array([pair[5] == link.OPERATOR for pair in told], np.bool_),
            at=np.array([pair[4] for pair in told], np.int64),
        ),
        runaway_at,
    )
    return Who(
        {
            one: (names[survivor], Why(why).name.lower())
            for one, survivor, why in zip(names, found.survivor, found.why, strict=True)
            if names[survivor] != one and one in known
        },
        {
            names[key]: Share(share).name.lower()
            for key, share in zip(found.shared, found.share, strict=True)
        },
    )
