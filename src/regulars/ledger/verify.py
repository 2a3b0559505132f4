"""Whether the book is what its journal says, row by row, and whether it balances.

The journal is read from its beginning: its hashes are made anew, its postings held against the rows
of `postings`, and holds and reversals followed. Then accounts are held against their postings, and
every asset must sum to 0. A row that was changed, added or taken away is found and named; that all
rows after a certain one are gone is only told by a head that was noted elsewhere (`known`).

>>> from regulars.engines.sqlite import SqliteStore
>>> with SqliteStore.in_memory() as store, store.read() as connection:
...     verify(connection).n
0
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import msgspec

from regulars.engines.store import Connection
from regulars.engines.store_ledger import HeadRow, JournalRow, LedgerRows
from regulars.engines.store_verify import VerifyRows
from regulars.errors import LedgerBroken, UnknownValue, Where
from regulars.ledger.chain import BEGINNING, Row, link
from regulars.ledger.command import NEVER, digest_of_key
from regulars.ledger.receipt import DECODE_BODY, Body
from regulars.ledger.state import default_floor

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and the head to be noted elsewhere.

    Attributes:
        n: of the journal's last row.
        hash: of that row.
        rows: of the journal that were read.
        postings: that were held against them.
        accounts: whose balances were held against their postings.
        assets: that sum to 0.
    """

    n: int
    hash: bytes
    rows: int
    postings: int
    accounts: int
    assets: int


@dataclass(slots=True)
class _Hold:
    owner: str
    expires_at: int
    state: str = "open"
    settled: int = 0


def verify(
    connection: Connection, *, since: int = 0, known: tuple[int, bytes] | None = None
) -> Verified:
    """See whether the book is right.

    Args:
        connection: in a transaction that sees one state throughout.
        since: read the journal only after this row, whose own hash is believed; holds, reversals
            and accounts are then not held against all that made them.
        known: a row's number and hash as they were noted elsewhere.

    Raises:
        LedgerBroken: the first thing that is not right, by name.
    """
    with closing(VerifyRows(connection)) as verifying:
        return _verified(LedgerRows(connection), verifying, since, known)


def _verified(
    rows: LedgerRows, verifying: VerifyRows, since: int, known: tuple[int, bytes] | None
) -> Verified:
    head = rows.head()
    follow = _Follow(head, since)
    begins = rows.journal([since])
    if since > head.n:
        raise UnknownValue(
            f"the journal has no row {since} yet",
            where=Where(column="since", value=str(since)),
            todo=f"name {head.n} or one before it",
        )
    if since and since not in begins:
        raise _broken("journal", since, "the row is not there")
    before = begins[since].hash if since else BEGINNING
    last_posting = verifying.last_posting_of(since) if since else 0
    for part in _parts(verifying.journal(since)):
        postings = verifying.postings(last_posting, sum(len(body.lines) for _, body in part))
        for row, body in part:
            before = follow.row(row, body, before, last_posting)
            for line in body.lines:
                last_posting += 1
                found = postings.get(last_posting)
                if found is None:
                    raise _broken("postings", last_posting, f"row {row.n} of the journal has it")
                told = (row.n, line.asset, line.owner, line.expires_at, line.amount, line.balance)
                if found != told:
                    raise _broken("postings", last_posting, f"{found} stands for {told}")
        _check_requests(rows, part)
        _check_hold_lines(verifying, part)
    follow.end(before, last_posting)
    _check_known(rows, known)
    if since == 0:
        _check_holds(verifying, follow.holds)
        for posting, amount in verifying.reversed():
            if follow.reversed.pop(posting, 0) != amount:
                raise _broken("reversed", posting, "the journal tells of another amount")
        if follow.reversed:
            raise _broken("reversed", min(follow.reversed), "the journal tells of it")
        _check_floors(verifying, follow.floors)
        for what, where, number in verifying.faults():
            raise _broken(where, number, what)
    for asset, total in verifying.sums():
        if total:
            raise _broken("accounts", 0, f"all balances of {asset} sum to {total}, not to 0")
    return Verified(
        head.n,
        head.hash,
        follow.rows,
        follow.postings,
        verifying.count("accounts"),
        verifying.count("assets"),
    )


