"""What is to earn: an order or an event, with the rules that were published when it happened.

>>> rule = Earning(name="goods", on="order", points=1, per=100)
>>> order = Due("order:A1", 7, 0, (rule,), (PaidLine("p1", "tea", 5_000, 5_000),), "A1")
>>> order.base, [one.points for one in order.earned(percent=15_000)]
(5000, [75])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from regulars.benefit.definition.terms import DAY, Earning
from regulars.benefit.points.earning import (
    WHOLE,
    Earned,
    PaidLine,
    base_of,
    event_earns,
    order_earns,
)


@dataclass(frozen=True, slots=True)
class Due:
    """An order or an event that earns.

    Attributes:
        source: under which it earns, once.
        customer_id: whose it is.
        at: when it happened, UTC microseconds.
        rules: by which it earns.
        lines: what was paid for each line of an order; None of an event.
        name: of the order as the checkout has it, or of the event.
    """

    source: str
    customer_id: int
    at: int
    rules: tuple[Earning, ...]
    lines: tuple[PaidLine, ...] | None
    name: str

    @property
    def key(self) -> str:
        """Under which it is asked for."""
        return key_of(self.source)

    @property
    def base(self) -> int:
        """What was paid for lines that earn, each counted once; 0 of an event."""
        return 0 if self.lines is None else base_of(self.rules, self.lines)

    def earned(self, percent: int = WHOLE) -> list[Earned]:
        """What it earns by each rule, those by which nothing left out.

        Args:
            percent: the tier's `points_percent`.
        """
        found = [
            event_earns(rule, happened_at=self.at, percent=percent)
            if self.lines is None
            else order_earns(rule, self.lines, happened_at=self.at, percent=percent)
            for rule in self.rules
        ]
        return [one for one in found if one.points or one.growth]


def key_of(source: str) -> str:
    """The idempotency key of what a source earns."""
    return f"earn:{source}"


def due_at(at: int, rules: Iterable[Earning]) -> int:
    """From which instant on something earns: when the longest wait of its rules is over."""
    return at + max((rule.wait_days for rule in rules), default=0) * DAY


def rounds(dues: Iterable[Due]) -> Iterator[list[Due]]:
    """In the order of time, no customer twice in a round.

    Where tiers multiply points, what comes first may raise the tier by which the next is reckoned.
    """
    left = sorted(dues, key=lambda due: (due.at, due.source))
    while left:
        now: list[Due] = []
        later: list[Due] = []
        met: set[int] = set()
        for due in left:
            (later if due.customer_id in met else now).append(due)
            met.add(due.customer_id)
        yield now
        left = later
