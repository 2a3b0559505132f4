"""Depth, warmth and stage of every customer, as a pure fold over its purchases.

A day's state is that at its end. Parameters (the shop's cycle, who is core) are judged at month
ends on what was known then, and apply from that day until the day before the next month end; a
customer's own gaps count from the purchase that closes them. So a history cut at a day equals the
history made on that day, and nothing looks into the future.

Between purchases and month ends a customer changes on days that its bounds tell in advance.
Hence the fold walks over months, not days, and within a month over changes only.

- depth: not_observable before the first purchase, then first_order, second_order, growing by
  number of orders, or core by its rule (`core`). It never falls but for core, at a month end.
- warmth: see `warmth`.
- stage: the first of lost, dormant, won_back, at_risk that applies, else the depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from regulars.errors import CannotTell
from regulars.kernel.clock import day_number, from_day_number, month_ends
from regulars.kernel.promotion import Promotion, PromotionDays, promotion_days
from regulars.kernel.stage_names import Depth, Stage, Warmth
from regulars.lifetime.cycle import CycleFit, chance_of_return
from regulars.lifetime.cycle_fit import RankedGaps, fit_cycle
from regulars.lifetime.gaps import FAR, NO_DAY, Bools, Floats, GapHistory, Ints, gap_history
from regulars.lifetime.season import shop_clocks
from regulars.lifetime.shop_clock import ShopClock
from regulars.lifetime.stretch import NO_STRETCH, Stretch, stretch_of
from regulars.people.core import core_customers
from regulars.people.stage_state import (
    DEPTHS,
    NO_CODE,
    SOON,
    STAGES,
    MonthFit,
    Purchases,
    StageFold,
    StageHistory,
    StageNow,
)
from regulars.people.warmth import (
    WARMTHS,
    Codes,
    Cycles,
    chances,
    cycles_of,
    lost_from,
    warmth_codes,
)
from regulars.settings import CoreSettings, CycleSettings

_STRETCH_EVERY = 3
"""How far quantities stretch gaps is judged at every third month end: it changes slowly."""
_AHEAD = 1200
"""Days ahead of the last month end for which promotions are looked up."""

_Value = TypeVar("_Value", bound=np.generic)
_FIRST, _CORE = DEPTHS.index(Depth.FIRST_ORDER), DEPTHS.index(Depth.CORE)
_DORMANT, _LOST = WARMTHS.index(Warmth.DORMANT), WARMTHS.index(Warmth.LOST)
_STAGE_OF_WARMTH = np.array(
    [
        STAGES.index(Stage(warmth))
        if warmth in (Warmth.LOST, Warmth.DORMANT, Warmth.WON_BACK, Warmth.AT_RISK)
        else NO_CODE
        for warmth in WARMTHS
    ],
    dtype=np.int8,
)
_STAGE_OF_DEPTH = np.array([STAGES.index(Stage(depth)) for depth in DEPTHS], dtype=np.int8)


def fold_stages(
    purchases: Purchases,
    as_of: int,
    cycle: CycleSettings,
    core: CoreSettings,
    promotions: Sequence[Promotion] = (),
) -> StageFold:
    """The state of every customer as of a day, with its history.

    Args:
        purchases: later ones than `as_of` are not looked at.
        as_of: day number; the state is that at its end.
        cycle: bounds of warmth, and the fallback days.
        core: the rule for core customers.
        promotions: the shop's calendar, which distorts gaps.

    >>> one = Purchases(*(np.array(x) for x in ([0, 0], [0, 200], [9.0, 9.0], [-1, -1])), 1)
    >>> fold = fold_stages(one, 300, CycleSettings(), CoreSettings())
    >>> history = fold.history
    >>> for day, stage in zip(history.day.tolist(), history.stage.tolist(), strict=True):
    ...     print(day, STAGES[stage])
    0 first_order
    61 first_order
    91 at_risk
    181 dormant
    200 won_back
    291 at_risk
    """
    known = _known(purchases, as_of)
    state = _Fold.begin(known, purchases.customers, as_of)
    months: list[MonthFit] = []
    parts: list[tuple[Ints, Ints, Ints]] = []
    fit: CycleFit | None = None
    stretches = _months(known, as_of)
    judged = [start.day for start, _ in stretches if start.judged]
    calendar = _calendar(promotions, judged)
    clocks = list(shop_clocks(state.history, judged, calendar))
    if clocks:
        # They agree on all days that are settled, so the last one measures every closed gap.
        state.measure(clocks[-1][1], NO_STRETCH)
    stretch = NO_STRETCH
    for start, end in stretches:
        is_core = np.zeros(purchases.customers, dtype=np.bool_)
        if start.judged:
            pace, clock = clocks[len(months)]
            if len(months) % _STRETCH_EVERY == 0:
                stretch = stretch_of(state.plain, start.day)
            state.measure(clock, stretch)
            reason = ""
            try:
                fit = fit_cycle(state.ranked, start.day, start=fit)
            except CannotTell as error:
                reason = error.message
            months.append(MonthFit(start.day, fit, reason, pace, stretch, clock))
            is_core = core_customers(
                known.customer, known.day, known.net, known.customers, start.day, core
            )
        parts.append(state.month(start.day, end, fit, is_core, cycle))
    history = _in_order(parts)
    return StageFold(_now(state, history, fit, cycle), history, tuple(months))


def _calendar(promotions: Sequence[Promotion], judged: Sequence[int]) -> PromotionDays:
    if not judged or not promotions:
        return PromotionDays(0, (), np.zeros(0, np.int64))
    first, last = from_day_number(judged[0]), from_day_number(judged[-1] + _AHEAD)
    return promotion_days(promotions, first, last)


def _known(purchases: Purchases, as_of: int) -> Purchases:
    """The purchases until the day, sorted by (customer, day); a day's own stay in their order."""
    seen = np.flatnonzero(purchases.day <= as_of)
    order = seen[np.lexsort((purchases.day[seen], purchases.customer[seen]))]
    return Purchases(
        purchases.customer[order].astype(np.int64),
        purchases.day[order].astype(np.int64),
        purchases.net[order].astype(np.float64),
        purchases.category[order].astype(np.int64),
        purchases.customers,
        None if purchases.pieces is None else purchases.pieces[order],
    )


