"""Effort: what the shop asks of people before they have what they came for.

Searches that find nothing, steps and minutes to the order, visits before the first one, pages that
load slowly, parcels and refunds that are waited for, checkouts and carts that are left, and the
steps at which people leave. Each number stands beside how many it rests on; what no event tells is
not observable, and has no number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.errors import NotUnderstood
from regulars.insight.effort.asked import NO_STAGE, STAGES, rows, steps
from regulars.insight.effort.pages import loads
from regulars.insight.effort.searches import ALL, searches
from regulars.insight.effort.waits import waits
from regulars.insight.effort.words import says
from regulars.insight.entries import entries, most_frequent
from regulars.insight.picture import Picture, View
from regulars.insight.span import Span, span_of
from regulars.insight.statistics.answers import MONEY
from regulars.insight.statistics.wilson import wilson
from regulars.insight.visits import known_of, microseconds
from regulars.kernel.clock import end_of_day
from regulars.timeline import effort as fold_of
from regulars.timeline.calendar import DAY
from regulars.timeline.effort import Effort, counted, summed
from regulars.timeline.fold import fold
from regulars.timeline.spread import quantiles

if TYPE_CHECKING:
    import ibis.expr.types as ir

_LABELS = 60
_GATHERED = "(other)"
_HALF, _MOST = 0.5, 0.75
Row = dict[str, Any]
Counts = dict[tuple[int, int], int]


def draw(
    view: View,
    *,
    from_: str | date | None = None,
    to: str | date | None = None,
    stage: Sequence[str] = (),
    window: int = 7,
    lookback: int = 30,
    top: int = 10,
) -> Picture:
    """The effort of a span.

    Args:
        view: the as-of tables.
        from_: first day.
        to: last day.
        stage: only customers who are at these stages by the view's day.
        window: days after which a cart without an order is left.
        lookback: days before a first order within which visits count.
        top: rows of each list.

    Raises:
        NotUnderstood: no events have come in.
        CannotTell: nothing that customers did in these days is known.
    """
    span = span_of(view, from_, to, stage)
    if not view.engine.has("events"):
        raise NotUnderstood(
            "no visits have come in yet: what people do before they order is not observable",
            todo="send events by `regulars serve`, or import files with `regulars import FILE`",
        )
    whole = span.of_stages(view, entries(view))
    done = steps(view, whole)
    known = known_of(view, span, done)
    within = span.within(whole)
    has_orders = view.engine.has("purchases")
    sums, labels = _folded(view, span, done, whole, window, lookback)
    tables = {
        "way": _way(sums, known=has_orders),
        "searches": searches(view, within, top),
        "pages": loads(view, within, top),
        "waits": waits(view, span, whole),
        "carts": _carts(sums, known=has_orders),
        "checkout": _checkout(sums, known=has_orders),
        "leaves": _leaves(sums, labels, top),
    }
    facts = {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "window_days": window,
        "lookback_days": lookback,
        "entries": known.entries,
        "of_nobody": known.of_nobody,
        "orders_known": has_orders,
    }
    told = {name: table.to_pylist() for name, table in tables.items()}
    said = says(told, facts, view.settings.shop.currency)
    return Picture("effort", view.as_of, tables, tuple(said), facts)


def _folded(
    view: View,
    span: Span,
    done: ir.Table,
    whole: ir.Table,
    window: int,
    lookback: int,
) -> tuple[pa.Table, list[str]]:
    import ibis

    labels = most_frequent(view, span.within(done), "label", _LABELS)
    each = Effort(
        begins=microseconds(span.begins),
        ends=microseconds(span.ends),
        known=microseconds(end_of_day(view.as_of, span.time_zone)),
        since=microseconds(_first_entry(view, done)),
        window=window * DAY,
        lookback=lookback * DAY,
    )
    # A cart that was begun before may take in what comes first.
    back = span.begins - timedelta(days=max(lookback, window) + 1)
    asked = done.filter(
        done["at"] >= ibis.literal(back, "timestamp('UTC')"),
        done["at"] < ibis.literal(span.ends + timedelta(days=1), "timestamp('UTC')"),
    )
    return summed(fold(view.engine, rows(view, asked, whole, labels), each)), labels


def _first_entry(view: View, done: ir.Table) -> Any:
    return view.run(done.agg(first=done["at"].min()))["first"][0].as_py().replace(tzinfo=UTC)


def _way(sums: pa.Table, *, known: bool) -> pa.Table:
    found = []
    orders, unseen = counted(sums, fold_of.ORDERS), counted(sums, fold_of.UNSEEN)
    for key, name in ((fold_of.FIRST, "first"), (fold_of.LATER, "later")):
        whole = orders.get((key, -1), 0)
        if not known or not whole:
            continue
        steps_, seconds = (_of(sums, what, key) for what in (fold_of.STEPS, fold_of.SECONDS))
        visits = _of(sums, fold_of.VISITS, key)
        minutes = [None if one is None else one / 60 for one in _quantiles(seconds)]
        found.append(
            {
                "orders_of": name,
                "orders": whole,
                "unseen": unseen.get((key, -1), 0),
                "timed": sum(steps_.values()),
                **dict(zip(("median_steps", "p75_steps"), _quantiles(steps_), strict=True)),
                **dict(zip(("median_minutes", "p75_minutes"), minutes, strict=True)),
                "visits_known": sum(visits.values()) if key == fold_of.FIRST else None,
                **dict(zip(("median_visits", "p75_visits"), _quantiles(visits), strict=True)),
            }
        )
    return pa.Table.from_pylist(found, schema=_WAY)


def _of(sums: pa.Table, what: int, key: int) -> dict[int, int]:
    return {bin_: count for (own, bin_), count in counted(sums, what).items() if own == key}


def _quantiles(bins: dict[int, int]) -> list[float | None]:
    return quantiles(list(bins), list(bins.values()), (_HALF, _MOST))


def _carts(sums: pa.Table, *, known: bool) -> pa.Table:
    """By stage, all in the first row."""
    whats = (fold_of.CARTS, fold_of.CARTS_LEFT, fold_of.CARTS_VALUED, fold_of.CARTS_VALUE)
    by_stage: dict[int, list[int]] = {}
    for place, what in enumerate(whats):
        for (stage, _), count in counted(sums, what).items():
            by_stage.setdefault(stage, [0] * len(whats))[place] = count
    if not known or not by_stage:
        return _CARTS.empty_table()
    whole = [sum(one[place] for one in by_stage.values()) for place in range(len(whats))]
    groups = [(ALL, whole), *((_stage(stage), by_stage[stage]) for stage in sorted(by_stage))]
    return pa.Table.from_pylist(
        [
            {
                "stage": name,
                "carts": carts,
                "left": left,
                **_share("left", left, carts),
                "valued": valued,
                "value_left": Decimal(value).scaleb(-4) if valued else None,
            }
            for name, (carts, left, valued, value) in groups
        ],
        schema=_CARTS,
    )


def _checkout(sums: pa.Table, *, known: bool) -> pa.Table:
    begun, left = (
        {step: count for (step, _), count in counted(sums, what).items()}
        for what in (fold_of.CHECKOUTS, fold_of.CHECKOUTS_LEFT)
    )
    if not known or not begun:
        return _CHECKOUT.empty_table()
    found = []
    still = sum(begun.values())
    for step in range(max(begun) + 1):
        gone = left.get(step, 0)
        # Whoever orders has gone through all steps, whether or not each was told.
        name = f"step_{step}" if step else "started"
        found.append({"step": name, "reached": still, "left": gone} | _share("left", gone, still))
        still -= gone
    return pa.Table.from_pylist(found, schema=_CHECKOUT)


def _leaves(sums: pa.Table, labels: Sequence[str], top: int) -> pa.Table:
    """Of each stage the last steps of sessions without an order; all stages first."""
    sessions = {stage: count for (stage, _), count in counted(sums, fold_of.SESSIONS).items()}
    by_stage: dict[int, dict[int, int]] = {}
    for (stage, name), count in counted(sums, fold_of.LEFT_AT).items():
        by_stage.setdefault(stage, {})[name] = count
    whole: dict[int, int] = {}
    for own in by_stage.values():
        for name, count in own.items():
            whole[name] = whole.get(name, 0) + count
    groups = [(ALL, sum(sessions.values()), whole)] if whole else []
    groups += [(_stage(stage), sessions[stage], by_stage[stage]) for stage in sorted(by_stage)]
    found = []
    for stage_name, count, own in groups:
        left = sum(own.values())
        # The gathered ones come last, however many they are.
        ranked = [name for _, _, name in sorted((n >= len(labels), -own[n], n) for n in own)]
        found += [
            {
                "stage": stage_name,
                "step": labels[name] if name < len(labels) else _GATHERED,
                "sessions": count,
                "without_order": left,
                "left": own[name],
                **_share("left", own[name], left),
            }
            for name in ranked[:top]
        ]
    return pa.Table.from_pylist(found, schema=_LEAVES)


def _stage(number: int) -> str:
    return STAGES[number] if number < len(STAGES) else NO_STAGE


def _share(name: str, part: int, of: int) -> Row:
    low, high = wilson(part, of)
    return {
        f"{name}_share": part / of,
        f"{name}_low": float(low),
        f"{name}_high": float(high),
    }


_REAL, _WHOLE = pa.float64(), pa.int64()
_SHARE = (("left_share", _REAL), ("left_low", _REAL), ("left_high", _REAL))
_WAY = pa.schema(
    [
        ("orders_of", pa.string()),
        *((name, _WHOLE) for name in ("orders", "unseen", "timed")),
        *((name, _REAL) for name in ("median_steps", "p75_steps")),
        *((name, _REAL) for name in ("median_minutes", "p75_minutes")),
        ("visits_known", _WHOLE),
        *((name, _REAL) for name in ("median_visits", "p75_visits")),
    ]
)
_CARTS = pa.schema(
    [
        ("stage", pa.string()),
        ("carts", _WHOLE),
        ("left", _WHOLE),
        *_SHARE,
        ("valued", _WHOLE),
        ("value_left", MONEY),
    ]
)
_CHECKOUT = pa.schema([("step", pa.string()), ("reached", _WHOLE), ("left", _WHOLE), *_SHARE])
_LEAVES = pa.schema(
    [
        ("stage", pa.string()),
        ("step", pa.string()),
        *((name, _WHOLE) for name in ("sessions", "without_order", "left")),
        *_SHARE,
    ]
)
