"""Where the difference between a goal and its forecast lies: in which driver.

A metric is a sum over groups (new buyers, returning buyers, guests) of products of drivers:

    sales = sum of buyers x orders per buyer x value of an order        (guests: orders x value)
    profit = sales x margin      orders = buyers x orders per buyer      buyers = new + returning

The plan is the last span of the same kind with its buyers scaled until the sum is the target,
unless the goal says by what it is to be reached. The difference of each group's product is parted
among its drivers by LMDI (`insight.drivers.decomposition`), exactly. It says where the gap lies,
not why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from scipy.optimize import brentq

from regulars.insight.drivers.decomposition import decompose
from regulars.insight.drivers.totals import GROUPS, GUESTS, NEW, RETURNING
from regulars.insight.goals.sums import Done, Sums
from regulars.settings import GoalSettings

HEADS = {NEW: "new_buyers", RETURNING: "returning_buyers", GUESTS: "guest_orders"}
FREQUENCY, VALUE, MARGIN = "frequency", "average_order_value", "margin"
NOTES, PLAN, OTHER = "credit_notes", "plan", "other"
_NEXT = {
    "sales": (FREQUENCY, VALUE),
    "profit": (FREQUENCY, VALUE, MARGIN),
    "orders": (FREQUENCY,),
    "buyers": (),
    "new_buyers": (),
}
HALF = 0.5
"""How much less an earlier span counts than the one after it."""
Factors = dict[str, float]
"""Drivers of one group, by name, in their order."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One driver.

    Attributes:
        driver: its name.
        planned, expected: its value over all groups; None where it has none.
        effect: its part of the gap, in the metric's unit.
    """

    driver: str
    planned: float | None
    expected: float | None
    effect: float


def at_end(done: Sequence[Done], ends: Mapping[str, float]) -> dict[str, Sums]:
    """What each group will have done, so that the groups add up to the forecasts.

    What is still to come is parted among the groups as it was in earlier spans, the latest counting
    twice as much as the one before it; new buyers have their own forecast.

    Args:
        done: the goal's own span, then earlier ones.
        ends: forecasts of `buyers`, `new_buyers`, `orders`, `sales`, `profit` (credit notes not
            taken off); what is left out stays as it is.
    """
    now = done[0].whole
    later = {kind: Sums() for kind in GROUPS}
    for age, past in enumerate(done[1:]):
        for kind in GROUPS:
            step = past.whole[kind] - past.early[kind]
            later[kind] = later[kind] + step.times(HALF**age)
    told: dict[str, dict[str, float]] = {kind: {} for kind in GROUPS}
    for name in ("buyers", "repeat", "orders", "sales", "profit"):
        have = {kind: getattr(now[kind], name) for kind in GROUPS}
        rest = ends.get(name, sum(have.values())) - sum(have.values())
        weights = _weights({kind: getattr(later[kind], name) for kind in GROUPS}, have)
        for kind in GROUPS:
            told[kind][name] = have[kind] + rest * weights[kind]
        if name == "buyers" and "new_buyers" in ends:
            both = told[NEW][name] + told[RETURNING][name]
            new = min(max(ends["new_buyers"], have[NEW]), both - have[RETURNING])
            told[NEW][name], told[RETURNING][name] = new, both - new
    return {kind: Sums(**told[kind]) for kind in GROUPS}


def _weights(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    for found in (first, second):
        positive = {kind: max(value, 0.0) for kind, value in found.items()}
        whole = sum(positive.values())
        if whole > 0:
            return {kind: value / whole for kind, value in positive.items()}
    return {kind: float(kind == NEW) for kind in GROUPS}


def factors(metric: str, groups: Mapping[str, Sums]) -> dict[str, Factors]:
    """The drivers of the metric by group; groups that do not count for it are left out."""
    found: dict[str, Factors] = {}
    for kind in GROUPS:
        one = groups[kind]
        if kind == GUESTS:
            if metric in ("buyers", "new_buyers"):
                continue
            own: Factors = {HEADS[kind]: one.orders}
        elif metric == "new_buyers" and kind != NEW:
            continue
        else:
            own = {HEADS[kind]: one.buyers}
            if FREQUENCY in _NEXT[metric]:
                own[FREQUENCY] = one.orders / one.buyers if one.buyers else 0.0
        if VALUE in _NEXT[metric]:
            own[VALUE] = one.sales / one.orders if one.orders else 0.0
        if MARGIN in _NEXT[metric]:
            own[MARGIN] = one.profit / one.sales if one.sales else 0.0
        found[kind] = own
    return found


def planned(goal: GoalSettings, last: Mapping[str, Factors], gross: float) -> dict[str, Factors]:
    """The drivers by which the goal is reached.

    Args:
        goal: its metric and what it says of drivers.
        last: of the last span of the same kind.
        gross: what the groups are to add up to.
    """
    plan = {kind: dict(own) for kind, own in last.items()}
    drivers = goal.drivers
    for name, wanted in (
        (FREQUENCY, drivers.frequency),
        (VALUE, drivers.average_order_value),
        (MARGIN, drivers.margin),
    ):
        overall = mean_of(plan, name)
        if wanted is not None and overall:
            for own in plan.values():
                if name in own:
                    own[name] *= wanted / overall
    fixed = {NEW: drivers.new_buyers, RETURNING: drivers.returning_buyers}
    for kind, number in fixed.items():
        if number is not None and kind in plan:
            plan[kind][HEADS[kind]] = number
    given = {kind for kind, number in fixed.items() if number is not None}
    free = [kind for kind in plan if kind not in given]
    if not {NEW, RETURNING} & set(free):
        return plan
    held = sum(product(own) for kind, own in plan.items() if kind in given)
    rest = sum(product(plan[kind]) for kind in free)
    times = max((gross - held) / rest, 0.0) if rest > 0 else 1.0
    for kind in free:
        plan[kind][HEADS[kind]] *= times
    return plan


def causes(
    plan: Mapping[str, Factors],
    end: Mapping[str, Factors],
    target: float,
    planned_notes: float,
    notes: float,
) -> list[Cause]:
    """The drivers with their parts of the gap, which they add up to.

    Args:
        plan: drivers by group by which the goal is reached.
        end: those expected.
        target: of the goal.
        planned_notes: what credit notes are planned to take off.
        notes: what they will.
    """
    effects: dict[str, float] = {}
    for kind, own in plan.items():
        parts = decompose(list(own.values()), list(end[kind].values()))
        for name, part in zip(own, parts, strict=True):
            effects[name] = effects.get(name, 0.0) + part
    told = [
        Cause(name, mean_of(plan, name), mean_of(end, name), effect)
        for name, effect in effects.items()
        if effect or mean_of(plan, name) or mean_of(end, name)
    ]
    if notes or planned_notes:
        told.append(Cause(NOTES, planned_notes, notes, planned_notes - notes))
    reached = sum(product(own) for own in plan.values()) - planned_notes
    if abs(reached - target) > 1e-6 * max(abs(target), 1.0):
        # The operator fixed so much that the drivers do not multiply to the target.
        told.append(Cause(PLAN, target, reached, reached - target))
    return told


def product(own: Factors) -> float:
    """What a group's drivers multiply to."""
    result = 1.0
    for value in own.values():
        result *= value
    return result


