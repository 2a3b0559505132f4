"""The driver tree: what each factor of each group adds to the change in sales and in profit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import prod

from regulars.insight.drivers.decomposition import decompose, in_money
from regulars.insight.drivers.totals import GUESTS, NEW, NOTES, RETURNING, Bought, Period

TOTAL = "total"
CUSTOMERS, FREQUENCY, ORDERS = "customers", "orders_per_customer", "orders"
ORDER_VALUE, MARGIN = "average_order_value", "margin"
SALES, PROFIT = "sales", "profit"

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Node:
    """One row of the tree.

    Attributes:
        group: total, new, returning, guests, credit_notes.
        factor: what is compared: sales, profit, or a factor of the group's.
        before, after: its value; None where it has none (nobody's order value).
        sales_change: how much of the change in sales is owed to it; None for profit itself.
        profit_change: how much of the change in profit is owed to it; None for sales itself.
    """

    group: str
    factor: str
    before: float | None
    after: float | None
    sales_change: Decimal | None
    profit_change: Decimal | None

    @property
    def change(self) -> float | None:
        """After less before."""
        both = self.before is not None and self.after is not None
        return self.after - self.before if both else None  # type: ignore[operator]


def factors_of(group: str) -> tuple[str, ...]:
    """The names of the group's factors, in the order of `Bought.factors`."""
    if group == GUESTS:
        return (ORDERS, ORDER_VALUE, MARGIN)
    return (CUSTOMERS, FREQUENCY, ORDER_VALUE, MARGIN)


def tree(before: Period, after: Period) -> list[Node]:
    """The rows: sales and profit, then each group with its factors, then credit notes.

    The factors of a group add up to it, and the groups with the credit notes to the total, to the
    last place of money. A group that bought in neither period has no rows.
    """
    nodes = [
        Node(TOTAL, SALES, *_pair(before.sales, after.sales), after.sales - before.sales, None),
        Node(
            TOTAL, PROFIT, *_pair(before.profit, after.profit), None, after.profit - before.profit
        ),
    ]
    for group in (NEW, RETURNING, GUESTS):
        one, other = before.groups[group], after.groups[group]
        if one.orders or other.orders:
            nodes += _group(group, one, other)
    if before.given_back or after.given_back:
        nodes.append(
            Node(
                NOTES,
                SALES,
                *_pair(-before.given_back, -after.given_back),
                before.given_back - after.given_back,
                before.given_back_profit - after.given_back_profit,
            )
        )
    return nodes


def _pair(before: Decimal, after: Decimal) -> tuple[float, float]:
    return float(before), float(after)


def _group(group: str, before: Bought, after: Bought) -> list[Node]:
    names = factors_of(group)
    sales, profit = after.sales - before.sales, after.profit - before.profit
    sales_parts = [*in_money(_sales_parts(before, after), sales), ZERO]
    profit_parts = in_money(_profit_parts(before, after), profit)
    told_before, told_after = _told(before, names), _told(after, names)
    rows = [Node(group, SALES, *_pair(before.sales, after.sales), sales, profit)]
    for place, name in enumerate(names):
        rows.append(
            Node(
                group,
                name,
                told_before[place],
                told_after[place],
                sales_parts[place],
                profit_parts[place],
            )
        )
    return rows


def _told(bought: Bought, names: Sequence[str]) -> list[float | None]:
    """The factors as shown: nobody has no order value, and no sales have no margin."""
    shown: list[float | None] = list(bought.factors)
    for place, name in enumerate(names):
        nothing = not bought.sales if name == MARGIN else not bought.orders
        if nothing and name not in (CUSTOMERS, ORDERS):
            shown[place] = None
    return shown


def _alike(before: Bought, after: Bought) -> tuple[list[float], list[float]]:
    """The factors of both; what one side does not have is taken to be as on the other.

    So a group that comes from nothing or vanishes does so through its first factor, and none of it
    is put down to an order value that nobody paid.
    """
    first, last = list(before.factors), list(after.factors)
    for one, other, bought in ((first, last, before), (last, first, after)):
        if not bought.orders:
            one[1:] = other[1:]
        elif not bought.sales:
            one[-1] = other[-1]
    return first, last


def _sales_parts(before: Bought, after: Bought) -> list[float]:
    first, last = _alike(before, after)
    return decompose(first[:-1], last[:-1])


def _profit_parts(before: Bought, after: Bought) -> list[float]:
    first, last = _alike(before, after)
    if all(_is_product(one, bought) for one, bought in ((first, before), (last, after))):
        return decompose(first, last)
    # Goods given for nothing cost money: a profit without sales has no margin. Then what an order
    # earns is one factor, and stands with the margin.
    for one, bought in ((first, before), (last, after)):
        if bought.orders:
            one[-2] = float(bought.profit) / bought.orders
    if not before.orders:
        first[-2] = last[-2]
    if not after.orders:
        last[-2] = first[-2]
    parts = decompose(first[:-1], last[:-1])
    return [*parts[:-1], 0.0, parts[-1]]


def _is_product(factors: Sequence[float], bought: Bought) -> bool:
    return abs(prod(factors) - float(bought.profit)) <= 1e-6 * max(1.0, abs(float(bought.profit)))
