"""The picture `pool`: its tables from layers, spells, chain and phase."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.months import last_whole_month
from regulars.insight.outlook.newcomers import newcomers_daily
from regulars.insight.picture import Picture, View
from regulars.insight.pool import chain
from regulars.insight.pool.activity import activity, phase_table
from regulars.insight.pool.layers import layer_tables
from regulars.insight.pool.spells import GONE, STAGES, Flows, flows, spells
from regulars.insight.pool.words import says
from regulars.kernel.clock import day_number, from_day_number
from regulars.kernel.money import PLACES
from regulars.kernel.promotion import promotion_days

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.insight.outlook.forecast import Series

MOST_MONTHS = 12
_SPARE = 31 * (MOST_MONTHS + 1)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The forecast with its interval, and what earlier ones were worth.

    Attributes:
        path: the forecast.
        low, high: by level of `chain.LEVELS`, shape (levels, ahead, groups).
        coverage: of earlier forecasts, by months ahead.
    """

    path: chain.Path
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    coverage: list[chain.Coverage]


def draw(view: View, months: int = 6) -> Picture:
    """The pool of customers and so many months ahead.

    Raises:
        CannotTell: no known customer has bought.
        UnknownValue: months are fewer than 1 or more than 12.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise UnknownValue(
            f"{months} months ahead cannot be told",
            todo=f"write a number from 1 to {MOST_MONTHS}",
        )
    known = flows(view.run(spells(view.relation("stage_history"), view.as_of)), view.as_of)
    last = _first_day(last_whole_month(view.as_of) + 1) - 1
    daily = newcomers_daily(view, from_day_number(last), _SPARE)
    if known is None or daily is None:
        raise CannotTell(
            "the pool cannot be told: no month has ended since the first known customer bought",
            todo="import orders that name their customers, with a whole calendar month in them",
        )
    newcomers, begin = daily
    worth = _worth(view)
    tiers, layers = layer_tables(view)
    starts = [
        max(_first_day(month) - begin, 0)
        for month in range(_month_of(begin), last_whole_month(view.as_of) + 1)
    ]
    found = activity(view, newcomers, starts)
    phase = phase_table(found)
    ahead, why = None, ""
    try:
        ahead = look_ahead(known, months, _expected(newcomers, begin, known))
    except CannotTell as error:
        why = error.message
    tables = {
        "layers": layers,
        "tiers": tiers,
        "months": _months(known, worth),
        "forecast": _forecast(known, ahead, worth),
        "phase": phase,
        "coverage": _coverage(ahead),
    }
    facts = _facts(known, ahead)
    end = _day(int(known.months[-1]) + months), _day(int(known.months[-1]) + months + 1)
    feasts = promotion_days(view.settings.calendar.promotions, end[0], end[1] - timedelta(days=1))
    fallen = [feasts.names[code] for code in sorted(set(feasts.code.tolist())) if code >= 0]
    if fallen:
        pull = _pull(view)
        fallen = [name for name in fallen if pull.get(name, 1.0) > 1]
    shop, years = view.settings.shop, view.settings.lifetime.value_days
    said = says(tables, facts, why, shop.currency, fallen, years)
    return Picture("pool", view.as_of, tables, tuple(said), facts)


def backtest(view: View, months: int = 6) -> list[chain.Coverage]:
    """How often the intervals held what came, by months ahead, at earlier month ends of the shop.

    Raises:
        CannotTell: too few months have ended.
    """
    known = flows(view.run(spells(view.relation("stage_history"), view.as_of)), view.as_of)
    last = _first_day(last_whole_month(view.as_of) + 1) - 1
    daily = newcomers_daily(view, from_day_number(last), _SPARE)
    if known is None or daily is None:
        raise CannotTell("no month has ended since the first known customer bought")
    return look_ahead(known, months, _expected(*daily, known)).coverage


def look_ahead(known: Flows, months: int, newcomers: chain.Newcomers) -> Ahead:
    """The forecast from the last month end, with its interval.

    Raises:
        CannotTell: too few months have ended.
    """
    chain.check(known)
    errors = chain.newcomer_errors(known, months, newcomers)
    made = chain.path(known, months, newcomers, errors)
    judged = chain.judge(known, months, newcomers)
    reach = replace(
        chain.width(judged, months, len(known.months) - 1, len(known.months)),
        most=chain.most(known, made.newcomers, errors),
    )
    ends = [reach.interval(made.mean, made.spread, at) for at in range(len(chain.LEVELS))]
    return Ahead(
        made,
        np.array([low for low, _ in ends]),
        np.array([high for _, high in ends]),
        chain.backtest(judged, months),
    )


def needed(known: Flows, path: chain.Path) -> float | None:
    """Newcomers a month that hold the pool at its present size to the end of the forecast.

    The pool is linear in newcomers: what stays of the present one + factor x what stays of those
    expected. None where nobody new is expected or all are gone by then.
    """
    now = float(known.by_stage()[-1] @ np.array([stage not in GONE for stage in STAGES]))
    of_new = float(path.mean[-1, -1] - path.stayed[-1])
    if of_new <= 0:
        return None
    return max((now - float(path.stayed[-1])) / of_new, 0.0) * float(path.newcomers.mean())


def _expected(newcomers: Series, begin: int, known: Flows) -> chain.Newcomers:
    """The expectation of newcomers by month, from what was known at a month end."""
    first = int(known.months[0])

    @cache
    def month(place: int, ahead: int) -> float:
        end = _first_day(first + place + 1) - begin
        start, stop = (_first_day(first + place + 1 + ahead + more) - begin for more in (0, 1))
        return max(newcomers.until(end).point(stop - start, start - end), 0.0)

    return lambda place, ahead: np.array([month(place, one) for one in range(ahead)])


def _pull(view: View) -> dict[str, float]:
    """How much faster than usual the shop's own purchases come at each promotion."""
    pace = view.relation("shop_pace")
    rows = view.run(pace.filter(pace.kind == "promotion").select("name", "factor")).to_pylist()
    return {row["name"]: row["factor"] for row in rows}


