"""Many commands in one transaction: load, decide one after the other, write, move the head.

The transaction has the lane from its first statement on: in SQLite the write lock, in PostgreSQL
the lock of the book's only row. So what is decided rests on what is there, in one order of all
effects. Constraints and the guards of updates stand behind that: a limit that the decision missed
is refused by the database, and a row that changed beside the lane breaks the batch off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

import msgspec

from regulars.engines.store import Connection
from regulars.engines.store_ledger import HeadRow, JournalRow, LedgerRows
from regulars.errors import KeyConflict, LedgerBroken, LedgerRefused, RegularsError, Where
from regulars.ledger.asked import Asked, refusal_as_text, refusal_of
from regulars.ledger.chain import Row, link
from regulars.ledger.command import Command, Expire, Release, Reverse, TakeBack, check
from regulars.ledger.decide import Effect, apply, decide
from regulars.ledger.deed import Deed
from regulars.ledger.loading import Numbers, load
from regulars.ledger.receipt import DECODE_BODY, ENCODE_BODY, Body, Line, Receipt
from regulars.ledger.state import Lot, State

Answer = Receipt | RegularsError
_LOOKING = (Expire, Release, Deed)
"""These look for what there is, so they see what was written before them."""


def run(connection: Connection, asked: Sequence[Asked], now: int) -> list[Answer]:
    """Do the commands in their order; the answer to each comes back.

    Args:
        connection: in a transaction that writes, in which nothing has been done yet.
        asked: the commands.
        now: UTC microseconds; an instant before that of the journal's last row becomes that one.

    Raises:
        LedgerBroken: the book does not balance; the transaction must be rolled back.
    """
    rows = LedgerRows(connection)
    before = rows.take_lane()
    head = before
    at = max(now, before.at)
    answers: dict[bytes, tuple[bytes, Answer]] = {}
    found: list[Answer] = []
    for part in _parts(asked, before.n):
        head = _run_part(connection, rows, head, part, at, answers)
    for one in asked:
        body, answer = answers[one.digest]
        found.append(answer if body == one.body else _conflict(one))
    if head.n != before.n:
        rows.move_head(head, before)
    return _first_is_no_replay(asked, found)


def _first_is_no_replay(asked: Sequence[Asked], found: list[Answer]) -> list[Answer]:
    """Of those that came twice in one batch the later ones are replays."""
    met: set[bytes] = set()
    for place, one in enumerate(asked):
        answer = found[place]
        if one.digest in met and isinstance(answer, Receipt):
            found[place] = _replayed(answer)
        met.add(one.digest)
    return found


def _parts(asked: Sequence[Asked], last: int) -> Iterator[list[Asked]]:
    part: list[Asked] = []
    for one in asked:
        if isinstance(one.command, _LOOKING):
            if part:
                yield part
            yield [one]
            part = []
        else:
            if part and _latest_entry(one.command) > last:
                yield part  # the entry comes in this batch, and is looked up once it is written
                part = []
            part.append(one)
    if part:
        yield part


def _latest_entry(command: Command | Deed) -> int:
    """The last entry that it takes back; 0 where there is none."""
    if isinstance(command, Reverse):
        return command.n
    return max(one.n for one in command.entries) if isinstance(command, TakeBack) else 0


def _run_part(
    connection: Connection,
    rows: LedgerRows,
    head: HeadRow,
    part: Sequence[Asked],
    at: int,
    answers: dict[bytes, tuple[bytes, Answer]],
) -> HeadRow:
    new: dict[bytes, Asked] = {}
    for one in part:
        if one.digest not in answers:
            new.setdefault(one.digest, one)  # of one key twice in a batch the first is the one
    known = rows.requests(list(new))
    journal = rows.journal({n for _, n, _ in known.values() if n})
    for digest, (body, n, refusal) in known.items():
        answers[digest] = (
            body,
            refusal_of(refusal) if refusal is not None else _receipt(journal[n]),
        )
        del new[digest]
    if not new:
        return head
    todo = list(new.values())
    write = None
    try:
        commands, write = _planned(connection, todo, at)
    except LedgerRefused as refusal:
        (one,) = todo
        answers[one.digest] = (one.body, refusal)
        rows.add_requests([(one.digest, one.body, 0, refusal_as_text(refusal))])
        return head
    state, numbers = load(rows, commands, at)
    written = _Written(head, numbers, rows)
    for one, command in zip(todo, commands, strict=True):
        answer: Answer
        try:
            effect = decide(state, command)
        except LedgerRefused as refusal:
            answer = refusal
            written.requests.append((one.digest, one.body, 0, refusal_as_text(refusal)))
        else:
            answer = written.add(state, effect, command, one)
        answers[one.digest] = (one.body, answer)
    head = written.write(rows, state)
    if write is not None and isinstance(answer, Receipt):
        write(connection, answer.n)
    return head


def _planned(
    connection: Connection, todo: Sequence[Asked], at: int
) -> tuple[list[Command], Callable[[Connection, int], None] | None]:
    """The commands, and of a deed, which stands alone, what else it writes."""
    commands: list[Command] = []
    for one in todo:
        if isinstance(one.command, Deed):
            planned = one.command.plan(connection, at)
            command = msgspec.structs.replace(planned.command, key=one.command.key)
            check(command)
            return [command], planned.write
        commands.append(one.command)
    return commands, None


def _receipt(row: JournalRow) -> Receipt:
    body = DECODE_BODY(row.body)
    return Receipt(row.n, row.at, row.kind, row.actor, row.key, body, replayed=True)


def _replayed(receipt: Receipt) -> Receipt:
    return msgspec.structs.replace(receipt, replayed=True)


def _conflict(one: Asked) -> KeyConflict:
    return KeyConflict(
        "this key was used before, to ask for something else",
        where=Where(column="key", value=one.command.key),
        todo="use a new key for a new request; the same key only to ask again",
    )


class _Written:
    """What a part of a batch adds to the book, in rows."""

    def __init__(self, head: HeadRow, numbers: Numbers, rows: LedgerRows) -> None:
        self._head = head
        self._numbers = numbers
        self._last_asset = rows.last_asset
        self._next_asset = 0
        self._n = head.n
        self._hash = head.hash
        self._last_account = head.last_account
        self._last_posting = self._before = head.last_posting
        self._journal: list[tuple[object, ...]] = []
        self._assets: list[tuple[int, str, int]] = []
        self._postings: list[tuple[int, int, int, int, int, int]] = []
        self._touched: dict[Lot, None] = {}
        self._settled: dict[int, tuple[str, int, int, str]] = {}
        self._reversed: dict[int, tuple[int, int]] = {}
        self.requests: list[tuple[bytes, bytes, int, str | None]] = []

    def add(self, state: State, effect: Effect, command: Command, one: Asked) -> Receipt:
        """Apply an effect and note what it adds."""
        self._n += 1
        n = self._n
        for name in effect.assets:
            self._define(name, n)
        apply(state, effect, n)
        lines = self._post(effect, n)
        held = tuple(
            Line(lot.asset, lot.owner, lot.expires_at, amount, lot.held)
            for lot, amount in effect.draft.held
        )
        for lot in (*(lot for lot, _ in effect.draft.held), *effect.draft.floors):
            self._touch(lot)
        body = Body(
            lines=lines, held=held, events=command.events, about=command.about, **effect.told
        )
        text = ENCODE_BODY(body).decode()
        row = Row(n, state.at, effect.kind, one.by, command.key, text, self._before)
        self._hash = link(self._hash, row)
        self._journal.append((*row, self._hash))
        self.requests.append((one.digest, one.body, n, None))
        for hold, comes_to in effect.settled:
            if not hold.is_new:
                self._settled[hold.n] = (comes_to, n, hold.n, "open")
        for line, amount in effect.reversed:
            # Parts of one entry may come in one batch; a statement writes a row once.
            before, _ = self._reversed.get(line.posting_id, (0, 0))
            self._reversed[line.posting_id] = (before + amount, abs(line.amount))
        return Receipt(n, state.at, effect.kind, one.by, command.key, body)

    def _define(self, name: str, n: int) -> None:
        if not self._next_asset:
            self._next_asset = self._last_asset() + 1
        number = self._next_asset
        self._next_asset += 1
        self._assets.append((number, name, n))
        self._numbers.by_name[name] = number
        self._numbers.names[number] = name

    def _post(self, effect: Effect, n: int) -> tuple[Line, ...]:
        self._before = self._last_posting
        lines = []
        sums: dict[str, int] = {}
        # `apply` has moved them all: of each lot the balance after each of its lines is told.
        after: dict[Lot, int] = {}
        for lot, amount in effect.draft.lines:
            after[lot] = after.get(lot, lot.balance) - amount
        for lot, amount in effect.draft.lines:
            self._touch(lot)
            after[lot] += amount
            self._last_posting += 1
            number = self._last_posting
            self._postings.append((number, n, lot.account_id, amount, after[lot], lot.last_posting))
            lot.last_posting = number
            lot.postings += 1
            sums[lot.asset] = sums.get(lot.asset, 0) + amount
            lines.append(Line(lot.asset, lot.owner, lot.expires_at, amount, after[lot]))
        if any(sums.values()):
            raise LedgerBroken(
                f"an entry would not balance: {sums}", todo="report this; nothing was written"
            )
        return tuple(lines)

    def _touch(self, lot: Lot) -> None:
        if not lot.account_id:
            self._last_account += 1
            lot.account_id = self._last_account
        self._touched[lot] = None

    def write(self, rows: LedgerRows, state: State) -> HeadRow:
        """Write all of it; the head that is then to be set comes back."""
        numbers = self._numbers.by_name
        rows.add_requests(sorted(self.requests, key=lambda row: row[0]))
        rows.add_journal(self._journal)
        rows.add_assets(self._assets)
        made = sorted((lot for lot in self._touched if lot.loaded is None), key=_NUMBER)
        rows.add_accounts([
            (
                lot.account_id, numbers[lot.asset], lot.owner, lot.expires_at, lot.floor,
                lot.balance, lot.held, lot.postings, lot.last_posting,
            )
            for lot in made
        ])  # fmt: skip
        changed = sorted((lot for lot in self._touched if lot.loaded is not None), key=_NUMBER)
        rows.change_accounts([
            (
                lot.floor, lot.balance, lot.held, lot.postings, lot.last_posting, lot.account_id,
                *(lot.loaded or ()),
            )
            for lot in changed
        ])  # fmt: skip
        rows.add_postings(self._postings)
        new_holds = [hold for hold in state.holds.values() if hold.is_new]
        # Before the new ones: an owner has one open hold.
        rows.settle_holds(sorted(self._settled.values(), key=lambda row: row[2]))
        rows.add_holds([
            (hold.n, hold.owner, hold.expires_at, hold.state, hold.settled) for hold in new_holds
        ])  # fmt: skip
        rows.add_hold_lines([
            (hold.n, place, line.lot.account_id, line.to_owner, line.amount)
            for hold in new_holds
            for place, line in enumerate(hold.lines)
        ])  # fmt: skip
        rows.add_reversed([(number, *parts) for number, parts in self._reversed.items()])
        return self._head._replace(
            n=self._n,
            hash=self._hash,
            at=state.at if self._journal else self._head.at,
            last_account=self._last_account,
            last_posting=self._last_posting,
        )


_NUMBER = attrgetter("account_id")
