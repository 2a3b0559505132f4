"""What may be asked of a funnel, read and checked.

>>> asked("page, order", window="36h").window
129600000000
>>> asked("page, order", window=None).window is None
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from regulars.errors import UnknownValue
from regulars.insight.steps import Step, step_of, steps_of
from regulars.kernel.clock import parse_duration
from regulars.timeline.funnel import MOST_IN_ANY_ORDER, MOST_STEPS

GROUPS = (
    "source", "medium", "campaign", "inviter", "connection", "platform", "category", "none",
)  # fmt: skip
"""By what a funnel may be told apart."""
EVER = "ever"
WINDOW = "7d"


@dataclass(frozen=True, slots=True)
class Asked:
    """A funnel as it was asked for.

    Attributes:
        steps: at least two.
        excluded: what breaks a chain off; None for nothing.
        window: microseconds; None for no bound.
        order: ordered, strict or any.
        per: customer or session.
        gap: microseconds of quiet that end a session.
        by: the column by which units are told apart; None for none.
        touch: first or last.
        top: so many groups at most.
    """

    steps: tuple[Step, ...]
    excluded: Step | None
    window: int | None
    order: str
    per: str
    gap: int
    by: str | None
    touch: str
    top: int


def asked(
    steps: str | Sequence[Step],
    *,
    exclude: Sequence[str] = (),
    window: str | None = WINDOW,
    order: str = "ordered",
    per: str = "customer",
    gap: int = 30,
    by: str = "none",
    touch: str = "last",
    top: int = 8,
) -> Asked:
    """The funnel that is asked for.

    Raises:
        UnknownValue: a step or the window cannot be read, or there are too many or too few steps.
    """
    found = tuple(steps_of(steps) if isinstance(steps, str) else steps)
    most = MOST_IN_ANY_ORDER if order == "any" else MOST_STEPS
    if not LEAST_STEPS <= len(found) <= most:
        raise UnknownValue(
            f"{len(found)} step{'' if len(found) == 1 else 's'}: a funnel has 2 to {most}"
            + (" in any order" if order == "any" else ""),
            todo='name them with commas between, as in --steps "Product Viewed, Product Added,'
            ' order"',
        )
    breaks = [alternative for one in exclude for alternative in step_of(one).alternatives]
    return Asked(
        steps=found,
        excluded=Step(" | ".join(exclude), tuple(breaks)) if breaks else None,
        window=None if window in (None, EVER) else parse_duration(window) // _MICROSECOND,
        order=order,
        per=per,
        gap=gap * 60_000_000,
        by=None if by == "none" else by,
        touch=touch,
        top=top,
    )


_MICROSECOND = timedelta(microseconds=1)
LEAST_STEPS = 2
