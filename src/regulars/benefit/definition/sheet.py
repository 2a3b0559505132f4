"""The rule sheet: what a `benefits.toml` can cost, who meets it, and what is wrong with it.

To be read before anything is published. It is reckoned from the file and from what the shop knows
of its past; nothing is guessed where that does not tell.

>>> from regulars.benefit.definition.file import parse_benefits
>>> sheet = sheet_of(parse_benefits('''
... [[coupon]]
... name = "free"
... title = "10 off"
... kind = "amount"
... amount = 10
... stock = 100
... ''', currency="CNY", zone="Asia/Shanghai"), History())
>>> sheet.total.worst, [one.code for one in sheet.findings if one.level == "warn"]
(100000, ['coupon.free_basket'])
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from regulars.benefit.definition.cost import Cost, Total, total_of
from regulars.benefit.definition.costs import costs_of
from regulars.benefit.definition.file import Benefits
from regulars.benefit.definition.findings.coupons import (
    coupon_findings,
    stack_findings,
    stacks_of,
)
from regulars.benefit.definition.findings.finding import LEVELS, Finding
from regulars.benefit.definition.findings.incentives import (
    budget_findings,
    event_findings,
    gift_findings,
    incentive_findings,
)
from regulars.benefit.definition.findings.law import law_findings
from regulars.benefit.definition.findings.points import point_findings, tier_findings
from regulars.benefit.definition.findings.stacking import Stack
from regulars.benefit.definition.history import History

__all__ = ["History", "Sheet", "sheet_of"]

_SHOWN_STACKS = 5


@dataclass(frozen=True, slots=True)
class Sheet:
    """A rule sheet.

    Attributes:
        file: of the rules.
        currency: of all money, which is in its smallest coin.
        costs: of each rule.
        total: of all of them.
        stacks: the deepest discounts that coupons and points come to together, the deepest first.
        findings: the gravest first, then by line.
    """

    file: str
    currency: str
    costs: tuple[Cost, ...]
    total: Total
    stacks: tuple[Stack, ...]
    findings: tuple[Finding, ...]

    @property
    def stops(self) -> bool:
        """Whether something is not lawful, or without end: not to be published as it is."""
        return any(one.level == "stop" for one in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "file": self.file,
            "currency": self.currency,
            "stops": self.stops,
            "costs": [one.as_dict() for one in self.costs],
            "total": self.total.as_dict(),
            "stacks": [
                {
                    "basket": one.basket,
                    "coupons": list(one.coupons),
                    "by_coupons": one.by_coupons,
                    "by_points": one.by_points,
                    "pay": one.pay,
                }
                for one in self.stacks
            ],
            "findings": [one.as_dict() for one in self.findings],
        }


def sheet_of(benefits: Benefits, history: History) -> Sheet:
    """The rule sheet of a file, by what the shop knows of its past.

    Args:
        benefits: that have passed all checks.
        history: `History()` where nothing is known: then costs that need it cannot be told.
    """
    costs = costs_of(benefits, history)
    stacks, complete = stacks_of(benefits, history)
    found = [
        *_findings(benefits, history),
        *stack_findings(benefits, history, stacks, complete),
    ]
    found.sort(key=lambda one: (LEVELS.index(one.level), one.line or 0, one.code))
    return Sheet(
        file=benefits.file,
        currency=benefits.currency,
        costs=costs,
        total=total_of(benefits, costs),
        stacks=tuple(stacks[:_SHOWN_STACKS]),
        findings=tuple(found),
    )


def _findings(benefits: Benefits, history: History) -> Iterator[Finding]:
    yield from coupon_findings(benefits, history)
    yield from gift_findings(benefits)
    yield from point_findings(benefits, history)
    yield from tier_findings(benefits, history)
    yield from incentive_findings(benefits, history)
    yield from event_findings(benefits, history)
    yield from budget_findings(benefits)
    yield from law_findings(benefits)