@dataclass(frozen=True, slots=True)
class _Start:
    day: int
    judged: bool


def _months(known: Purchases, as_of: int) -> list[tuple[_Start, int]]:
    """Stretches over which parameters stay, each with its last day.

    The last stretch ends by the calendar too, beyond `as_of`: only what it emits is cut.
    """
    if not len(known.day):
        return []
    first = int(known.day.min())
    ends = [
        day_number(end) for end in month_ends(from_day_number(first), from_day_number(as_of + 40))
    ]
    starts = [_Start(end, judged=True) for end in ends if end <= as_of]
    if not starts or starts[0].day > first:
        starts.insert(0, _Start(first, judged=False))
    after = next(end for end in ends if end > as_of)
    lasts = [*(start.day - 1 for start in starts[1:]), after - 1]
    return list(zip(starts, lasts, strict=True))


@dataclass(slots=True)
class _Fold:
    """What is carried from month to month."""

    plain: GapHistory
    """Measured by the shop's clock, not stretched."""
    history: GapHistory
    ranked: RankedGaps
    """The same rows, as they are fitted."""
    stretch: Stretch
    kind: Ints
    """Rows of one kind have one cycle and one day of becoming lost."""
    sample: Ints
    """A row of each kind."""
    orders: Ints
    won_back: Bools
    state: Ints
    as_of: int
    measured: bool = False

    @classmethod
    def begin(cls, known: Purchases, customers: int, as_of: int) -> _Fold:
        history = gap_history(known.customer, known.day, known.category, known.pieces)
        count = np.arange(1, len(known.day) + 1)
        same = known.customer[1:] == known.customer[:-1]
        last_of_day = np.append(~(same & (known.day[1:] == known.day[:-1])), True)[: len(count)]
        first = np.append(True, ~same)[: len(count)]
        before = np.maximum.accumulate(np.where(first, count - 1, 0))
        kind, sample = _kinds(history)
        return cls(
            history,
            history,
            RankedGaps.of(history),
            NO_STRETCH,
            kind,
            sample,
            np.asarray((count - before)[last_of_day], dtype=np.int64),
            np.zeros(len(history.day), dtype=np.bool_),
            np.full(customers, NO_CODE, dtype=np.int64),
            as_of,
        )

    def measure(self, clock: ShopClock, stretch: Stretch) -> None:
        """Measure from now on by this clock, which agrees with the former on closed gaps."""
        if not self.measured or stretch != self.stretch:
            first = self.plain.measured_by(clock) if not self.measured else self.plain
            self.plain = first
            self.history = first
            if stretch.theta:
                self.history = first.measured_by(clock, stretch.theta, stretch.usual)
            self.ranked = RankedGaps.of(self.history)
            self.measured, self.stretch = True, stretch
        self.plain = replace(self.plain, clock=clock)
        self.history = replace(self.history, clock=clock)
        self.ranked = self.ranked.by(clock)

    def month(
        self,
        start: int,
        end: int,
        fit: CycleFit | None,
        is_core: Bools,
        settings: CycleSettings,
    ) -> tuple[Ints, Ints, Ints]:
        """The changes from `start` to `end`, cut at as_of: customers, days, codes."""
        last = min(end, self.as_of)
        chosen = np.flatnonzero((self.history.day <= last) & (self.history.next_day > start))
        since, after = self.history.day[chosen], self.history.next_day[chosen]
        begin = np.maximum(since, start)
        cease = np.minimum(after, last + 1)
        # Many bought once, on one of few days: each kind of row is judged once.
        present = np.zeros(len(self.sample), dtype=np.bool_)
        present[self.kind[chosen]] = True
        own = (np.cumsum(present) - 1)[self.kind[chosen]]
        few = self.history.rows(self.sample[present])
        cycles = cycles_of(fit, few, settings)
        bounds = cycles.last_days[own]
        # To the calendar's end of the stretch, whatever is known of it: the answer must not
        # depend on where the history is cut.
        lost = lost_from(cycles, np.maximum(few.day, start) - few.day, end - few.day, settings)[own]
        # A purchase that closes the gap within this stretch wins back who was gone the day before.
        ended = np.flatnonzero(after == cease)
        quiet = cease[ended] - 1 - since[ended]
        self.won_back[chosen[ended] + 1] = (quiet > bounds[ended, 2]) | (quiet >= lost[ended])
        won_back = self.won_back[chosen]
        place, day = _moments(
            begin,
            cease,
            [
                since + bounds[:, 0] + 1,
                since + bounds[:, 1] + 1,
                since + bounds[:, 2] + 1,
                since + lost,
                np.where(won_back, since + settings.won_back_days + 1, FAR),
            ],
        )
        warmth = warmth_codes(
            day - since[place],
            bounds[place],
            lost[place],
            won_back[place],
            settings.won_back_days,
        )
        customer = self.history.customer[chosen[place]]
        depth = np.minimum(self.orders[chosen][place], 3) - 1 + _FIRST
        depth = np.where(is_core[customer], _CORE, depth)
        code = np.asarray(depth * len(WARMTHS) + warmth, dtype=np.int64)
        return self._changes(customer, day, code)

    def _changes(self, customer: Ints, day: Ints, code: Ints) -> tuple[Ints, Ints, Ints]:
        if not len(customer):
            return customer, day, code
        first = np.append(True, customer[1:] != customer[:-1])
        before = np.where(first, self.state[customer], np.append(NO_CODE, code[:-1]))
        last = np.append(first[1:], True)
        self.state[customer[last]] = code[last]
        changed = code != before
        return customer[changed], day[changed], code[changed]


