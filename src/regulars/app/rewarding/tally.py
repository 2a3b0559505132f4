"""What came of rules, counted by rule.

>>> tallies = Tallies()
>>> tallies.of("earn", "goods").give(7, points=50, day="2026-11-29")
>>> tallies.of("earn", "goods").refuse("ledger.limit_reached")
>>> tallies.as_dict()
[{'kind': 'earn', 'rule': 'goods', 'times': 1, 'customers': 1, 'points': 50, \
'refused': {'ledger.limit_reached': 1}, 'by_day': {'2026-11-29': 1}}]
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["earn", "incentive", "badge", "tier"]


@dataclass(slots=True)
class Tally:
    """What came of a rule.

    Attributes:
        customers: to whom it gave.
        times: that it gave.
        points, growth: that it gave.
        balance: money that it gave onto balances, in the smallest coin.
        coupons, gifts: that it gave, in pieces.
        worst_case: what those can cost at most, in the smallest coin, as far as it is bounded.
        held_out: customers who would have got something and are held out.
        refused: by the code of the error: a limit, a stock, a budget that ended.
        by_day: times by the day on which it happened.
    """

    customers: set[int] = field(default_factory=set)
    times: int = 0
    points: int = 0
    growth: int = 0
    balance: int = 0
    coupons: int = 0
    gifts: int = 0
    worst_case: int = 0
    held_out: set[int] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)

    def give(self, customer_id: int, *, day: str = "", **what: int) -> None:
        """Count that something was given, of which so much: `points=50`, `coupons=1`."""
        self.customers.add(customer_id)
        self.times += 1
        for name, amount in what.items():
            setattr(self, name, getattr(self, name) + amount)
        if day:
            self.by_day[day] += 1

    def refuse(self, code: str) -> None:
        """Count that it was not."""
        self.refused[code] += 1

    def as_dict(self) -> dict[str, Any]:
        """Plain data; what is 0 of what it gives is left out."""
        told: dict[str, Any] = {"times": self.times, "customers": len(self.customers)}
        for name in ("points", "growth", "balance", "coupons", "gifts", "worst_case"):
            if amount := getattr(self, name):
                told[name] = amount
        if self.held_out:
            told["held_out"] = len(self.held_out)
        if self.refused:
            told["refused"] = dict(sorted(self.refused.items()))
        if self.by_day:
            told["by_day"] = dict(sorted(self.by_day.items()))
        return told


class Tallies:
    """One for each rule."""

    def __init__(self) -> None:
        self._found: dict[tuple[Kind, str], Tally] = {}

    def of(self, kind: Kind, name: str) -> Tally:
        """That of a rule, made at the first look."""
        return self._found.setdefault((kind, name), Tally())

    def as_dict(self) -> list[dict[str, Any]]:
        """Plain data, by kind and name."""
        return [
            {"kind": kind, "rule": name} | tally.as_dict()
            for (kind, name), tally in sorted(self._found.items())
        ]
