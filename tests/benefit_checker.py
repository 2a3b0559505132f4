"""What must be true of benefits after whatever happened, held against what clients were told.

The answers are asked for again and must be the same; so the journal is what clients were told, and
`benefit_laws` goes through it kind by kind with books of its own.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benefit_laws.book import Book, Effect, Refusal
from benefit_laws.kinds import check_kinds
from benefit_load import GIVEN_UP, RULES, Answer, InProcess, Noted, read_notes, refused
from benefit_mix import Request
from ledger_checker import check_book
from regulars.app.benefits.check import check_benefits
from regulars.engines.store import Connection, Store
from regulars.engines.store_ledger import LedgerRows
from regulars.ledger.command import digest_of_key
from regulars.ledger.receipt import DECODE_BODY, Receipt

Who = tuple[str, str]
"""Who asked, and the key."""

_HELD = " (held)"
"""Behind the key of a redemption: that of its first half."""
_BALANCES = """
SELECT assets.name, accounts.owner, sum(accounts.balance), sum(accounts.held)
FROM accounts JOIN assets ON assets.asset_id = accounts.asset_id GROUP BY 1, 2
"""


@dataclass
class Told:
    """What clients asked and were answered, all together."""

    asked: dict[Who, Request] = field(default_factory=dict)
    answers: dict[Who, Answer] = field(default_factory=dict)
    first_asked: dict[Who, int] = field(default_factory=dict)
    first_answered: dict[Who, int] = field(default_factory=dict)
    times: Counter[Who] = field(default_factory=Counter)
    """How often each was asked."""

    @classmethod
    def of(cls, files: Iterable[Path]) -> Told:
        """Read clients' files."""
        told = cls()
        for path in files:
            for one in read_notes(path):
                told.add(one)
        return told

    def add(self, one: Noted) -> None:
        """Take in a line; a key that was answered twice has one answer."""
        if one.request.verb == "sweep":
            return
        who = (one.by, one.request.key)
        assert self.asked.setdefault(who, one.request) == one.request, who
        self.first_asked[who] = min(one.at, self.first_asked.get(who, one.at))
        self.times[who] += one.answer is None
        if one.answer is None or one.answer == GIVEN_UP:
            return
        before = self.answers.setdefault(who, one.answer)
        assert before == one.answer, (who, before, one.answer)
        assert before.get("refused") != "ledger.key_conflict", (who, before)
        self.first_answered[who] = min(one.at, self.first_answered.get(who, one.at))


@dataclass(frozen=True)
class Checked:
    """What was found, in figures; those of `refused` by code."""

    asked: int
    answered: int
    asked_again: int
    """With the same key: for want of an answer, or for no reason."""
    done: int
    done_unanswered: int
    """Done, and nobody was told."""
    refused: dict[str, int]
    rushed: int
    """Claims of the coupon that all rush for…"""
    granted: int
    """…and how many got one."""
    kinds: dict[str, int]
    """What was done, by verb."""


def lost(store: Store, told: Told) -> list[Who]:
    """Those that were answered and that the store knows nothing of."""
    keys = {who: [who] for who in told.answers}
    for by, key in keys:
        if told.asked[by, key].verb == "redeem":  # refused in its first half, it has no second
            keys[by, key] = [(by, key), (by, key + _HELD)]
    with store.read() as connection:
        digests = [digest_of_key(*one) for some in keys.values() for one in some]
        found = LedgerRows(connection).requests(digests)
    return [
        who for who, some in keys.items() if not any(digest_of_key(*one) in found for one in some)
    ]


def check(home: Path, told: Told) -> Checked:
    """All that must be true of a home whose server is stopped; what was answered is asked again."""
    asking = InProcess(home)
    try:
        return _check(asking, told)
    finally:
        asking.close()


