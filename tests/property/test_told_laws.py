"""Laws of what messages tell: neither their order nor how they are sliced makes a difference."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from property.examples import examples
from regulars.engines.duckdb import Warehouse
from regulars.intake import canonical
from regulars.intake.events.land import land_facts
from regulars.intake.landing import Landing
from regulars.intake.vault import Vault
from regulars.settings import Settings
from samples.messages import PLAIN_EVENT, PLAIN_WEBHOOK, changed, told, track

EVENTS = st.builds(
    lambda event, order, total, day, user: track(
        event,
        changed(PLAIN_EVENT, order_id=order, total=total)
        if event != "Order Shipped"
        else {"order_id": order},
        at=f"2026-01-{day:02}T10:00:00+08:00",
        message_id=f"{event}{order}{day}{total}",
        user=user,
    ),
    st.sampled_from(
        ["Order Completed", "Order Placed", "Order Updated", "Order Shipped", "Order Refunded",
         "Order Cancelled"]
    ),
    st.sampled_from("AB"),
    st.sampled_from([51, 20, 3]),
    st.integers(1, 6),
    st.sampled_from(["c1", "c2", None]),
)  # fmt: skip
WEBHOOKS = st.builds(
    lambda order, status, day, paid: (
        told(
            "webhook",
            changed(
                PLAIN_WEBHOOK,
                timestamp=f"2026-01-{day:02}T10:00:00+08:00",
                data=PLAIN_WEBHOOK["data"] | {"order_id": order, "status": status, "paid": paid},
            ),
        ).facts
    ),
    st.sampled_from("AB"),
    st.sampled_from(["placed", "paid", "shipped", "cancelled"]),
    st.integers(5, 9),
    st.sampled_from([51, 40]),
)
TOLD = st.lists(st.one_of(EVENTS, EVENTS, WEBHOOKS), min_size=1, max_size=8)


def answers(parts: list[list]) -> dict[str, list]:
    """All states of orders, whose they are by the shop's number, and lines."""
    with tempfile.TemporaryDirectory() as folder, Warehouse.in_memory() as warehouse:
        landing = Landing(Path(folder) / "landing")
        with Vault.open(Path(folder) / "keys", make=True) as vault:
            for part in parts:
                land_facts(part, landing, vault, Settings())
        if not landing.folder.exists():
            landing.folder.mkdir()
        canonical.build(warehouse, landing)
        orders = warehouse.sql(
            "SELECT order_id, identity, orders.* EXCLUDE (order_no, order_id, customer_id)"
            " FROM orders LEFT JOIN (SELECT DISTINCT customer_id, identity FROM customers)"
            " USING (customer_id) ORDER BY ALL"
        )
        lines = warehouse.sql(
            "SELECT order_id, product_id, quantity, order_lines.gross, order_lines.known_at,"
            " order_lines.known_until FROM order_lines"
            " JOIN (SELECT DISTINCT order_no, order_id FROM orders) USING (order_no) ORDER BY ALL"
        )
        pending = warehouse.sql("SELECT order_id FROM pending_orders ORDER BY ALL")
        return {
            "orders": orders.to_pylist(),
            "lines": lines.to_pylist(),
            "pending": pending.to_pylist(),
        }


@examples(4)
@given(TOLD, st.randoms(use_true_random=False))
def test_messages_make_the_same_orders_at_all_times_in_whatever_order_they_are_landed(
    facts, random
):
    shuffled = random.sample(facts, len(facts))
    slices = [part for part in shuffled for _ in range(random.choice([1, 1, 2]))]  # some again
    straight = [fact for part in facts for fact in part]
    assert answers([straight]) == answers(slices)


@examples(6)
@given(TOLD)
def test_an_order_never_gives_back_more_than_was_paid_and_pays_nothing_before_it_is_paid(facts):
    for order in answers([[fact for part in facts for fact in part]])["orders"]:
        assert 0 <= order["refunded"] <= order["paid"]
        assert order["known_at"] < order["known_until"]
        if order["status"] == "placed":
            assert (order["paid"], order["paid_at"]) == (0, None)
