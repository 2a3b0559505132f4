"""Each customer's first order: when it was, and where and with what it began.

The first order is the earliest purchase; of several at the same instant the one with the lowest
number. The source is the one of the people table, where the customer came in: the source of the
first purchase will not do, for whose first order was cancelled would stand under the source of the
second, and so among the loyal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import ibis

from regulars.insight.first_purchases import first_purchases
from regulars.insight.months import month_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

MONTH, QUARTER = "month", "quarter"
SOURCE, CATEGORY, PRODUCT = "source", "first_category", "first_product"
IN_TIME = (MONTH, QUARTER)
BY = (MONTH, QUARTER, SOURCE, CATEGORY, PRODUCT)

NAMED, UNKNOWN, OTHER = "named", "unknown", "other"
LEAST = 30
"""Groups of fewer customers are gathered."""
_UNKNOWN, _OTHER = -1, -2


def opened(purchases: ir.Table, as_of: date) -> ir.Table:
    """`customer_id, opened, began`: day and month of the first purchase of each known customer."""
    days = first_purchases(purchases, as_of).rename(opened="day")
    return days.mutate(began=month_of(days.opened))


def labelled(view: View, by: str) -> ir.Table:
    """`customer_id, opened, began, label`: with the source, category or product of the first order.

    The label is NULL where it is not known. A product is told by its title, else by its number.
    """
    if by == SOURCE:
        began = opened(view.relation("purchases"), view.as_of)
        people = view.relation("people")
        sources = people.select("customer_id", label=people.source)
        return began.left_join(sources, "customer_id").select(
            "customer_id", "opened", "began", "label"
        )
    purchases = view.relation("purchases")
    known = purchases.filter(
        purchases.customer_id.notnull(), purchases.day <= ibis.literal(view.as_of)
    )
    earliest = known.group_by("customer_id").agg(earliest=known.placed_at.min())
    tied = known.join(earliest, "customer_id").filter(lambda t: t.placed_at == t.earliest)
    first = tied.group_by("customer_id").agg(order_no=tied.order_no.min(), opened=tied.day.min())
    first = first.mutate(began=month_of(first.opened))
    if by == PRODUCT:
        goods = _main_good(view, first)
        return first.left_join(goods, "order_no").select(
            "customer_id", "opened", "began", label=goods.label
        )
    named = known.select("order_no", label=known.main_category)
    return first.join(named, "order_no").select("customer_id", "opened", "began", "label")


def _main_good(view: View, first: ir.Table) -> ir.Table:
    """`order_no, label`: the product that brought in most of each first order; ties by title."""
    lines, goods = view.relation("purchase_goods"), view.relation("goods")
    own = lines.select("order_no", "good_no", "net").join(first.select("order_no"), "order_no")
    named = own.join(goods.select("good_no", "product_no", "title", "product_id"), "good_no")
    sums = named.group_by(["order_no", "product_no"]).agg(
        value=named.net.sum(), label=ibis.coalesce(named.title, named.product_id).min()
    )
    best = sums.group_by("order_no").agg(best=sums.value.max())
    chosen = sums.join(best, "order_no").filter(lambda t: t.value == t.best)
    return chosen.group_by("order_no").agg(label=chosen.label.min())


def group_sizes(labels: ir.Table) -> ir.Table:
    """`label, customers`: the largest first, ties by name."""
    sizes = labels.group_by("label").agg(customers=labels.count())
    return sizes.order_by([ibis.desc("customers"), "label"])


def kept(sizes: Sequence[tuple[str | None, int]], top: int, least: int = LEAST) -> list[str]:
    """The labels that are shown by name: the largest, and none of too few customers.

    >>> kept([("a", 50), (None, 40), ("b", 30), ("c", 29)], top=5)
    ['a', 'b']
    """
    named = [(label, count) for label, count in sizes if label is not None and count >= least]
    named.sort(key=lambda one: (-one[1], one[0]))
    return [label for label, _ in named[:top]]


def coded(label: ir.StringColumn, names: Sequence[str]) -> ir.IntegerColumn:
    """The place of a label among the names, or what else it is: numbers are joined the faster."""
    cases = [(label == name, place) for place, name in enumerate(names)]
    return ibis.cases((label.isnull(), _UNKNOWN), *cases, else_=_OTHER).cast("int64")


def told(code: int, names: Sequence[str] | None) -> tuple[str, str]:
    """Kind and name of a code; without names the code itself is the name, such as a month's number.

    >>> told(1, ["a", "b"]), told(-1, ["a"]), told(24288, None)
    (('named', 'b'), ('unknown', ''), ('named', '24288'))
    """
    if code < 0:
        return (UNKNOWN if code == _UNKNOWN else OTHER), ""
    return NAMED, str(code) if names is None else names[code]


def shown_name(kind: str, name: str, by: str) -> str:
    """A group as tables name it: a month, a quarter, a source, …, or else its kind.

    >>> shown_name("named", "24290", "month"), shown_name("named", "24288", "quarter")
    ('2024-03', '2024-Q1')
    >>> shown_name("named", "live", "source"), shown_name("other", "", "source")
    ('live', 'other')
    """
    if kind != NAMED:
        return kind
    if by not in IN_TIME:
        return name
    year, month = divmod(int(name), 12)
    return f"{year}-{month + 1:02d}" if by == MONTH else f"{year}-Q{month // 3 + 1}"


def in_time(opened: ir.Table, months: int) -> ir.Table:
    """Groups of so many months each: `code` is the number of their first month."""
    first = (opened.began - opened.began % months).cast("int64")
    return opened.select("customer_id", "opened", "began", code=first)


def grouped(view: View, by: str, top: int) -> tuple[ir.Table, list[str] | None]:
    """`customer_id, opened, began, code`, and the names of the codes; None for groups in time.

    Args:
        view: the as-of tables.
        by: of `BY`.
        top: at most so many groups by name.
    """
    if by in IN_TIME:
        began = opened(view.relation("purchases"), view.as_of)
        return in_time(began, 1 if by == MONTH else 3), None
    labels = labelled(view, by)
    sizes = view.run(group_sizes(labels))
    names = kept(
        list(zip(sizes["label"].to_pylist(), sizes["customers"].to_pylist(), strict=True)), top
    )
    return labels.select("customer_id", "opened", "began", code=coded(labels.label, names)), names
