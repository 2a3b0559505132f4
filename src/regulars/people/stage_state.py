"""What the fold over stages takes and gives: codes, purchases, the present, the way there.

Codes in arrays are positions in `DEPTHS`, `people.warmth.WARMTHS` and `STAGES`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regulars.kernel.stage_names import Depth, Stage
from regulars.lifetime.cycle import CycleFit
from regulars.lifetime.gaps import Floats, Ints
from regulars.lifetime.season import Pace
from regulars.lifetime.shop_clock import ShopClock
from regulars.lifetime.stretch import Stretch
from regulars.people.warmth import Codes

DEPTHS: tuple[Depth, ...] = tuple(Depth)
STAGES: tuple[Stage, ...] = tuple(Stage)
"""Codes in arrays are positions in `DEPTHS`, `WARMTHS` and `STAGES`."""

SOON = (30, 90)
"""Days ahead for which people are told the chance of a purchase."""

NO_CODE = -1
"""Stands for "none" in arrays of codes."""


@dataclass(frozen=True, slots=True)
class Purchases:
    """Orders that were paid and not wholly taken back, in any order.

    Attributes:
        customer: index of the customer, 0 <= index < customers.
        day: day number in the shop's calendar.
        net: paid less refunded.
        category: code of the main category, negative where unknown.
        customers: number of customers, those without a purchase included.
        pieces: how many were bought, NaN where unknown; None where nobody counts.
    """

    customer: Ints
    day: Ints
    net: Floats
    category: Ints
    customers: int
    pieces: Floats | None = None


@dataclass(frozen=True, slots=True)
class MonthFit:
    """What was judged at a month end.

    Attributes:
        day: the month end.
        fit: the cycle that applies from it on; None where no month end so far could tell.
        cannot_tell: why this month end gave none of its own (then `fit` is an earlier one's).
        pace: of season and promotions.
        stretch: of gaps by quantity.
        clock: by which gaps are measured from it on.
    """

    day: int
    fit: CycleFit | None
    cannot_tell: str
    pace: Pace
    stretch: Stretch
    clock: ShopClock


@dataclass(frozen=True, slots=True)
class StageHistory:
    """Every change of depth, warmth or stage, sorted by (customer, day).

    The codes hold from the day on until the customer's next change. A customer without a purchase
    has no change: it is not_observable throughout.
    """

    customer: Ints
    day: Ints
    depth: Codes
    warmth: Codes
    stage: Codes


@dataclass(frozen=True, slots=True)
class StageNow:
    """Every customer at the end of the as-of day; shape (customers,) unless said otherwise.

    Attributes:
        depth: code into `DEPTHS`.
        warmth: code into `WARMTHS`.
        stage: code into `STAGES`.
        previous_stage: the stage before this one, `NO_CODE` where there was none.
        stage_since: first day of the present stage, `NO_DAY` without a purchase.
        cycle_source: code into `lifetime.cycle.SOURCES`, `NO_CODE` without a purchase.
        cycle_days: P50, P80, P95 in use, NaN without a purchase, shape (customers, 3).
        is_fallback: which of them come from the settings, shape (customers, 3).
        due_day: the day on which the purchase is expected, the latest one plus P50 rounded down;
            warmth turns due on the day after. `NO_DAY` without a purchase.
        at_risk_day: the same with P80: at risk from the day after.
        dormant_day: the same with P95: dormant from the day after.
        chance_of_return: of a purchase within the horizon; NaN where the data cannot tell.
        chance_soon: of a purchase within each of `SOON` days of the calendar, the season to come
            included; NaN likewise, shape (customers, 2).
    """

    depth: Codes
    warmth: Codes
    stage: Codes
    previous_stage: Codes
    stage_since: Ints
    cycle_source: Codes
    cycle_days: Floats
    is_fallback: NDArray[np.bool_]
    due_day: Ints
    at_risk_day: Ints
    dormant_day: Ints
    chance_of_return: Floats
    chance_soon: Floats


@dataclass(frozen=True, slots=True)
class StageFold:
    """The outcome: the present, the way there, and what was judged at each month end."""

    now: StageNow
    history: StageHistory
    months: tuple[MonthFit, ...]
