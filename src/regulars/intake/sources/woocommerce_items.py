"""WooCommerce orders, one row per item (SkyVerge): each row repeats the whole order.

The order's amounts are told once, however many rows repeat them.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source, besides
from regulars.intake.sources.woocommerce import ORDER_FIELDS, ORDER_RULES, PLATFORM, STATUSES

_ITEM = besides(
    Kind.LINE,
    (
        Field("order_id", ("order_id", "order_number_formatted", "order_number"), known=True),
        Field("placed_at", ("order_date",), known=True),
        Field("product_name", ("item_name",), known=True),
        Field("product_id", ("item_product_id",)),
        Field("sku", ("item_sku",), type="text"),
        Field("quantity", ("item_quantity",), known=True, required=True),
        Field("gross", ("item_subtotal",)),
        Field("total", ("item_total",), known=True, required=True, type="money"),
        Field("refunded", ("item_refunded",)),
    ),
    stands_alone=False,
    # An order of fees alone has a row without an item.
    where="c_product_name IS NOT NULL",
    derive={
        "product_id": "coalesce(nullif(product_id, '0'), sku, product_name)",
        "gross": "coalesce(gross, total)",
        "unit_price": "coalesce(gross, total) / nullif(quantity, 0)",
        "shop_discount": "coalesce(gross, total) - total",
    },
)

WOOCOMMERCE_ITEMS = Source(
    name="woocommerce_items",
    title="WooCommerce orders, one row per item",
    title_zh="WooCommerce 订单（一行一商品）",
    kind="orders",
    platform=PLATFORM,
    record=Kind.ORDER,
    key_is_personal=True,
    fields=ORDER_FIELDS,
    statuses=STATUSES,
    derive=ORDER_RULES,
    also=(_ITEM,),
)
