"""Our own plain layout: one row per order line, customer or product, headers as our columns.

Documented in docs/sources.md. All amounts are of the line; an order is the sum of its rows, so a
shop that has no lines writes one row per order.
"""

from __future__ import annotations

from regulars.intake.records import Kind, Status
from regulars.intake.source import Field, Source

_SAME = {str(status): status for status in Status} | {
    "": Status.COMPLETED,
    "canceled": Status.CANCELLED,
    "refunded": Status.CANCELLED,
    "pending": Status.PLACED,
    "unpaid": Status.PLACED,
    "fulfilled": Status.SHIPPED,
    "return": Status.RETURNED,
}

PLAIN_ORDERS = Source(
    name="plain",
    title="Regulars' own order lines",
    title_zh="Regulars 标准订单",
    kind="orders",
    platform="shop",
    record=Kind.LINE,
    fields=(
        Field("order_id", ("order_id",), known=True, required=True),
        Field("placed_at", ("placed_at",), known=True, required=True),
        Field("line_id", ("line_id",)),
        Field("customer_key", ("customer_id",)),
        Field("phone", ("phone",)),
        Field("email", ("email",)),
        Field("recipient_name", ("recipient_name",)),
        Field("recipient_phone", ("recipient_phone",)),
        Field("recipient_address", ("recipient_address",)),
        Field("province", ("province",)),
        Field("city", ("city",)),
        Field("country", ("country",)),
        Field("paid_at", ("paid_at",)),
        Field("closed_at", ("closed_at", "cancelled_at", "refunded_at")),
        Field("updated_at", ("updated_at",)),
        Field("status", ("status",)),
        Field("product_id", ("product_id", "sku")),
        Field("product_name", ("product_name",)),
        Field("category", ("category",)),
        Field("variant", ("variant",)),
        Field("quantity", ("quantity",)),
        Field("unit_price", ("unit_price", "price")),
        Field("gross", ("gross",)),
        Field("shop_discount", ("shop_discount", "discount")),
        Field("platform_discount", ("platform_discount",)),
        Field("shipping", ("shipping",)),
        Field("paid", ("paid",)),
        Field("refunded", ("refunded",)),
        Field("currency", ("currency",)),
        Field("source", ("source",)),
        Field("coupon", ("coupon",)),
        Field("store", ("store",)),
    ),
    statuses=_SAME,
)

PLAIN_CUSTOMERS = Source(
    name="plain_customers",
    title="Regulars' own customers",
    title_zh="Regulars 标准客户",
    kind="customers",
    platform="shop",
    record=Kind.CUSTOMER,
    fields=(
        Field("customer_key", ("customer_id",), known=True),
        Field("name", ("name",)),
        Field("phone", ("phone",)),
        Field("email", ("email",)),
        Field("address", ("address",)),
        Field("open_id", ("open_id",)),
        Field("registered_at", ("registered_at",)),
        Field("updated_at", ("updated_at",)),
        Field("gender", ("gender",)),
        Field("birth_date", ("birth_date",)),
        Field("province", ("province",)),
        Field("city", ("city",)),
        Field("country", ("country",)),
        Field("education", ("education",)),
        Field("reputation", ("reputation",)),
        Field("interests", ("interests",)),
        Field("tags", ("tags",)),
        Field("source", ("source",)),
    ),
)

PLAIN_PRODUCTS = Source(
    name="plain_products",
    title="Regulars' own products",
    title_zh="Regulars 标准商品",
    kind="products",
    platform="shop",
    record=Kind.PRODUCT,
    fields=(
        Field("product_id", ("product_id", "sku"), known=True, required=True),
        Field("product_name", ("product_name",)),
        Field("category", ("category",)),
        Field("department", ("department",)),
        Field("brand", ("brand",)),
        Field("variant", ("variant",)),
        Field("unit_price", ("unit_price", "price")),
        Field("cost", ("cost",)),
        Field("updated_at", ("updated_at",)),
    ),
)

PLAIN_SPEND = Source(
    name="plain_spend",
    title="Regulars' own advertising spend",
    title_zh="Regulars 标准投放花费",
    kind="spend",
    platform="shop",
    record=Kind.SPEND,
    fields=(
        Field("day", ("day", "date"), known=True, required=True),
        Field("source", ("source", "channel")),
        Field("campaign", ("campaign",)),
        Field("ad", ("ad", "ad_group")),
        Field("spend", ("spend", "cost", "amount"), known=True, required=True),
        Field("impressions", ("impressions",)),
        Field("clicks", ("clicks",)),
        Field("currency", ("currency",)),
        Field("updated_at", ("updated_at",)),
    ),
)
