"""What is kept beside the events between two settlings, all of it changed with them at once.

- `events_state`: one row: generation, the next seq, how many entries of landing's log are in
- `events_marks`: how far each file of the inbox is absorbed
- `events_unsettled`: the rows (from seq, to seq) that stand in the inbox and not yet in a segment
- `events_accounts`: accepted, duplicate and rejected by connection
- `events_links`: links, as landing will have them
- `events_sealed`: what was personal in a row, sealed under its customer's key
- `events_waiting`: facts and refused messages, sealed as a whole under a key of this settling
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.intake.events.decode import Refused
from regulars.intake.events.message import Fact
from regulars.intake.identity.link import SCHEMA as LINKS
from regulars.intake.records import Kind
from regulars.intake.vault import Vault

STATE = "events_state"

_TABLES = {
    "events_marks": "file VARCHAR, past BIGINT",
    "events_unsettled": "first BIGINT, past BIGINT",
    "events_accounts": "connection VARCHAR, accepted BIGINT, duplicate BIGINT, rejected BIGINT",
    "events_links": "one_namespace VARCHAR, one_identity VARCHAR, other_namespace VARCHAR,"
    ' other_identity VARCHAR, how VARCHAR, verified BOOLEAN, "at" TIMESTAMPTZ, connection VARCHAR',
    "events_sealed": "seq BIGINT, sealed BLOB",
    "events_waiting": "number BIGINT, what VARCHAR, sealed BLOB",
}
_NONCE = 12
_PLATFORMS = "events_platforms"


@dataclass(frozen=True, slots=True)
class State:
    """Where the tables stand."""

    generation: str
    """Of the tables: another one whenever they are begun anew."""
    seq: int
    """The next row's."""
    entries: int
    """So many entries of landing's log are in the tables."""
    settling: int
    """The number of the settling to come: the key of what waits is named by it."""


def prepare(warehouse: Warehouse) -> None:
    """Make the tables, empty, where there are none."""
    if warehouse.has(STATE):
        return
    with warehouse.transaction():
        for name, columns in _TABLES.items():
            warehouse.execute(f"CREATE TABLE {name} ({columns})")
        warehouse.execute(f"CREATE TABLE {_PLATFORMS} (connection VARCHAR, platform VARCHAR)")
        warehouse.execute(
            f"CREATE TABLE {STATE} AS SELECT ? AS generation, 1::BIGINT AS seq,"
            " 0::BIGINT AS entries, 1::BIGINT AS settling",
            [secrets.token_hex(8)],
        )


def state(warehouse: Warehouse) -> State:
    """Where the tables stand by the last commit, or in this transaction."""
    (row,) = warehouse.sql(f"FROM {STATE}").to_pylist()
    return State(**row)


def advance(warehouse: Warehouse, **now: int) -> None:
    """Change the state."""
    told = ", ".join(f"{name} = {int(value)}" for name, value in now.items())
    warehouse.execute(f"UPDATE {STATE} SET {told}")


def marks(warehouse: Warehouse) -> dict[str, int]:
    """Up to where each file of the inbox is absorbed."""
    found = warehouse.sql("SELECT file, past FROM events_marks")
    return dict(zip(found["file"].to_pylist(), found["past"].to_pylist(), strict=True))


def mark(warehouse: Warehouse, ends: dict[str, int]) -> None:
    """Note up to where files are absorbed."""
    for name, end in ends.items():
        warehouse.execute("DELETE FROM events_marks WHERE file = ?", [name])
        warehouse.execute("INSERT INTO events_marks VALUES (?, ?)", [name, end])


def unsettled(warehouse: Warehouse, first: int, past: int) -> None:
    """Note rows that stand in no segment yet."""
    if past <= first:
        return
    joined = warehouse.sql("SELECT count(*) AS n FROM events_unsettled WHERE past = ?", [first])
    if joined["n"][0].as_py():
        warehouse.execute("UPDATE events_unsettled SET past = ? WHERE past = ?", [past, first])
    else:
        warehouse.execute("INSERT INTO events_unsettled VALUES (?, ?)", [first, past])


def settled(warehouse: Warehouse) -> None:
    """Nothing is left to settle: what an entry of the log holds now."""
    for name in _TABLES:
        if name != "events_marks":
            warehouse.execute(f"DELETE FROM {name}")
    warehouse.execute(f"UPDATE {STATE} SET settling = settling + 1")


