"""The temporary tables of making or judging offers, in the warehouse and gone when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from regulars.app.as_of import understood_as_of, with_hindsight
from regulars.insight.recommend.ranking import Names
from regulars.kernel.step import Step

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.insight.recommend.blend import Blend
    from regulars.insight.recommend.history import History
    from regulars.insight.recommend.knowledge import Knowledge

_WINDOWS = (28, 84)
"""Days before the as-of day whose baskets are learnt from; the longer where the shop is small."""
_ENOUGH = 200


class Bench:
    """The temporary tables of one piece of work in the warehouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.bought = warehouse.relation("bought")
        self.names = Names(
            warehouse.relation("goods_named"), warehouse.relation("categories_named")
        )
        self._made: set[str] = set()
        self._known: dict[int, Knowledge] = {}

    def keep(self, name: str, expression: ir.Table) -> ir.Table:
        """A temporary table of the expression."""
        import ibis

        query = ibis.to_sql(expression, dialect="duckdb")
        self.warehouse.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {query}')
        self._made.add(name)
        return self.warehouse.relation(name)

    def count(self, table: ir.Table) -> int:
        """Its rows."""
        return int(self.warehouse.run(table.agg(n=table.count()))["n"][0].as_py())

    def knowledge(self, day: int) -> Knowledge:
        """What was known of goods at the end of the day."""
        from regulars.insight.recommend.knowledge import know

        if day not in self._known:
            self._known[day] = know(self.bought, self.names.goods, day, self.keep, str(day))
        return self._known[day]

    def candidates(self, knowledge: Knowledge, moments: ir.Table) -> tuple[ir.Table, History]:
        """Candidates of the persons at their moments, and their history."""
        from regulars.insight.recommend.candidates import candidates
        from regulars.insight.recommend.history import look_back

        history = look_back(self.bought, knowledge.goods, moments, self.keep)
        rows = candidates(knowledge, history, moments, self.keep)
        return self.keep("rec_candidates", rows), history

    def learn(self, day: int) -> Blend:
        """The blend learnt from the latest baskets until the day."""
        from regulars.insight.recommend.blend import FEWEST, learn, unlearnt
        from regulars.insight.recommend.lessons import goods_of, last_baskets, lessons, some

        for window in _WINDOWS:
            persons = last_baskets(self.bought, day - window, day, day)
            persons = self.keep("rec_learnt_all", persons)
            number = self.count(persons)
            if number >= _ENOUGH:
                break
        if number < FEWEST:
            return unlearnt()
        knowledge = self.knowledge(day - window)
        if not self.count(knowledge.goods):
            return unlearnt()
        moments = self.keep("rec_learnt", some(persons, number))
        rows, _ = self.candidates(knowledge, moments)
        return learn(self.warehouse.run(lessons(rows, goods_of(self.bought, moments))))

    def clear(self) -> None:
        """Leave nothing behind."""
        for name in (*self._made, "bought", "goods_named", "categories_named"):
            self.warehouse.execute(f'DROP TABLE IF EXISTS "{name}"')


@contextmanager
def bench_of(warehouse: Warehouse, home: Home, step: Step) -> Iterator[Bench]:
    """The tables of the people table's day, dropped again at the end.

    Raises:
        CannotTell: no order line names its product.
    """
    from regulars.insight.recommend.bought import make_bought
    from regulars.people.as_of import AsOf

    step("order lines")
    view = AsOf(
        understood_as_of(warehouse), home.settings.shop.time_zone, with_hindsight(warehouse)
    )
    make_bought(warehouse, view, home.settings.shop.margin)
    bench = Bench(warehouse)
    try:
        yield bench
    finally:
        bench.clear()
