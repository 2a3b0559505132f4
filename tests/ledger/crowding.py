"""Crowds at a book, and what must be true of what they were told."""

from __future__ import annotations

import bisect
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.crowd import CLAIMS_A_CUSTOMER, PEOPLE, given_of, open_store
from regulars.ledger.command import ISSUER, Define, Leg, Post
from regulars.ledger.ledger import Ledger
from regulars.ledger.verify import verify

BUDGET, POINTS, POT = 3_000, 100, 1_000_000


@dataclass(frozen=True)
class Crowds:
    """So many processes, each with so many clients, on a stock with so many claims."""

    processes: int
    clients: int
    stock: int
    claims: int

    def at(self, place: str) -> list[dict[str, Any]]:
        """All that the clients were told.

        Raises:
            AssertionError: a process ended with an error.
        """
        with open_store(place) as store, Ledger(store) as ledger:
            made = [
                Define(key=name, asset=name) for name in ("coupon:spring", "points", "money:CNY")
            ]
            given = [
                _give("coupon:spring", "stock", self.stock),
                _give("money:CNY", "campaign:spring", BUDGET),
                _give("points", "pot", POT),
                *(_give("points", owner, POINTS) for owner in PEOPLE),
            ]
            for answer in ledger.ask_all([*made, *given], by="cli"):
                assert not isinstance(answer, Exception), answer
        share = self.claims // self.processes
        script = Path(__file__).with_name("crowd.py")
        # Every process has every claim of a customer but the first: the same keys come from two.
        running = [
            subprocess.Popen(
                [sys.executable, str(script), place, str(self.clients),
                 str(k * share), str(min((k + 1) * share + share // 20, self.claims)), str(k)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for k in range(self.processes)
        ]  # fmt: skip
        told: list[dict[str, Any]] = []
        for one in running:
            out, errors = one.communicate(timeout=600)
            assert one.returncode == 0, errors
            told += [json.loads(line) for line in out.splitlines()]
        return told

    def check(self, place: str, told: list[dict[str, Any]]) -> str:
        """See that all of it is true of one book; a line of figures comes back."""
        codes = Counter((one["what"], one["code"]) for one in told)
        allowed = {"done", "ledger.insufficient", "ledger.limit_reached"}
        assert {code for _, code in codes} <= allowed, [x for x in told if x["code"] not in allowed]
        self._claims([one for one in told if one["what"] == "claim"])
        with open_store(place) as store, Ledger(store) as ledger:
            with store.read() as connection:
                verified = verify(connection)
            assert ledger.balance("coupon:spring", "stock").balance == 0
            for customer in range(self.claims // CLAIMS_A_CUSTOMER):
                if customer % 10 == 0:
                    assert ledger.balance("coupon:spring", f"customer:{customer}").balance in (0, 1)
            moved: Counter[str] = Counter(dict.fromkeys(PEOPLE, POINTS))
            for one in told:
                if one["what"] == "transfer" and one["code"] == "done" and not one["replayed"]:
                    moved.update(dict(map(tuple, one["lines"])))
            assert {x: ledger.balance("points", x).balance for x in PEOPLE} == dict(moved)
            self._turns(told, ledger.balance("points", "pot").balance)
            budget = ledger.balance("money:CNY", "campaign:spring")
            spent = sum(
                amount
                for one in told
                if one["what"] == "capture" and one["code"] == "done" and not one["replayed"]
                for owner, amount in one["lines"]
                if owner == "spent"
            )
            assert (budget.balance, budget.held) == (BUDGET - spent, 0)
            assert spent <= BUDGET
        seconds = max(x["answered"] for x in told) - min(x["asked"] for x in told)
        waits = sorted(x["answered"] - x["asked"] for x in told)
        return (
            f"{len(told):,} answers in {seconds:.1f} s, journal {verified.n:,};"
            f" p99 {waits[len(waits) * 99 // 100] * 1000:.0f} ms, max {waits[-1] * 1000:.0f} ms; "
            + ", ".join(f"{what} {code}: {n:,}" for (what, code), n in sorted(codes.items()))
        )

    def _claims(self, claims: list[dict[str, Any]]) -> None:
        done = [one for one in claims if one["code"] == "done" and not one["replayed"]]
        assert len(done) == self.stock, "exactly as many as there were"
        customers = Counter(one["number"] // CLAIMS_A_CUSTOMER for one in done)
        assert max(customers.values()) == 1, "nobody twice"
        first: dict[int, tuple[Any, ...]] = {}
        for one in claims:  # a key has one answer, whoever asks, however often
            answer = (one["code"], one.get("n"), one.get("error"))
            assert first.setdefault(one["number"], answer) == answer
        invoked = sorted(one["asked"] for one in done)
        for one in claims:
            if one["code"] == "ledger.insufficient":
                before = bisect.bisect_left(invoked, one["answered"])
                assert before >= self.stock, (
                    f"sold out was said after {before} successes were asked"
                )

    def _turns(self, told: list[dict[str, Any]], left: int) -> None:
        """Each saw what all before it had left, in the order of the journal."""
        turns = {x["n"]: dict(x["lines"]) for x in told if x["what"] == "turn"}
        before = POT
        for _, lines in sorted(turns.items()):
            assert lines["turns"] == given_of(before)
            before -= given_of(before)
        assert left == before
        assert turns


def _give(asset: str, owner: str, amount: int) -> Post:
    legs = (Leg(asset, ISSUER, -amount), Leg(asset, owner, amount))
    return Post(key=f"give:{asset}:{owner}", legs=legs)
