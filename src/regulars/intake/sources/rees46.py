"""REES46: what visitors of large shops did, month by month (open data, 2019 and 2020).

`event_time … UTC`, event, product, category, brand, price, user, session. A `purchase` is one
product of an order that has no number, often one row among several: it is an event and no order.
The price is the product's at that moment, in the shop's currency.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source

REES46 = Source(
    name="rees46",
    title="REES46 events",
    title_zh="REES46 用户行为",
    kind="events",
    platform="rees46",
    record=Kind.EVENT,
    fields=(
        Field("placed_at", ("event_time",), known=True, required=True),
        Field("name", ("event_type",), known=True, required=True),
        Field("product_id", ("product_id",), known=True, required=True),
        Field("category_number", ("category_id",), type="text", kept=True),
        Field("category", ("category_code",), known=True),
        Field("amount", ("price",), known=True),
        Field("customer_key", ("user_id",), known=True, required=True),
        Field("session", ("user_session",), known=True),
    ),
    rest=(("properties", ""),),
    names={
        "view": "Product Viewed",
        "cart": "Product Added",
        "remove_from_cart": "Product Removed",
        "purchase": "Product Purchased",
    },
    # Of two products in three the code is empty; the number of the category never is.
    derive={"type": "'track'", "category": "coalesce(category, category_number)"},
    time_format="%Y-%m-%d %H:%M:%S UTC",
    time_zone="UTC",
)