def _kinds(history: GapHistory) -> tuple[Ints, Ints]:
    """The kind of each row, and a row of each kind.

    First purchases of one day, category and quantity are alike; every later purchase is a kind of
    its own, since the gaps before it are.
    """
    first = history.rank == 1
    code = history.day[first] * (int(history.category.max(initial=0)) + 2) + history.category[first]
    if history.quantity is not None:
        _, amount = np.unique(history.quantity[first], return_inverse=True)
        code = code * (int(amount.max(initial=0)) + 1) + amount
    _, sample, alike = np.unique(code, return_index=True, return_inverse=True)
    kind = np.empty(len(first), dtype=np.int64)
    kind[first] = alike
    kind[~first] = len(sample) + np.arange(len(first) - int(first.sum()))
    return kind, np.concatenate([np.flatnonzero(first)[sample], np.flatnonzero(~first)])


def _moments(begin: Ints, cease: Ints, bounds: list[Ints]) -> tuple[Ints, Ints]:
    """Rows and days at which something may change: the beginning, and bounds before the end."""
    places, days = [np.arange(len(begin))], [begin]
    for bound in bounds:
        inside = np.flatnonzero((bound > begin) & (bound < cease))
        places.append(inside)
        days.append(bound[inside])
    place, day = np.concatenate(places), np.concatenate(days)
    if not len(place):
        return place, day
    order = np.argsort(place * (int(day.max() - day.min()) + 1) + (day - day.min()), kind="stable")
    return place[order], day[order]