def is_settled(warehouse: Warehouse) -> bool:
    """Whether nothing waits that an entry of the log must tell."""
    names = ("events_unsettled", "events_accounts", "events_waiting", "events_links")
    told = " OR ".join(f"EXISTS (FROM {name})" for name in names)
    return not warehouse.sql(f"SELECT {told} AS waits")["waits"][0].as_py()


def account(warehouse: Warehouse, told: dict[str, tuple[int, int, int]]) -> None:
    """Add to the accounts."""
    for connection, counts in told.items():
        warehouse.execute("INSERT INTO events_accounts VALUES (?, ?, ?, ?)", [connection, *counts])


def accounts(warehouse: Warehouse) -> dict[str, tuple[int, int, int]]:
    """The accounts since the last settling."""
    found = warehouse.sql(
        "SELECT connection, sum(accepted)::BIGINT AS a, sum(duplicate)::BIGINT AS d,"
        " sum(rejected)::BIGINT AS r FROM events_accounts GROUP BY connection ORDER BY connection"
    )
    return {row["connection"]: (row["a"], row["d"], row["r"]) for row in found.to_pylist()}


def gather_accounts(warehouse: Warehouse) -> None:
    """One row for each connection again, once there are many."""
    told = accounts(warehouse)
    warehouse.execute("DELETE FROM events_accounts")
    account(warehouse, told)


def platforms(warehouse: Warehouse) -> dict[str, str]:
    """The platform of every connection that has ever sent something."""
    return {row["connection"]: row["platform"]
            for row in warehouse.sql(f"FROM {_PLATFORMS}").to_pylist()}  # fmt: skip


def add_platform(warehouse: Warehouse, connection: str, platform: str) -> None:
    """Remember the platform of a connection."""
    warehouse.execute(f"DELETE FROM {_PLATFORMS} WHERE connection = ?", [connection])
    warehouse.execute(f"INSERT INTO {_PLATFORMS} VALUES (?, ?)", [connection, platform])


class Waiting:
    """Facts and refused messages between absorbing and settling.

    Args:
        warehouse: where they wait.
        vault: has the key under which they are sealed until they are settled.
    """

    def __init__(self, warehouse: Warehouse, vault: Vault) -> None:
        self._warehouse, self._vault = warehouse, vault

    def _subject(self) -> str:
        now = state(self._warehouse)
        return f"w:{now.generation}:{now.settling}"

    def put(self, number: int, facts: Sequence[Fact], refused: Sequence[Refused]) -> None:
        """Let them wait; `number` keeps their order."""
        rows: list[tuple[str, bytes]] = []
        if facts:
            told: list[Any] = [(one.platform, str(one.kind), one.row, one.at) for one in facts]
            rows.append(("facts", msgspec.msgpack.encode(told)))
        if refused:
            told = [(one.connection, one.column, one.value, one.reason, one.row) for one in refused]
            rows.append(("refused", msgspec.msgpack.encode(told)))
        if not rows:
            return
        subject = self._subject()
        cipher = self._vault.cipher(subject)
        sealed = []
        for what, plain in rows:
            nonce = os.urandom(_NONCE)
            sealed.append(nonce + cipher.encrypt(nonce, plain, f"{subject}:{what}".encode()))
        table = pa.table(
            {
                "number": pa.array([number] * len(rows), pa.int64()),
                "what": pa.array([what for what, _ in rows], pa.string()),
                "sealed": pa.array(sealed, pa.binary()),
            }
        )
        self._warehouse.append("events_waiting", table)

    def _open(self, what: str) -> list[Any]:
        found = self._warehouse.sql(
            "SELECT sealed FROM events_waiting WHERE what = ? ORDER BY number", [what]
        )["sealed"].to_pylist()
        if not found:
            return []
        subject = self._subject()
        cipher = self._vault.cipher(subject)
        plain = (
            cipher.decrypt(one[:_NONCE], one[_NONCE:], f"{subject}:{what}".encode())
            for one in found
        )
        return [row for one in plain for row in msgspec.msgpack.decode(one)]

    def facts(self) -> list[Fact]:
        """The facts in the order in which they came."""
        return [
            Fact(platform, Kind(kind), row, at) for platform, kind, row, at in self._open("facts")
        ]

    def refused(self) -> list[Refused]:
        """The refused messages in the order in which they came."""
        return [Refused(*row) for row in self._open("refused")]

    def shred(self, settling: int) -> None:
        """Forget the key of a settling that is done."""
        self._vault.shred([f"w:{state(self._warehouse).generation}:{settling}"])


def keep_links(warehouse: Warehouse, links: pa.Table) -> None:
    """Keep links for the next segment."""
    if links.num_rows:
        warehouse.append("events_links", links.cast(LINKS))
