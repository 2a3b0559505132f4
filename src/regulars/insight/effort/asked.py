"""What customers did as rows for the fold `timeline.effort`: steps, carts, checkouts, orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

from regulars.insight.entries import activity, coded
from regulars.insight.visits import labelled, orders
from regulars.intake.events.facts_orders import ORDER_EVENTS
from regulars.kernel.stage_names import Stage
from regulars.timeline.effort import ADD, CHECKOUT, ORDER, REMOVE, STEP

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

STAGES = tuple(str(one) for one in Stage)
"""By their numbers; the number after the last is of those who have no row in the people table."""
NO_STAGE = "not_in_people"
_ADDED = ("Product Added", "Added Product", "加入购物车")
_REMOVED = ("Product Removed", "Removed Product", "移出购物车")
_CHECKOUT = (
    "Checkout Started", "Checkout Step Viewed", "Checkout Step Completed", "Payment Info Entered",
    "去结算",
)  # fmt: skip
_COMPLETED = "Checkout Step Completed"
_UNITS = 10_000


def steps(view: View, entries: ir.Table) -> ir.Table:
    """The entries of visits, with `label` and `place` (of the customer's stage).

    Whether an order was placed the records tell; the events that tell of it are no steps to it.
    """
    done = activity(entries)
    told = done.name.lower().isin(list(ORDER_EVENTS)).fill_null(ibis.literal(value=False))
    done = done.filter(~told)
    done = done.mutate(label=labelled(done))
    nobody = ibis.literal(len(STAGES), "int32")
    if not view.engine.has("people"):
        return done.mutate(place=nobody)
    people = view.relation("people")
    codes = coded(people.stage, STAGES)
    own = people.select(
        whose=people.customer_id, place=ibis.cases((codes < 0, nobody), else_=codes)
    )
    joined = done.left_join(own, done.customer_id == own.whose)
    return joined.mutate(place=joined.place.fill_null(nobody)).drop("whose")


def rows(view: View, done: ir.Table, bought: ir.Table, labels: Sequence[str]) -> ir.Table:
    """The rows of the fold.

    Args:
        view: of the shop.
        done: `steps`.
        bought: entries, of which the orders are taken.
        labels: of last steps that are told apart.
    """
    is_event = done.kind == "track"

    def named(names: Sequence[str]) -> ir.BooleanValue:
        return is_event & done.name.isin(list(names)).fill_null(ibis.literal(value=False))

    kind = ibis.cases(
        (named(_ADDED), ibis.literal(ADD, "int32")),
        (named(_REMOVED), ibis.literal(REMOVE, "int32")),
        (named(_CHECKOUT), ibis.literal(CHECKOUT, "int32")),
        else_=ibis.literal(STEP, "int32"),
    )
    nothing = ibis.literal(-1, "int64")
    worth = (done.amount * _UNITS).cast("int64").fill_null(nothing)
    step = view.engine.json_text(done.properties, "step").try_cast("int64")
    value = ibis.cases(
        (named((*_ADDED, *_REMOVED)), worth),
        (named((_COMPLETED,)), step.fill_null(nothing)),
        else_=nothing,
    )
    label = done.label.cases(
        *((name, ibis.literal(number, "int32")) for number, name in enumerate(labels)),
        else_=ibis.literal(len(labels), "int32"),
    )
    own = orders(bought)
    none = ibis.literal(0, "int32")
    return done.select(
        "customer_id",
        "at",
        seq=done.seq.cast("int64"),
        kind=kind.cast("int32"),
        name=label.cast("int32"),
        stage=done.place.cast("int32"),
        value=value.cast("int64"),
    ).union(
        own.select(
            "customer_id",
            "at",
            seq=own.seq.cast("int64"),
            kind=ibis.literal(ORDER, "int32"),
            name=none,
            stage=none,
            value=nothing,
        )
    )
