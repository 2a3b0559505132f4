"""Layered screening: source, lead-in item, price band, need, order, order again, step by step.

What each layer is, and how a customer reaches it, stands in `timeline.screening`. Price bands are
those of the picture `ladder`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.entries import entries
from regulars.insight.picture import Picture, View
from regulars.insight.screening.layers import LAYERS, SOURCE, Counted, branches, layers, routes
from regulars.insight.screening.rows import marked, rows, values
from regulars.insight.screening.words import says
from regulars.insight.span import DAYS, Span, span_of
from regulars.insight.visits import microseconds
from regulars.kernel.clock import end_of_day
from regulars.timeline.calendar import DAY
from regulars.timeline.fold import fold
from regulars.timeline.screening import Screening, summed


def draw(
    view: View,
    *,
    from_: str | date | None = None,
    to: str | date | None = None,
    stage: Sequence[str] = (),
    days: int = 60,
    top: int = 20,
    minimum: int = 30,
) -> Picture:
    """How the customers who came in a span went on, layer by layer.

    Args:
        view: the as-of tables.
        from_: first day; by default the first of the 90 days that can be watched.
        to: last day.
        stage: only customers who are at these stages by the view's day.
        days: for which each is watched from coming.
        top: items and needs that are told apart.
        minimum: of fewer customers no verdict is given.

    Raises:
        NotUnderstood: neither events nor orders have come in.
        CannotTell: nobody who came can be watched so long.
    """
    span = _span(view, from_, to, stage, days)
    whole = span.of_stages(view, entries(view))
    done = marked(view, whole)
    known = values(view, span, done, top)
    each = Screening(
        begins=microseconds(span.begins),
        ends=microseconds(span.ends),
        known=microseconds(end_of_day(view.as_of, span.time_zone)),
        watched=days * DAY,
    )
    counted = Counted.of(summed(fold(view.engine, rows(view, done, known), each)), known)
    came = counted.count(counted.reached(SOURCE))
    if not came:
        raise CannotTell(
            f"nobody who came from {span.first} to {span.last} can be watched for {days} days by"
            f" {view.as_of}",
            todo="ask for earlier days, or for fewer days with --days",
        )
    listed, taken = branches(counted, minimum), routes(counted, minimum)
    told = layers(counted)
    tables = {
        "layers": pa.Table.from_pylist(told, schema=_LAYERS),
        "branches": pa.Table.from_pylist(listed, schema=_BRANCHES),
        "routes": pa.Table.from_pylist(taken, schema=_ROUTES),
    }
    facts = {
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "days": days,
        "minimum": minimum,
        "customers": came,
        "not_observable": [one for one in LAYERS if not counted.is_observable(one)],
    }
    said = says(tables["layers"].to_pylist(), listed, taken, facts)
    return Picture("screening", view.as_of, tables, tuple(said), facts)


def _span(
    view: View,
    from_: str | date | None,
    to: str | date | None,
    stage: Sequence[str],
    days: int,
) -> Span:
    """As asked; by default the days that end when the last can be watched long enough."""
    if from_ is None and to is None:
        last = view.as_of - timedelta(days=days)
        return span_of(view, last - timedelta(days=DAYS - 1), last, stage)
    return span_of(view, from_, to, stage)


_REAL, _WHOLE, _TEXT = pa.float64(), pa.int64(), pa.string()
_LAYERS = pa.schema(
    [
        ("layer", _TEXT),
        ("observable", pa.bool_()),
        ("customers", _WHOLE),
        ("told", _WHOLE),
        *((name, _REAL) for name in ("of_before_share", "of_before_low", "of_before_high")),
        ("of_all", _REAL),
    ]
)
_BRANCH = (
    ("layer", _TEXT),
    ("value", _TEXT),
    ("title", _TEXT),
    ("customers", _WHOLE),
    ("went_on", _WHOLE),
    *((name, _REAL) for name in ("went_on_share", "went_on_low", "went_on_high")),
    ("ordered", _WHOLE),
    *((name, _REAL) for name in ("ordered_share", "ordered_low", "ordered_high")),
    ("again", _WHOLE),
    *((name, _REAL) for name in ("again_share", "again_low", "again_high")),
)
_BRANCHES = pa.schema([*_BRANCH, ("verdict", _TEXT)])
_ROUTES = pa.schema([("route", _TEXT), *_BRANCH, ("aim", _TEXT), ("of", _WHOLE)])
