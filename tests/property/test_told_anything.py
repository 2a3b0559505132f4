"""Whatever stands where in a body: it tells texts or is refused, and never breaks the reader."""

from __future__ import annotations

import copy
import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.intake.events.facts import facts_of
from regulars.intake.events.message import Message
from regulars.intake.webhooks.told import Told
from samples.messages import (
    PLAIN_EVENT,
    PLAIN_WEBHOOK,
    SHOPIFY_ORDER,
    SHOPIFY_REFUND,
    WOOCOMMERCE_ORDER,
    raw,
    told,
)

QUICK = settings(
    max_examples=int(os.environ.get("REGULARS_EXAMPLES", "300")),
    deadline=None,
    derandomize="REGULARS_EXAMPLES" not in os.environ,
)
LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False,
    allow_infinity=False), st.text(max_size=6),
    st.sampled_from(["1e999", "-1e999999", "NaN", "=1+1", "0000", "\u0000", "١٢", "[1"]),
)  # fmt: skip
JSON = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)
BODIES = {
    "shopify:orders/updated": SHOPIFY_ORDER,
    "shopify:refunds/create": SHOPIFY_REFUND,
    "shopify:checkouts/create": SHOPIFY_ORDER,
    "shopify:customers/update": SHOPIFY_ORDER["customer"] | {"default_address": {}},
    "shopify:products/update": {"title": "T", "variants": [{"sku": "a"}]},
    "woocommerce:order.updated": WOOCOMMERCE_ORDER,
    "woocommerce:customer.updated": {"email": "a@b.cn", "billing": {"city": "Roma"}},
    "woocommerce:product.updated": {"id": 1, "attributes": [{"option": "x"}], "categories": []},
    "webhook": PLAIN_WEBHOOK,
    "products": {"products": [{"product_id": "T"}]},
    "customers": {"customer_id": "c", "traits": {"a": 1}},
    "spend": {"day": "2026-01-01", "spend": 1},
    "receipts": {"receipts": [{"type": "opened", "channel": "email", "email": "a@b.cn"}]},
}


def places(body: Any, path: tuple = ()) -> list[tuple]:
    """Where something stands in a body."""
    found = [path] if path else []
    if isinstance(body, (dict, list)):
        for key in body if isinstance(body, dict) else range(len(body)):
            found += places(body[key], (*path, key))
    return found


def put(body: dict, path: tuple, value: Any) -> dict:
    changed: Any = copy.deepcopy(body)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@st.composite
def spoilt(draw: Any, bodies: dict[str, dict]) -> tuple[str, dict]:
    route = draw(st.sampled_from(sorted(bodies)))
    body = bodies[route]
    for _ in range(draw(st.integers(1, 3))):
        body = put(body, draw(st.sampled_from(places(body))), draw(JSON))
    return route, body


@QUICK
@given(spoilt(BODIES))
def test_a_request_with_anything_in_it_tells_texts_or_is_refused(spoilt_one):
    route, body = spoilt_one
    found = told(route, body, platform=route.partition(":")[0])
    assert isinstance(found, Told)
    for fact in found.facts:
        assert all(isinstance(cell, str) and cell for cell in fact.row.values())
    for refusal in found.rejects:
        assert all(isinstance(cell, str) for cell in (refusal.value, *refusal.row.values()))
    for message in found.messages:
        assert message.event
        assert message.message_id is None or isinstance(message.message_id, str)


@QUICK
@given(
    spoilt(
        {
            "Order Completed": PLAIN_EVENT,
            "Order Refunded": PLAIN_EVENT,
            "Order Updated": PLAIN_EVENT,
        }
    ),
    st.one_of(st.none(), st.text(max_size=5), st.integers(), st.floats(allow_nan=False)),
    st.dictionaries(st.sampled_from(["traits", "campaign", "x"]), JSON, max_size=2),
)
def test_an_event_with_anything_in_it_tells_texts(spoilt_one, user, context):
    event, properties = spoilt_one
    message = Message("track", "m", user_id=user, event=event, properties=raw(properties),
                      context=raw(context))  # fmt: skip
    for fact in facts_of(message, 1_767_600_000_000_000, "shop"):
        assert all(isinstance(cell, str) and cell for cell in fact.row.values())


@QUICK
@given(
    st.dictionaries(st.sampled_from(["email", "address", "tags", "birthday", "x", "name"]), JSON)
)
def test_traits_with_anything_in_them_tell_texts(traits):
    message = Message("identify", "m", user_id="c7", traits=raw(traits))
    for fact in facts_of(message, 1_767_600_000_000_000, "shop"):
        assert all(isinstance(cell, str) and cell for cell in fact.row.values())
