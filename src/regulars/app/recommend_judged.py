"""How well the offers would have foretold last baskets."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.app.as_of import is_stale, understood_as_of
from regulars.app.recommend_bench import bench_of
from regulars.app.recommending import TOP
from regulars.app.understand import understand
from regulars.errors import CannotTell
from regulars.kernel.clock import day_number
from regulars.kernel.step import Step, silent

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.insight.recommend.judge import Method

_CUT_DAYS = 28
_JUDGED = 20_000
"""Persons of a span judged; more would not narrow the intervals in the second digit."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How the lists would have foretold last baskets.

    Attributes:
        as_of: the day up to whose end everything knows.
        since: the first day of the baskets judged.
        methods: `insight.recommend.judge.measure`.
        seconds: that it took.
    """

    as_of: date
    since: date
    methods: tuple[Method, ...]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "as_of": self.as_of.isoformat(),
            "since": self.since.isoformat(),
            "methods": [one.as_dict() for one in self.methods],
            "seconds": round(self.seconds, 3),
        }


def judge(warehouse: Warehouse, home: Home, step: Step = silent, *, cuts: int = 3) -> Judged:
    """Hold the lists against each customer's last basket, beside simpler ways of making lists.

    The last days of the data are cut into spans of four weeks. Last baskets within a span are
    foretold with the shop as it was known before the span, with weights learnt before it, and with
    each person's own history until the day before.

    Args:
        warehouse: of the home.
        home: the shop.
        step: told the name of each step.
        cuts: how many spans.

    Raises:
        NotUnderstood: no orders have come in yet.
        CannotTell: no order line names its product, or no last basket can be judged.
    """
    from regulars.insight.recommend import judge as judging
    from regulars.insight.recommend.lessons import goods_of, last_baskets, some
    from regulars.insight.recommend.ranking import ranked

    if is_stale(warehouse, home):
        understand(warehouse, home, None, step)
    began = time.perf_counter()
    as_of = understood_as_of(warehouse)
    met = []
    with bench_of(warehouse, home, step) as bench:
        end = day_number(as_of)
        for cut in range(end - cuts * _CUT_DAYS, end, _CUT_DAYS):
            persons = last_baskets(bench.bought, cut, cut + _CUT_DAYS, end)
            persons = bench.keep("rec_judged_all", persons)
            moments = bench.keep("rec_judged", some(persons, bench.count(persons), _JUDGED))
            if not bench.count(moments):
                continue
            step(f"judging {bench.count(moments):,} last baskets")
            blend, knowledge = bench.learn(cut), bench.knowledge(cut)
            rows, history = bench.candidates(knowledge, moments)
            best = bench.keep("rec_best", ranked(rows, bench.names.goods, blend, TOP, TOP))
            lists = judging.simple_lists(history, knowledge.goods, moments)
            lists = bench.keep("rec_lists", lists.union(judging.blend_lists(best)))
            came = bench.keep("rec_came", goods_of(bench.bought, moments))
            met.append(warehouse.run(judging.outcomes(lists, came, history)))
    if not met:
        raise CannotTell(
            f"nobody who had bought before bought in the last {cuts * _CUT_DAYS} days",
            todo="import more recent orders",
        )
    return Judged(
        as_of=as_of,
        since=as_of - timedelta(days=cuts * _CUT_DAYS - 1),
        methods=judging.measure(pa.concat_tables(met)),
        seconds=time.perf_counter() - began,
    )