class _Follow:
    """What the journal says, followed row by row."""

    def __init__(self, head: HeadRow, since: int) -> None:
        self._head = head
        self._n = since
        self._at = 0
        self.holds: dict[int, _Hold] = {}
        self.reversed: dict[int, int] = {}
        self.floors: dict[tuple[str, str], int | None] = {}
        self.rows = self.postings = 0

    def row(self, row: JournalRow, body: Body, before: bytes, last_posting: int) -> bytes:
        """Look at the next row; its hash comes back."""
        self._n += 1
        if row.n != self._n:
            raise _broken("journal", self._n, f"the row is not there; {row.n} is next")
        told = link(before, Row(*row[:7]))
        if told != row.hash:
            raise _broken("journal", row.n, "the row, or one before it, has been changed")
        if row.at < self._at:
            raise _broken("journal", row.n, "its time lies before that of the row before")
        if row.postings_after != last_posting:
            raise _broken("journal", row.n, f"its postings do not begin after {last_posting}")
        sums: dict[str, int] = {}
        for line in body.lines:
            sums[line.asset] = sums.get(line.asset, 0) + line.amount
        if any(sums.values()):
            raise _broken("journal", row.n, f"its lines do not sum to 0: {sums}")
        self._at = row.at
        self.rows += 1
        self.postings += len(body.lines)
        self._effects(row, body)
        return told

    def _effects(self, row: JournalRow, body: Body) -> None:
        if body.replaces:
            self._settle(body.replaces, "voided", row.n)
        if row.kind == "hold":
            self.holds[row.n] = _Hold(body.for_owner, body.expires_at)
        elif row.kind in ("capture", "void"):
            self._settle(body.hold, "captured" if row.kind == "capture" else "voided", row.n)
        for released in body.released:
            self._settle(released, "expired", row.n)
        for number, amount in body.reversed.items():
            posting = int(number)
            self.reversed[posting] = self.reversed.get(posting, 0) + amount
        if body.account is not None:
            self.floors[body.account] = body.floor

    def _settle(self, n: int, state: str, settled: int) -> None:
        hold = self.holds.get(n)
        if hold is not None:  # one from before `since` is not known here
            hold.state, hold.settled = state, settled

    def end(self, before: bytes, last_posting: int) -> None:
        """Hold the head against what has been read."""
        if self._n != self._head.n:
            raise _broken("book", self._head.n, f"the journal ends at {self._n}")
        if self._head.n and before != self._head.hash:
            raise _broken("book", self._head.n, "its hash is not that of the journal's last row")
        if last_posting != self._head.last_posting:
            raise _broken("book", self._head.n, f"the last posting is {last_posting}")


def _parts(journal: Iterator[JournalRow]) -> Iterator[list[tuple[JournalRow, Body]]]:
    part: list[tuple[JournalRow, Body]] = []
    for row in journal:
        try:
            part.append((row, DECODE_BODY(row.body)))
        except msgspec.DecodeError as error:
            raise _broken("journal", row.n, f"its body does not read ({error})") from error
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _check_requests(rows: LedgerRows, part: list[tuple[JournalRow, Body]]) -> None:
    digests = {digest_of_key(row.actor, row.key): row.n for row, body in part if not body.detail}
    found = rows.requests(list(digests))
    for digest, n in digests.items():
        if digest not in found or found[digest][1] != n:
            raise _broken("requests", n, "the key of this entry is not there, or names another")


def _check_hold_lines(verifying: VerifyRows, part: list[tuple[JournalRow, Body]]) -> None:
    found = verifying.hold_lines(part[0][0].n, part[-1][0].n)
    for row, body in part:
        told = [
            (line.asset, line.owner, line.expires_at, line.amount, to)
            for line, to in zip(
                (line for line in body.held if line.amount > 0), body.to, strict=False
            )
        ]
        if found.get(row.n, []) != told:
            raise _broken("hold_lines", row.n, "the journal tells of other ones")


def _check_known(rows: LedgerRows, known: tuple[int, bytes] | None) -> None:
    if known is None:
        return
    n, expected = known
    found = rows.journal([n])
    if n not in found:
        raise _broken("journal", n, "the row was noted elsewhere and is not there any more")
    if found[n].hash != expected:
        raise _broken("journal", n, "its hash is another than the one noted elsewhere")


def _check_holds(verifying: VerifyRows, holds: dict[int, _Hold]) -> None:
    for n, owner, expires_at, state, settled in verifying.holds():
        hold = holds.pop(n, None)
        if hold is None:
            raise _broken("holds", n, "the journal does not tell of it")
        if (hold.owner, hold.expires_at, hold.state, hold.settled) != (
            owner, expires_at, state, settled,
        ):  # fmt: skip
            raise _broken("holds", n, f"it is {state}, and {hold.state} by the journal")
    if holds:
        raise _broken("holds", min(holds), "the journal tells of it")


def _check_floors(verifying: VerifyRows, floors: dict[tuple[str, str], int | None]) -> None:
    for number, asset, owner, expires_at, floor in verifying.floors():
        expected = default_floor(owner)
        if expires_at == NEVER:  # the lot that a floor is set of
            expected = floors.pop((asset, owner), expected)
        if floor != expected:
            raise _broken("accounts", number, f"its floor is {floor}, not {expected}")
    # What is left has a floor of 0, which is not asked for: it is everybody's unless told.
    for (asset, owner), floor in floors.items():
        if floor != 0:
            raise _broken("accounts", 0, f"the floor of {owner} in {asset} is 0, not {floor}")


def _broken(table: str, number: int, message: str) -> LedgerBroken:
    return LedgerBroken(
        message,
        where=Where(file=table, line=number or None),
        todo="restore the last backup that verifies, and find out who changed the store",
    )