def mean_of(groups: Mapping[str, Factors], name: str) -> float | None:
    """A driver over all groups: heads as they are, rates as the ratio of sums."""
    if name in HEADS.values():
        return sum(own[name] for own in groups.values() if name in own)
    above = below = 0.0
    for own in groups.values():
        if name not in own:
            continue
        part = 1.0
        for driver, value in own.items():
            if driver == name:
                below += part
                part *= value
                above += part
                break
            part *= value
    return above / below if below else None


MIX = "mix"
_EDGE = 1e-6
"""How near to 0 and 1 a share is taken to be that is one of them."""
_FAR = 60.0
_RATIOS = {
    "average_order_value": ("sales", "orders", "value"),
    "repeat_rate": ("repeat", "buyers", "repeat"),
}


def ratio_causes(
    metric: str, last: Mapping[str, Sums], end: Mapping[str, Sums], target: float, notes: float
) -> list[Cause]:
    """The causes of a gap in a ratio: who made it up, and each group's own ratio.

    The plan is the last span's make-up, with every group's ratio scaled until the whole is the
    target; shares are scaled on the logit, where none can pass 1.

    Args:
        metric: average_order_value or repeat_rate.
        last: of the last span of the same kind, by group.
        end: expected at the end, by group.
        target: of the goal.
        notes: what credit notes take off per order, planned and expected alike.
    """
    above, below, word = _RATIOS[metric]

    def rows(groups: Mapping[str, Sums]) -> dict[str, list[float]]:
        whole = sum(getattr(one, below) for one in groups.values())
        found = {}
        for kind, one in groups.items():
            part = getattr(one, below)
            found[kind] = [
                part / whole if whole else 0.0,
                getattr(one, above) / part if part else 0.0,
            ]
        return found

    plan, after = rows(last), rows(end)
    reached = sum(share * rate for share, rate in plan.values())
    if not reached:
        return []
    if metric == "repeat_rate":
        wish = _shifted(plan, target)
    else:
        wish = {kind: rate * (target + notes) / reached for kind, (_, rate) in plan.items()}
    told: dict[str, Cause] = {}
    mixed = 0.0
    for kind, (share, _) in plan.items():
        wanted = wish[kind]
        moved, own = decompose([share, wanted], after[kind])
        mixed += moved
        if share or after[kind][0]:
            told[kind] = Cause(f"{word}_of_{kind}", wanted, after[kind][1], own)
    return [Cause(MIX, None, None, mixed), *told.values()]


def _shifted(plan: Mapping[str, Sequence[float]], target: float) -> dict[str, float]:
    """Every group's share, moved by as much on the logit until the whole is the target."""
    inside = {kind: min(max(rate, _EDGE), 1 - _EDGE) for kind, (_, rate) in plan.items()}
    logits = {kind: log(rate / (1 - rate)) for kind, rate in inside.items()}

    def moved(by: float) -> dict[str, float]:
        return {kind: 1 / (1 + exp(-value - by)) for kind, value in logits.items()}

    def over(by: float) -> float:
        rates = moved(by)
        return sum(share * rates[kind] for kind, (share, _) in plan.items()) - target

    return moved(float(brentq(over, -_FAR, _FAR, xtol=1e-12)))