def _in_order(parts: list[tuple[Ints, Ints, Ints]]) -> StageHistory:
    none = np.zeros(0, dtype=np.int64)
    columns = [np.concatenate([none, *column]) for column in zip(*parts, strict=True)] or [none] * 3
    customer, day, code = columns
    # Months come in order and each is sorted by customer and day: a stable sort is enough.
    order = np.argsort(customer, kind="stable")
    depth = (code[order] // len(WARMTHS)).astype(np.int8)
    warmth = (code[order] % len(WARMTHS)).astype(np.int8)
    return StageHistory(customer[order], day[order], depth, warmth, _stage_codes(depth, warmth))


def _stage_codes(depth: Codes, warmth: Codes) -> Codes:
    by_warmth = _STAGE_OF_WARMTH[warmth]
    return np.where(by_warmth == NO_CODE, _STAGE_OF_DEPTH[depth], by_warmth).astype(np.int8)


def _now(
    state: _Fold, history: StageHistory, fit: CycleFit | None, settings: CycleSettings
) -> StageNow:
    customers = len(state.state)
    last = state.history.rows(state.history.last_rows())
    who, cycles = last.customer, cycles_of(fit, last, settings)
    depth = np.full(customers, DEPTHS.index(Depth.NOT_OBSERVABLE), dtype=np.int8)
    warmth = np.full(customers, WARMTHS.index(Warmth.NONE), dtype=np.int8)
    depth[who] = state.state[who] // len(WARMTHS)
    warmth[who] = state.state[who] % len(WARMTHS)
    previous, since = _present_stage(history, customers)
    expected = last.day[:, None] + cycles.last_days
    return StageNow(
        depth,
        warmth,
        _stage_codes(depth, warmth),
        previous,
        since,
        _spread(customers, who, cycles.source, NO_CODE),
        _spread(customers, who, cycles.days, np.nan),
        _spread(customers, who, cycles.is_fallback, False),
        _spread(customers, who, expected[:, 0], NO_DAY),
        _spread(customers, who, expected[:, 1], NO_DAY),
        _spread(customers, who, expected[:, 2], NO_DAY),
        _spread(
            customers,
            who,
            chances(cycles, np.arange(len(who)), state.as_of - last.day, settings),
            np.nan,
        ),
        _spread(customers, who, _soon(cycles, state.as_of), np.nan),
    )


def _soon(cycles: Cycles, as_of: int) -> Floats:
    law, history = cycles.law, cycles.history
    if law is None:
        return np.full((len(history.day), len(SOON)), np.nan)
    silence = history.silence(as_of)
    return np.stack(
        [chance_of_return(law, silence, history.silence(as_of + days) - silence) for days in SOON],
        axis=1,
    )


def _spread(customers: int, who: Ints, values: NDArray[_Value], empty: float) -> NDArray[_Value]:
    whole = np.full((customers, *values.shape[1:]), empty, dtype=values.dtype)
    whole[who] = values
    return whole


def _present_stage(history: StageHistory, customers: int) -> tuple[Codes, Ints]:
    """The stage before the present one, and the first day of the present one."""
    previous = np.full(customers, NO_CODE, dtype=np.int8)
    since = np.full(customers, NO_DAY, dtype=np.int64)
    who, stage = history.customer, history.stage
    if not len(who):
        return previous, since
    same = np.append(False, who[1:] == who[:-1])
    before = np.where(same, np.append(np.int8(NO_CODE), stage[:-1]), np.int8(NO_CODE))
    turn = np.flatnonzero(stage != before)
    latest = turn[np.append(who[turn][1:] != who[turn][:-1], True)]
    previous[who[latest]], since[who[latest]] = before[latest], history.day[latest]
    return previous, since
