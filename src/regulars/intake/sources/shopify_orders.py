"""Shopify orders (orders_export.csv): one row per line item, the order's fields on its first row.

- Name (#1001) and Created at stand on every row; status, amounts, addresses and Id only on the
  first. That row tells of the order and of a line, the others of a line each.
- Subtotal is after discounts, before postage and taxes. Where prices hold their tax, Taxes is part
  of the Subtotal, otherwise on top: gross (Subtotal + Discount Amount) then leaves out the tax
  that `paid` holds.
- Total stays what was ordered; Refunded Amount is what came back. `refunded` gives all back,
  `voided` and `expired` were never captured, `pending` and `authorized` are not paid yet (cash on
  delivery stays pending until the shop marks it as paid).
- Of a `partially_paid` order, Outstanding Balance is still to come, where the export has it.
- Cancelled at (Canceled at in American exports) closes the order whatever its payment says.
"""

from __future__ import annotations

from regulars.intake.records import Kind, Status
from regulars.intake.source import Field, Source, besides
from regulars.intake.sources.shopify import PLATFORM
from regulars.intake.sources.western_account import ACCOUNT

_STATUSES = {
    "pending": Status.PLACED,
    "authorized": Status.PLACED,
    "partially_paid": Status.PAID,
    "paid": Status.PAID,
    "partially_refunded": Status.PAID,
    "refunded": Status.CANCELLED,
    "voided": Status.CANCELLED,
    "expired": Status.CANCELLED,
}

_LINE = besides(
    Kind.LINE,
    (
        Field("order_id", ("Name",), known=True),
        Field("placed_at", ("Created at",), known=True),
        Field("product_name", ("Lineitem name",), known=True),
        Field("product_id", ("Lineitem sku",)),
        Field("quantity", ("Lineitem quantity",), known=True, required=True),
        Field("unit_price", ("Lineitem price",), known=True, required=True),
        Field("shop_discount", ("Lineitem discount",)),
    ),
    stands_alone=False,
    # An order may hold no goods at all: postage, or a sum agreed upon.
    where="c_product_name IS NOT NULL",
    derive={
        "product_id": "coalesce(product_id, product_name)",
        "is_goods": "product_name <> 'Tip'",
    },
)

SHOPIFY_ORDERS = Source(
    name="shopify_orders",
    title="Shopify orders",
    title_zh="Shopify 订单",
    kind="orders",
    platform=PLATFORM,
    record=Kind.ORDER,
    key_is_personal=True,
    fields=(
        Field("order_id", ("Name",), known=True, required=True),
        Field("placed_at", ("Created at",), known=True, required=True),
        Field("status", ("Financial Status",), known=True),
        Field("financial", ("Financial Status",), type="text"),
        Field("fulfilment", ("Fulfillment Status",), type="text"),
        Field("email", ("Email",), known=True),
        Field("phone", ("Phone",)),
        Field("paid_at", ("Paid at",)),
        Field("closed_at", ("Cancelled at", "Canceled at")),
        Field("subtotal", ("Subtotal",), type="money"),
        Field("shipping", ("Shipping",)),
        Field("paid", ("Total",), known=True),
        Field("shop_discount", ("Discount Amount",)),
        Field("refunded", ("Refunded Amount",)),
        Field("outstanding", ("Outstanding Balance",), type="money"),
        Field("currency", ("Currency",)),
        Field("coupon", ("Discount Code",)),
        Field("source", ("Source",)),
        Field("store", ("Location",)),
        Field("recipient_name", ("Shipping Name",)),
        Field("recipient_phone", ("Shipping Phone",)),
        Field("recipient_address", ("Shipping Street",)),
        Field("province", ("Shipping Province Name",)),
        Field("province_code", ("Shipping Province",), type="text"),
        Field("city", ("Shipping City",)),
        Field("country", ("Shipping Country",)),
        Field("billing_province", ("Billing Province Name",), type="text"),
        Field("billing_code", ("Billing Province",), type="text"),
        Field("billing_city", ("Billing City",), type="text"),
        Field("billing_country", ("Billing Country",), type="text"),
    ),
    where="c_status IS NOT NULL OR c_paid IS NOT NULL",
    statuses=_STATUSES,
    derive={
        "customer_key": ACCOUNT,
        "status": "CASE WHEN closed_at IS NOT NULL THEN 'cancelled'"
        " WHEN status = 'paid' AND lower(fulfilment) = 'fulfilled' THEN 'shipped' ELSE status END",
        "gross": "subtotal + coalesce(shop_discount, 0)",
        "paid": "CASE WHEN lower(financial) IN ('pending', 'authorized', 'voided', 'expired')"
        " THEN 0 WHEN lower(financial) = 'partially_paid'"
        " THEN paid - coalesce(outstanding, 0) ELSE paid END",
        # Goods that nobody sends have no address but the bill's.
        "province": "coalesce(province, province_code, billing_province, billing_code)",
        "city": "coalesce(city, billing_city)",
        "country": "coalesce(country, billing_country)",
    },
    also=(_LINE,),
)
