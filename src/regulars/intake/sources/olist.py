"""Olist: orders of Brazilian marketplaces 2016-2018, as a set of linked files.

- Orders name the buyer by a customer_id that is new with every order; the customers file says who
  it is (customer_unique_id).
- Orders hold no amounts: what was bought stands in the items (price, and freight_value as
  postage), what was paid in the payments, of which an order may have several (a card and vouchers).
- `unavailable` was paid and never sent; like `canceled` it is no purchase. Payments stay as they
  were made, so what was paid on such orders counts as given back.
- Categories keep their Portuguese names: the translation has no product and is not taken in, nor
  are reviews, sellers and geolocation.
- Times are local.
"""

from __future__ import annotations

from regulars.intake.records import Kind, Status
from regulars.intake.source import Field, Source

_PLATFORM = "olist"
_TIME_ZONE = "America/Sao_Paulo"

OLIST_ORDERS = Source(
    name="olist_orders",
    title="Olist orders",
    title_zh="Olist 订单",
    kind="orders",
    platform=_PLATFORM,
    record=Kind.ORDER,
    key_of_order=True,
    amounts_elsewhere=True,
    fields=(
        Field("order_id", ("order_id",), known=True, required=True),
        Field("customer_key", ("customer_id",), known=True, required=True),
        Field("status", ("order_status",), known=True, required=True),
        Field("placed_at", ("order_purchase_timestamp",), known=True, required=True),
        Field("paid_at", ("order_approved_at",), known=True),
    ),
    statuses={
        "created": Status.PLACED,
        "approved": Status.PAID,
        "processing": Status.PAID,
        "invoiced": Status.PAID,
        "shipped": Status.SHIPPED,
        "delivered": Status.COMPLETED,
        "canceled": Status.CANCELLED,
        "unavailable": Status.CANCELLED,
    },
    time_zone=_TIME_ZONE,
)

OLIST_ITEMS = Source(
    name="olist_items",
    title="Olist order items",
    title_zh="Olist 订单商品",
    kind="orders",
    platform=_PLATFORM,
    record=Kind.LINE,
    stands_alone=False,
    fields=(
        Field("order_id", ("order_id",), known=True, required=True),
        Field("line_id", ("order_item_id",), known=True, required=True),
        Field("product_id", ("product_id",), known=True, required=True),
        Field("unit_price", ("price",), known=True, required=True),
        Field("shipping", ("freight_value",), known=True),
    ),
    derive={"gross": "unit_price"},
    time_zone=_TIME_ZONE,
)

OLIST_PAYMENTS = Source(
    name="olist_payments",
    title="Olist order payments",
    title_zh="Olist 订单付款",
    kind="orders",
    platform=_PLATFORM,
    record=Kind.PAYMENT,
    fields=(
        Field("order_id", ("order_id",), known=True, required=True),
        Field("payment_id", ("payment_sequential",), known=True, required=True),
        Field("method", ("payment_type",), known=True),
        Field("paid", ("payment_value",), known=True, required=True),
    ),
)

OLIST_CUSTOMERS = Source(
    name="olist_customers",
    title="Olist customers",
    title_zh="Olist 客户",
    kind="customers",
    platform=_PLATFORM,
    record=Kind.CUSTOMER,
    fields=(
        Field("customer_key", ("customer_unique_id",), known=True, required=True),
        Field("also_known_as", ("customer_id",), known=True, required=True),
        Field("city", ("customer_city",)),
        Field("province", ("customer_state",)),
    ),
    derive={"country": "'BR'"},
)

OLIST_PRODUCTS = Source(
    name="olist_products",
    title="Olist products",
    title_zh="Olist 商品",
    kind="products",
    platform=_PLATFORM,
    record=Kind.PRODUCT,
    fields=(
        Field("product_id", ("product_id",), known=True, required=True),
        Field("category", ("product_category_name",), known=True),
        # The data set spells it so.
        Field("name_length", ("product_name_lenght", "product_name_length"), type="text"),
    ),
)
