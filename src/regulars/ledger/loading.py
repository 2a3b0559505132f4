"""What some commands need to know of the book, read in a few statements whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from regulars.engines.store_ledger import AccountRow, HoldRow, JournalRow, LedgerRows
from regulars.ledger.command import (
    EXPIRED,
    ISSUER,
    LIMITS,
    Capture,
    Command,
    Define,
    Expire,
    Floor,
    Hold,
    Note,
    Post,
    Release,
    Reverse,
    TakeBack,
    Void,
)
from regulars.ledger.receipt import DECODE_BODY
from regulars.ledger.state import EntryLine, EntryState, HoldLine, HoldState, Lot, State


def load(rows: LedgerRows, commands: Sequence[Command], at: int) -> tuple[State, Numbers]:
    """The state that the commands concern, and the numbers of the assets in it.

    Args:
        rows: of the transaction that has the lane.
        commands: `Expire` and `Release` stand alone, since they look for what there is.
        at: the instant of all of them.
    """
    wanted = _Wanted()
    for command in commands:
        wanted.add(command)
    numbers = Numbers(rows, wanted.assets)
    holds = [*rows.holds(wanted.holds), *rows.open_holds(wanted.hold_owners)]
    entries = list(rows.journal(wanted.entries).values())
    match commands:
        case [Expire(asset=asset, most=most, lots=named)]:
            number = numbers.by_name.get(asset, 0)
            expired_lots = (
                rows.expired_of(number, at, named) if named else rows.expired_lots(number, at, most)
            )
            expired_holds: list[HoldRow] = []
        case [Release(most=most)]:
            expired_lots = []
            holds = expired_holds = rows.expired_holds(at, most)
        case _:
            expired_lots, expired_holds = [], []
    lines = rows.hold_lines({hold.n for hold in holds})
    postings = {entry.n: rows.postings_of(entry, _count(entry)) for entry in entries}
    accounts = {line[2] for line in lines}
    accounts.update(one.account_id for found in postings.values() for one in found)
    by_id = rows.accounts(accounts)
    numbers.learn({row.asset_id for row in by_id})

    pairs = {
        (numbers.by_name[asset], owner)
        for asset, owner in wanted.owners
        if asset in numbers.by_name
    }
    # What a reversal takes back it may take from the owner's other lots; a capture goes to others.
    pairs.update((row.asset_id, row.owner) for row in by_id)
    names = {row.account_id: row for row in by_id}
    pairs.update((names[line[2]].asset_id, line[3]) for line in lines)
    found = {row.account_id: row for row in (*rows.lots(pairs, at), *by_id, *expired_lots)}
    lots = {number: _lot(row, numbers) for number, row in found.items()}

    state = State(at, set(numbers.by_name))
    state.add(lots.values())
    for row in holds:
        if row.n in state.holds:
            continue
        held = [HoldLine(lots[line[2]], line[3], line[4]) for line in lines if line[0] == row.n]
        hold = HoldState(*row, held)
        state.holds[row.n] = hold
        if hold.state == "open":
            state.open_of[hold.owner] = hold
    for entry in entries:
        state.entries[entry.n] = EntryState(
            entry.n,
            entry.kind,
            [
                EntryLine(one.posting_id, lots[one.account_id], one.amount, one.reversed)
                for one in postings[entry.n]
            ],
        )
    state.expired_lots = [lots[row.account_id] for row in expired_lots]
    state.expired_holds = [state.holds[row.n] for row in expired_holds]
    return state, numbers


class Numbers:
    """The numbers of assets."""

    def __init__(self, rows: LedgerRows, names: Iterable[str]) -> None:
        self._rows = rows
        self.by_name = rows.assets(names)
        self.names = {number: name for name, number in self.by_name.items()}

    def learn(self, numbers: Iterable[int]) -> None:
        """Find the names of numbers."""
        missing = [number for number in numbers if number not in self.names]
        for name, number in self._rows.asset_names(missing):
            self.by_name[name] = number
            self.names[number] = name


def _count(entry: JournalRow) -> int:
    return len(DECODE_BODY(entry.body).lines)


def _lot(row: AccountRow, numbers: Numbers) -> Lot:
    return Lot(
        numbers.names[row.asset_id],
        row.owner,
        row.expires_at,
        row.floor,
        row.account_id,
        row.balance,
        row.held,
        row.postings,
        row.last_posting,
    )


class _Wanted:
    """What commands name."""

    def __init__(self) -> None:
        self.assets: set[str] = set()
        self.owners: set[tuple[str, str]] = set()
        self.holds: set[int] = set()
        self.hold_owners: set[str] = set()
        self.entries: set[int] = set()

    def add(self, command: Command) -> None:
        match command:
            case Define(asset=asset):
                self.assets.add(asset)
            case Floor(asset=asset, owner=owner):
                self._owner(asset, owner)
            case Post() | Hold() | TakeBack():
                for leg in command.legs:
                    self._owner(leg.asset, leg.owner)
                for limit in command.limits:
                    self._owner(LIMITS + limit.scope, limit.subject)
                    self._owner(LIMITS + limit.scope, ISSUER)
                if isinstance(command, Hold):
                    self.hold_owners.add(command.owner)
                elif isinstance(command, Post):
                    self.assets.update(command.assets)
                elif isinstance(command, TakeBack):
                    self.entries.update(one.n for one in command.entries)
            case Capture(hold=hold, legs=legs):
                self.holds.add(hold)
                for leg in legs:
                    self._owner(leg.asset, leg.owner)
            case Void(hold=hold):
                self.holds.add(hold)
            case Note(assets=assets):
                self.assets.update(assets)
            case Reverse(n=n):
                self.entries.add(n)
            case Expire(asset=asset):
                self._owner(asset, EXPIRED)
            case Release():
                pass

    def _owner(self, asset: str, owner: str) -> None:
        self.assets.add(asset)
        self.owners.add((asset, owner))