def _check(asking: InProcess, told: Told) -> Checked:
    store = asking.ledger.store
    assert lost(store, told) == [], "answered, and lost"
    with store.read() as connection:
        rows = check_book(connection, store.dialect)
        check_benefits(connection)
        book = read_book(connection, told)
    keys = {(actor, key): n for n, actor, key in rows if key and not actor.startswith("system:")}
    whole = {who for who in keys if not who[1].endswith(_HELD)}
    halves = {(by, key.removesuffix(_HELD)) for by, key in keys.keys() - whole}
    assert whole | halves <= told.asked.keys(), "done, and never asked"
    done = {who for who, answer in told.answers.items() if "told" in answer}
    assert all(keys[who] == told.answers[who]["told"]["n"] for who in done)
    assert not (whole - done) & told.answers.keys(), "done, and told to be refused"
    check_replays(asking, told)
    check_kinds(book, refusals_of(told))
    rushed = [who for who, one in told.asked.items() if one.body.get("coupon") == "rush"]
    refusals = Counter(one["refused"] for one in told.answers.values() if "refused" in one)
    return Checked(
        asked=len(told.asked),
        answered=len(told.answers),
        asked_again=sum(times > 1 for times in told.times.values()),
        done=len(done),
        done_unanswered=len(whole - done),
        refused=dict(refusals),
        rushed=len(rushed),
        granted=len(whole.intersection(rushed)),
        kinds=dict(Counter(told.asked[who].verb for who in whole)),
    )


def read_book(connection: Connection, told: Told) -> Book:
    """All of the store that the laws go through."""

    def rows(statement: str) -> list[Any]:
        return list(connection.exec_driver_sql(statement).fetchall())

    effects = []
    for n, at, actor, key, text in rows("SELECT n, at, actor, key, body FROM journal ORDER BY n"):
        request = told.asked.get((actor, key))
        verb = request.verb if request else ""
        if request and verb == "redeem":
            verb = "pay"
        if key.endswith(_HELD):
            verb = "hold"
        body = DECODE_BODY(text)
        asked = request.body if request else {}
        effects.append(Effect(n, at, verb, asked, body.about, body.lines, body.held))
    define = next(one for one in told.asked.values() if one.verb == "define")
    coupons = tomllib.loads(define.body["toml"])["coupon"]
    return Book(
        stock=next(one["stock"] for one in coupons if one["name"] == "rush"),
        effects=effects,
        balances={(asset, owner): int(sum_) for asset, owner, sum_, _ in rows(_BALANCES)},
        held={(asset, owner): int(sum_) for asset, owner, _, sum_ in rows(_BALANCES)},
        orders={
            json.loads(body)["order"]: (state, hold, body, refunded)
            for state, hold, body, refunded in rows(
                "SELECT state, hold, body, refunded FROM benefit_orders"
            )
        },
        open_holds={
            owner: n for n, owner in rows("SELECT n, owner FROM holds WHERE state = 'open'")
        },
        envelopes={
            name: (json.loads(shares), closed)
            for name, shares, closed in rows("SELECT id, shares, closed FROM benefit_envelopes")
        },
        gifts={
            n: (state, address is not None)
            for n, state, address in rows("SELECT n, state, address FROM benefit_gifts")
        },
        tiers=dict(rows("SELECT customer_id, tier FROM benefit_members")),
    )


def refusals_of(told: Told) -> list[Refusal]:
    """What was refused, and within which instants."""
    return [
        Refusal(
            told.asked[who].verb,
            told.asked[who].body,
            answer["refused"],
            answer["error"]["where"],
            told.first_asked[who],
            told.first_answered[who],
        )
        for who, answer in told.answers.items()
        if "refused" in answer
    ]


def check_replays(asking: InProcess, told: Told) -> None:
    """Every key that was answered has the same answer again, and nothing is done for it."""
    before = asking.ledger.head().n
    for by in {by for by, _ in told.answers}:
        mine = [(told.asked[who], told.answers[who]) for who in told.answers if who[0] == by]
        plain = [one for one in mine if one[0].verb not in ("redeem", "define")]
        deeds = [asking.deed(request, by) for request, _ in plain]
        for (request, answer), again in zip(plain, asking.ledger.ask_all(deeds, by), strict=True):
            if not isinstance(again, Receipt):
                assert _plain(refused(again)) == answer, request
                continue
            assert again.replayed, request
            if by == RULES:
                found = {"n": again.n, "at": again.at} | again.body.about
            else:
                found = asking.doing.told(asking.what(request), request.key, by, again)
            assert _plain(found) == answer["told"], request
        for request, answer in mine:
            if request.verb == "redeem":
                found_again = asking.ask(request, by)
                assert found_again is not None
                assert _plain(found_again) == answer, request
    assert asking.ledger.head().n == before, "what had been done was done again"
    assert not asking.ledger.figures.failures


def _plain(answer: Answer) -> Answer:
    """The answer as JSON gives it back."""
    found: Answer = json.loads(json.dumps(answer))
    return found
