"""What a remedy would bring if its assumed effect were true, and the smallest test of it.

    within reach = eligible a year x (rise x worth - cost of an action)

Who is won and would have come back later by themselves brings nothing: `worth` is what a purchase
within the remedy's days is worth after that.

The test holds half of those who become eligible back at random, which needs the fewest people in
all. It runs until enough have become eligible, and as many days more as a purchase may take to
count (`effect.power`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from regulars.effect.power import left_alone_needed, smallest_rise
from regulars.kernel.sentence import Sentence

PATIENCE = 180
"""Days within which a test must tell."""
TRIAL = 56
"""Days of the trial for which the smallest visible rise is told where none tells in time."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A play, as a diagnosis looks at it.

    Attributes:
        play: its id in the playbook.
        name: of the play.
        offer: what it promises, in words; empty where nothing.
        leak: `second_orders` or `slipping`.
        rise: by how much its prior lets the share of buyers rise; assumed, not measured.
        within_days: days within which a purchase counts.
        cost: expected cost of one action: message and benefit as it is used.
        starts: days after the last purchase; None: when the purchase is due.
    """

    play: str
    name: Sentence
    offer: Sentence
    leak: str
    rise: float
    within_days: int
    cost: float
    starts: int | None = None


@dataclass(frozen=True, slots=True)
class Eligible:
    """Whom a remedy addresses.

    Attributes:
        now: customers eligible today.
        a_day: who become so on a usual day.
        base: share of them that buys within the remedy's days if left alone.
        worth: what one who buys because of the remedy is worth, those who would have come later
            anyway counted as nothing.
    """

    now: int
    a_day: float
    base: float
    worth: float


@dataclass(frozen=True, slots=True)
class Trial:
    """The smallest test of a remedy.

    Attributes:
        remedy: what is tried.
        base: share that buys anyway.
        treated, left_alone: customers of each arm; None where no size could tell.
        days: until it tells; None where so many never come together in time.
        within_reach: what the remedy would bring in a year if its assumed rise were true.
        breaks_even: the rise from which on it pays.
        visible: the smallest rise that a trial of eight weeks shows; None where none.
    """

    remedy: Remedy
    base: float
    treated: int | None
    left_alone: int | None
    days: int | None
    within_reach: float
    breaks_even: float | None
    visible: float | None

    @property
    def in_time(self) -> bool:
        """Whether it tells within `PATIENCE` days."""
        return self.days is not None and self.days <= PATIENCE


def smallest_trial(remedy: Remedy, eligible: Eligible) -> Trial:
    """The test of the remedy on those whom it addresses.

    >>> remedy = Remedy("p", Sentence("a", "b"), Sentence("", ""), "slipping", 0.1, 30, 1.0)
    >>> trial = smallest_trial(remedy, Eligible(now=100, a_day=4.0, base=0.3, worth=50.0))
    >>> trial.left_alone, trial.days, trial.within_reach
    (356, 183, 5840.0)
    """
    rise = min(remedy.rise, 1.0 - eligible.base)
    size = left_alone_needed(eligible.base, eligible.base + rise) if rise > 0 else None
    days = None
    if size is not None:
        missing = max(2 * size - eligible.now, 0)
        if not missing:
            days = remedy.within_days
        elif eligible.a_day > 0:
            days = ceil(missing / eligible.a_day) + remedy.within_days
    trial = eligible.now + max(TRIAL - remedy.within_days, 0) * eligible.a_day
    return Trial(
        remedy=remedy,
        base=eligible.base,
        treated=size,
        left_alone=size,
        days=days,
        within_reach=365 * eligible.a_day * (rise * eligible.worth - remedy.cost),
        breaks_even=remedy.cost / eligible.worth if eligible.worth > 0 else None,
        visible=smallest_rise(eligible.base, trial / 2) if trial >= 2 else None,
    )


def best(trials: list[Trial]) -> Trial | None:
    """The one to begin with: of those that tell in time and pay, the one with the most in reach."""
    paying = [trial for trial in trials if trial.within_reach > 0]
    in_time = [trial for trial in paying if trial.in_time]
    return max(
        in_time or paying, key=lambda trial: (trial.within_reach, trial.remedy.play), default=None
    )
