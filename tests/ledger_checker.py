"""What must be true of a book after whatever happened, held against what clients were told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger_load import COUPONS, STOCK, Answer, Noted, read_notes
from regulars.engines.store import Connection, Store
from regulars.engines.store_ledger import LedgerRows
from regulars.ledger.command import Command, digest_of_key
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt
from regulars.ledger.verify import verify

Who = tuple[str, str]
"""Who asked, and the key."""

_SUMS = """
SELECT assets.name, sum(postings.amount) FROM postings
JOIN accounts ON accounts.account_id = postings.account_id
JOIN assets ON assets.asset_id = accounts.asset_id GROUP BY assets.name HAVING sum(amount) <> 0
"""
_BALANCES = """
SELECT accounts.account_id, accounts.balance, coalesce(sum(postings.amount), 0) FROM accounts
LEFT JOIN postings ON postings.account_id = accounts.account_id
GROUP BY accounts.account_id, accounts.balance
HAVING accounts.balance <> coalesce(sum(postings.amount), 0)
"""
_HELD = """
SELECT accounts.account_id, accounts.held, coalesce(sum(mine.amount), 0) FROM accounts
LEFT JOIN (SELECT hold_lines.account_id, hold_lines.amount FROM hold_lines
           JOIN holds ON holds.n = hold_lines.n WHERE holds.state = 'open') AS mine
ON mine.account_id = accounts.account_id
GROUP BY accounts.account_id, accounts.held
HAVING accounts.held <> coalesce(sum(mine.amount), 0)
"""
_BELOW = """
SELECT account_id FROM accounts WHERE floor IS NOT NULL AND balance - held < floor
"""
_TWICE = """
SELECT actor, key, count(*) FROM journal WHERE key <> '' GROUP BY actor, key HAVING count(*) > 1
"""
_COUPONS = """
SELECT assets.name, accounts.owner, accounts.balance FROM accounts
JOIN assets ON assets.asset_id = accounts.asset_id WHERE substr(assets.name, 1, 7) = 'coupon:'
"""

_POSTINGS = "SELECT posting_id, amount FROM postings"
_TAKEN_BACK = "SELECT posting_id, amount FROM reversed"
_TAKING_BACK = "SELECT n, body FROM journal WHERE kind IN ('reverse', 'take_back') ORDER BY n"


@dataclass
class Told:
    """What clients asked and were answered, all together."""

    asked: dict[Who, Command] = field(default_factory=dict)
    answers: dict[Who, Answer] = field(default_factory=dict)

    @classmethod
    def of(cls, files: Iterable[Path]) -> Told:
        """Read clients' files; a key that was answered twice has one answer."""
        told = cls()
        for path in files:
            for one in read_notes(path):
                told.add(one)
        return told

    def add(self, one: Noted) -> None:
        """Take in a line."""
        who = (one.by, one.command.key)
        assert self.asked.setdefault(who, one.command) == one.command, who
        if one.answer is not None:
            before = self.answers.setdefault(who, plain(one.answer))
            assert before == plain(one.answer), (who, before, one.answer)
            assert before.get("refused") != "ledger.key_conflict", (who, before)


@dataclass(frozen=True)
class Checked:
    """What was found, in figures."""

    asked: int
    answered: int
    refused: int
    done_unanswered: int
    """Done, and nobody was told."""
    n: int


def plain(answer: Answer) -> Answer:
    """The answer as JSON gives it back."""
    found: Answer = json.loads(json.dumps(answer))
    return found


def lost(store: Store, told: Told) -> list[Who]:
    """Those that were answered and that the store knows nothing of."""
    digests = {digest_of_key(*who): who for who in told.answers}
    with store.read() as connection:
        found = LedgerRows(connection).requests(list(digests))
    return [who for digest, who in digests.items() if digest not in found]


def check_book(connection: Connection, dialect: str) -> list[Any]:
    """What must be true of any book; the number, actor and key of each row of the journal."""
    verify(connection)
    for statement in (_SUMS, _BALANCES, _HELD, _BELOW, _TWICE):
        assert connection.exec_driver_sql(statement).fetchall() == [], statement
    rows = connection.exec_driver_sql("SELECT n, actor, key FROM journal ORDER BY n").fetchall()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1)), "the journal has gaps"
    if dialect == "sqlite":
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
    check_reversals(connection)
    return list(rows)


def check(store: Store, told: Told) -> Checked:
    """All that must be true; asks all that was ever asked again, so every key is done after it."""
    assert lost(store, told) == [], "answered, and lost"
    with store.read() as connection:
        rows = check_book(connection, store.dialect)
        # Rows without a key tell of who may do what, and the server's sweep releases what has
        # expired; they are no answers to these clients.
        keys = {
            (actor, key): n for n, actor, key in rows if key and not actor.startswith("system:")
        }
        _check_stock(connection.exec_driver_sql(_COUPONS).fetchall())
    done = {who for who, answer in told.answers.items() if "receipt" in answer}
    assert keys.keys() <= told.asked.keys(), "done, and never asked"
    assert all(keys[who] == told.answers[who]["receipt"]["n"] for who in done)
    unanswered = keys.keys() - done
    assert not unanswered & told.answers.keys(), "done, and told to be refused"
    _check_replays(store, told)
    refused = len(told.answers) - len(done)
    return Checked(len(told.asked), len(told.answers), refused, len(unanswered), len(rows))


def check_reversals(connection: Connection) -> None:
    """Of no posting more comes back than there is; what is noted of it is what the rows tell."""
    whole = {one: abs(amount) for one, amount in connection.exec_driver_sql(_POSTINGS)}
    found: Counter[int] = Counter()
    for n, body in connection.exec_driver_sql(_TAKING_BACK):
        taken = json.loads(body)["reversed"]
        assert taken, f"entry {n} takes nothing back"
        found.update({int(posting): amount for posting, amount in taken.items()})
    assert all(amount <= whole[posting] for posting, amount in found.items())
    assert dict(found) == {row[0]: row[1] for row in connection.exec_driver_sql(_TAKEN_BACK)}


def _check_stock(balances: Iterable[Any]) -> None:
    granted: Counter[str] = Counter()
    left: dict[str, int] = {}
    for asset, owner, balance in balances:
        if owner == "stock":
            left[asset] = balance
        elif owner.startswith("customer:"):
            assert 0 <= balance <= 1, (asset, owner, balance)
            granted[asset] += balance
    for number in range(COUPONS):
        asset = f"coupon:{number}"
        assert left[asset] >= 0
        assert granted[asset] + left[asset] == STOCK, (asset, granted[asset], left[asset])


def _check_replays(store: Store, told: Told) -> None:
    """Every key that was answered has the same answer again, and nothing is done for it."""
    with Ledger(store) as ledger:
        before = ledger.head().n
        for by in {by for by, _ in told.answers}:
            commands = [told.asked[who] for who in told.answers if who[0] == by]
            for command, again in zip(commands, ledger.ask_all(commands, by), strict=True):
                expected = told.answers[by, command.key]
                if isinstance(again, Receipt):
                    assert again.replayed, command
                    assert plain({"receipt": again.as_dict()}) == expected
                else:
                    assert expected == {"refused": again.code, "message": again.message}
        assert ledger.head().n == before, "what had been done was done again"
        assert not ledger.figures.failures
