"""A real book under test: opened, asked, opened anew, and read row by row without the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ledger.halving import halves
from ledger.model import Done, Key, Model, Refused, Wish
from regulars.engines.store import Store
from regulars.errors import KeyConflict, LedgerRefused
from regulars.ledger.asked import Asked as Checked
from regulars.ledger.batch import Answer
from regulars.ledger.command import NEVER
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt
from regulars.ledger.verify import Verified, verify

Asked = tuple[Wish, str]

_ACCOUNTS = """
SELECT s.name, a.owner, a.expires_at, a.balance, a.held, a.floor
FROM accounts a JOIN assets s ON s.asset_id = a.asset_id
"""
_POSTINGS = """
SELECT p.n, s.name, a.owner, a.expires_at, p.amount, p.balance
FROM postings p JOIN accounts a ON a.account_id = p.account_id
JOIN assets s ON s.asset_id = a.asset_id ORDER BY p.posting_id
"""


class Book:
    """A store and the ledger on it."""

    def __init__(self, open_store: Callable[[], Store], now: Callable[[], int]) -> None:
        self._open_store = open_store
        self._now = now
        self.open()

    def open(self) -> None:
        self.store = self._open_store()
        self.ledger = Ledger(self.store, now=self._now)

    def close(self) -> None:
        self.ledger.close()
        self.store.close()

    def ask(self, asked: list[Asked]) -> list[Answer]:
        """The answers to all of it, handed over at once, so that it is done in one transaction."""
        answers: list[Answer] = []
        heard = threading.Semaphore(0)

        def done(answer: Answer) -> None:
            answers.append(answer)
            heard.release()

        # `ask_all` would do, were they all asked by one.
        self.ledger._writer.put([(Checked.of(command, by), done) for command, by in asked])
        for _ in asked:
            heard.acquire()
        return answers

    def verify(self) -> Verified:
        with self.store.read() as connection:
            return verify(connection)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self.store.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def differs_from(self, model: Model) -> str:
        """Where accounts, postings, assets, or what deeds wrote are not as told; '' if nowhere."""
        lots: dict[Key, tuple[int, int]] = {}
        for asset, owner, expires_at, balance, held, floor in self.rows(_ACCOUNTS):
            key = (asset, owner, expires_at)
            lots[key] = (balance, held)
            if floor != model.floor_of(key):
                return f"floor of {key}: {floor}, not {model.floor_of(key)}"
        for key in {*lots, *model.balance, *model.held}:
            has = lots.get(key, (0, 0))
            should = model.balance.get(key, 0), model.held.get(key, 0)
            if has != should:
                return f"{key} has {has}, not {should}"
        postings = [(row[0], row[1:]) for row in self.rows(_POSTINGS)]
        if postings != model.postings:
            return f"postings: {postings} not {model.postings}"
        assets = {name for (name,) in self.rows("SELECT name FROM assets")}
        if assets != model.assets:
            return f"assets: {assets} not {model.assets}"
        with self.store.read() as connection:
            beside = halves(connection)
        return "" if beside == model.halves else f"halves: {beside} not {model.halves}"


def told(answer: Answer) -> tuple[Any, ...]:
    """All of an answer that two books, or two tellings, must agree on."""
    if isinstance(answer, Receipt):
        return ("done", answer.replayed, answer.as_dict(), answer.actor)
    return (answer.code, str(answer))


def disagrees(answer: Answer, expected: Done | Refused) -> str:
    """In which way an answer is not the model's; '' if in none."""
    if isinstance(expected, Refused):
        if isinstance(answer, LedgerRefused | KeyConflict) and answer.code in expected.codes:
            return ""
        return f"{answer!r} instead of a refusal: {sorted(expected.codes)}"
    if not isinstance(answer, Receipt):
        return f"{answer!r} instead of {expected}"
    lines = tuple((x.asset, x.owner, x.expires_at, x.amount, x.balance) for x in answer.lines)
    held: dict[Key, int] = {}
    for line in answer.body.held:
        key = (line.asset, line.owner, line.expires_at)
        held[key] = held.get(key, 0) + line.amount
    has = (answer.n, answer.at, answer.kind, answer.key, answer.body.about, lines, held)
    x = expected
    should = (x.n, x.at, x.kind, x.key, x.about, x.lines, x.held)
    return "" if has == should else f"{has} instead of {should}"


__all__ = ["NEVER", "Asked", "Book", "disagrees", "told"]
