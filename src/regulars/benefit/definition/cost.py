"""What rules cost, each and together.

Amounts are in the smallest coin; points count in full, at what they pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from regulars.benefit.definition.file import Benefits
from regulars.benefit.definition.findings.points import points_in_money, points_of
from regulars.benefit.definition.terms import Budget, Points
from regulars.kernel.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Cost:
    """What a rule costs, in the smallest coin.

    Attributes:
        kind: `coupon`, `gift`, `earn`, `incentive`.
        name: of it.
        line: of the file.
        worst: in a year; None where nothing bounds it, or that cannot be told.
        bound: what bounds it.
        expected: in a month; None where the past does not tell.
        reckoned: how, or why not.
        stock: how many there are; None for any number.
        can_meet: customers, of a coupon orders, that meet it in a month; None where not known.
        budget: that pays for it.
    """

    kind: str
    name: str
    line: int | None
    worst: int | None
    bound: Sentence
    expected: int | None
    reckoned: Sentence
    stock: int | None = None
    can_meet: int | None = None
    budget: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "kind": self.kind,
            "name": self.name,
            "line": self.line,
            "worst": self.worst,
            "bound": {"en": self.bound.en, "zh": self.bound.zh},
            "expected": self.expected,
            "reckoned": {"en": self.reckoned.en, "zh": self.reckoned.zh},
            "stock": self.stock,
            "can_meet": self.can_meet,
            "budget": self.budget,
        }


@dataclass(frozen=True, slots=True)
class Total:
    """All of it together; what several rules spend of one budget counts once.

    Attributes:
        worst: in a year, of what is bounded.
        unbounded: what is not in it, since nothing bounds it or that cannot be told.
        expected: in a month, of what can be told.
        cannot_tell: what is not in it.
    """

    worst: int
    unbounded: tuple[str, ...]
    expected: int
    cannot_tell: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "worst": self.worst,
            "unbounded": list(self.unbounded),
            "expected": self.expected,
            "cannot_tell": list(self.cannot_tell),
        }


def total_of(benefits: Benefits, costs: tuple[Cost, ...]) -> Total:
    """Their sum."""
    alone = sum(one.worst or 0 for one in costs if not one.budget)
    points = points_of(benefits)
    for budget in benefits.terms.values():
        if isinstance(budget, Budget):
            under = [one.worst for one in costs if one.budget == budget.name]
            most = in_money(budget, points)
            alone += min(most, sum(most if worst is None else worst for worst in under))
    return Total(
        worst=alone,
        unbounded=tuple(f"{one.kind} {one.name}" for one in costs if one.worst is None),
        expected=sum(one.expected or 0 for one in costs),
        cannot_tell=tuple(f"{one.kind} {one.name}" for one in costs if one.expected is None),
    )


def in_money(budget: Budget, points: Points | None) -> int:
    """What a budget comes to, in the smallest coin."""
    if budget.asset == "points":
        return points_in_money(points, budget.amount)
    return budget.amount
