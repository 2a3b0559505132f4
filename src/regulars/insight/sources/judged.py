"""A source by what it brings: pure functions of its counts and sums.

Costs, value and payback are judged as of acquisition (`insight.acquisition.judged`), so both
pictures say the same of the same customers. Value per customer who came in counts those who bought
nothing as 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regulars.insight.acquisition.judged import (
    NOTHING,
    Span,
    cost,
    course,
    over_cost,
    payback,
    per_customer,
    verdict,
)
from regulars.insight.line.rates import LEAST, named, rate

_MOST_UNVALUED = 0.01
"""Where more of a source's buyers have no lifetime value, its value is not told."""
_INFINITE = float("inf")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a source.

    Attributes:
        customers: who came in.
        reached: who came to each later step of the line, in their order.
        at_all: who took each step at all.
        watched: who has been watched for the days of a return.
        back: of these, who returned.
        buyers: who bought; None where orders are not known.
        orders: theirs.
        sums: of `worth.earned_by_source`; empty where nobody bought.
        spend: for the source; None where none is known.
        clicks: that the spend brought; None where they are not told.
    """

    customers: int
    reached: Mapping[str, int]
    at_all: Mapping[str, int]
    watched: int
    back: int
    buyers: int | None
    orders: int
    sums: Mapping[str, float]
    spend: Any
    clicks: Any


def judge(source: str, told: Told, steps: Sequence[str], months: int) -> Row:
    """The row of a source.

    Args:
        source: its name.
        told: what is known of it.
        steps: all steps after coming in; those that are not told are not observable.
        months: how far payback is followed.
    """
    customers, spend = told.customers, float(told.spend or 0)
    row: Row = {"source": source, "customers": customers}
    row |= {step: told.reached.get(step) for step in steps}
    row |= {"buyers": told.buyers}
    row |= named("buyer_share", rate(told.buyers, customers))
    again = told.at_all.get("retained") if told.buyers is not None else None
    row |= {"again": again} | named("again_share", rate(again, told.buyers or 0))
    row |= named("back_share", rate(told.back, told.watched))
    row |= _value(told)
    row |= {"spend": told.spend, "clicks": told.clicks}
    activated = told.at_all.get("activated")
    for name, number in (
        ("cost_per_customer", customers), ("cost_per_activated", activated),
        ("cost_per_buyer", told.buyers),
    ):  # fmt: skip
        row |= named(name, cost(spend, number) if spend and number else NOTHING)
    return row | _against_cost(told, spend, months)


def _value(told: Told) -> Row:
    """What the newcomers have brought and will bring, for each who came in and each who bought."""
    sums, customers, buyers = told.sums, told.customers, int(told.sums.get("customers", 0))
    row: Row = dict.fromkeys(_VALUES)
    row |= named("value_per_customer", NOTHING) | named("value_per_buyer", NOTHING)
    if told.buyers is None or customers < LEAST:
        return row
    row["orders_per_customer"] = told.orders / customers
    row["profit_per_customer"] = sums.get("profit", 0.0) / customers
    if buyers < LEAST:
        return row
    row["orders_per_buyer"] = told.orders / buyers
    row["profit_per_buyer"] = sums["profit"] / buyers
    if _is_valued(sums):
        row["expected_per_customer"] = sums["expected"] / customers
        row |= named("value_per_customer", per_customer(sums["worth"], sums["worth_2"], customers))
        row |= named("value_per_buyer", per_customer(sums["worth"], sums["worth_2"], buyers))
    return row


_VALUES = (
    "orders_per_customer", "orders_per_buyer", "profit_per_customer", "profit_per_buyer",
    "expected_per_customer",
)  # fmt: skip


def _is_valued(sums: Mapping[str, float]) -> bool:
    buyers = sums.get("customers", 0)
    return buyers >= LEAST and sums["with_value"] >= (1 - _MOST_UNVALUED) * buyers


def _against_cost(told: Told, spend: float, months: int) -> Row:
    """Value to cost, payback, and whether the source earns what it costs."""
    sums, buyers = told.sums, int(told.sums.get("customers", 0))
    ratio = so_far = NOTHING
    back: tuple[int | None, int | None, int | None] = (None, None, None)
    if spend and buyers:
        so_far = over_cost(sums["profit"], sums["profit_2"], spend, buyers)
        back = payback(course(sums, months), spend, buyers)
        if _is_valued(sums):
            ratio = over_cost(sums["worth"], sums["worth_2"], spend, buyers)
    row: Row = named("value_to_cost", ratio)
    row["earned_back"] = so_far[0]
    row |= dict(zip(("payback_months", "payback_low", "payback_high"), back, strict=True))
    row["verdict"] = verdict(ratio if ratio[0] is not None else _floor(so_far), spend)
    return row


def _floor(so_far: Span) -> Span:
    """Profit so far is a floor: it can show that a source earns, not that it loses."""
    estimate, low, _ = so_far
    return NOTHING if estimate is None else (estimate, low, _INFINITE)


def by_value(row: Row) -> tuple[Any, ...]:
    """The order of sources: those that cost by value to cost, then the others by value.

    The lower end of the interval counts, so that a few lucky customers do not come first.
    """
    low = row["value_to_cost_low"]
    told = row["earned_back"] if low is None else low
    if not row["spend"]:
        told = row["value_per_customer_low"]
    return (not row["spend"], told is None, -(told or 0), -row["customers"], row["source"])