def _worth(view: View) -> dict[str, Decimal]:
    """Today's mean expected profit of a customer, by stage, where it is known."""
    people = view.relation("people")
    valued = people.filter(people.lifetime_value.notnull())
    rows = view.run(
        valued.group_by("stage").agg(
            customers=valued.count(), profit=valued.lifetime_value.sum().cast("decimal(38, 4)")
        )
    ).to_pylist()
    return {row["stage"]: row["profit"] / row["customers"] for row in rows}


def _profit(worth: dict[str, Decimal], customers: Any) -> dict[str, Decimal | None]:
    """Expected profit by group; None where what a customer of a stage is worth is not known."""
    told: dict[str, Decimal | None] = {}
    pool = Decimal(0)
    whole = True
    for stage, number in zip(STAGES, customers, strict=False):
        each = worth.get(stage)
        if each is None and number:
            told[stage] = None
            whole = whole and stage in GONE
            continue
        told[stage] = (Decimal(str(float(number))) * (each or Decimal(0))).quantize(PLACES)
        if stage not in GONE:
            pool += told[stage] or Decimal(0)
    told["pool"] = pool if whole and worth else None
    return told


def _months(known: Flows, worth: dict[str, Decimal]) -> pa.Table:
    import pyarrow as pa

    stock = known.by_stage()
    count = len(STAGES)
    ages = known.moves.shape[1] // count
    moves = known.moves.reshape(-1, count, ages, count, ages).sum(axis=(2, 4))
    inside = np.array([stage not in GONE for stage in STAGES])
    rows = []
    for place, month in enumerate(known.months.tolist()):
        profit = _profit(worth, stock[place])
        for at, group in enumerate(chain.GROUPS):
            own = inside if group == "pool" else np.arange(count) == at
            entered = left = None
            if place:
                step = moves[place - 1]
                entered = int(step[~own][:, own].sum() + known.newcomers[place][own].sum())
                left = int(step[own][:, ~own].sum())
            rows.append(
                {
                    "month": _day(month),
                    "stage": group,
                    "customers": int(stock[place][own].sum()),
                    "entered": entered,
                    "left": left,
                    "expected_profit": profit[group],
                }
            )
    kinds = {"month": pa.date32(), "stage": pa.string(), "expected_profit": pa.decimal128(18, 4)}
    return pa.Table.from_pylist(
        rows, pa.schema([(name, kinds.get(name, pa.int64())) for name in rows[0]])
    )


def _forecast(known: Flows, ahead: Ahead | None, worth: dict[str, Decimal]) -> pa.Table:
    import pyarrow as pa

    rows = [] if ahead is None else _forecast_rows(int(known.months[-1]), ahead, worth)
    reals = ("customers", "low_80", "high_80", "low_95", "high_95")
    return pa.Table.from_pylist(
        rows,
        pa.schema(
            [
                ("month", pa.date32()),
                ("months_ahead", pa.int64()),
                ("stage", pa.string()),
                *((name, pa.float64()) for name in reals),
                ("expected_profit", pa.decimal128(18, 4)),
            ]
        ),
    )


def _forecast_rows(last: int, ahead: Ahead, worth: dict[str, Decimal]) -> list[dict[str, Any]]:
    rows = []
    for month, means in enumerate(ahead.path.mean):
        profit = _profit(worth, means)
        for at, group in enumerate(chain.GROUPS):
            ends = {
                f"{side}_{round(level * 100)}": float(values[place, month, at])
                for place, level in enumerate(chain.LEVELS)
                for side, values in (("low", ahead.low), ("high", ahead.high))
            }
            rows.append(
                {
                    "month": _day(last + month + 1),
                    "months_ahead": month + 1,
                    "stage": group,
                    "customers": float(means[at]),
                    **ends,
                    "expected_profit": profit[group],
                }
            )
    return rows


def _coverage(ahead: Ahead | None) -> pa.Table:
    import pyarrow as pa

    rows = [
        {
            "months_ahead": one.month,
            "forecasts": one.tried,
            "within_80": one.within[0],
            "within_95": one.within[1],
            "pool_error": one.error,
        }
        for one in (ahead.coverage if ahead is not None else [])
    ]
    kinds = {"months_ahead": pa.int64(), "forecasts": pa.int64()}
    names = ("months_ahead", "forecasts", "within_80", "within_95", "pool_error")
    return pa.Table.from_pylist(
        rows, pa.schema([(name, kinds.get(name, pa.float64())) for name in names])
    )


def _facts(known: Flows, ahead: Ahead | None) -> dict[str, Any]:
    if ahead is None:
        return {}
    return {
        "newcomers_expected": [float(number) for number in ahead.path.newcomers],
        "newcomers_needed": needed(known, ahead.path),
        "newcomers_last": [int(number) for number in known.newcomers[-6:].sum(axis=1)],
    }


def _first_day(month: int) -> int:
    return day_number(_day(month))


def _day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _month_of(number: int) -> int:
    day = from_day_number(number)
    return day.year * 12 + day.month - 1
