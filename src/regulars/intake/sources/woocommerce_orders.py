r"""WooCommerce orders, one row per order, with the order's goods in a cell or in numbered columns.

The goods of an order stand in `line_items`, one after the other (SkyVerge), or in `line_item_1`,
`line_item_2`, … (WebToffee), each with its parts named:

    id:368|name:Green tea|product_id:2898|sku:TEA-1|quantity:2|subtotal:20.00|total:18.00|…;id:369|…
    name:Green tea|product_id:2898|sku:TEA-1|quantity:2|total:18.00|sub_total:20.00

A `|` within a part is written `\|`. SkyVerge can write the list as JSON instead.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source, besides
from regulars.intake.sources.woocommerce import ORDER_FIELDS, ORDER_RULES, PLATFORM, STATUSES

_COLUMNS = tuple(f"line_item_{number}" for number in range(1, 61))
_BAR = "chr(31)"

# Where the next good begins: a `;` may stand in a name as well.
_APART = (
    "string_split(CASE WHEN starts_with(goods, 'id:') THEN replace(goods, ';id:', chr(30) || 'id:')"
    " WHEN starts_with(goods, 'name:') THEN replace(goods, ';name:', chr(30) || 'name:')"
    " ELSE replace(goods, ';product_id:', chr(30) || 'product_id:') END, chr(30))"
)
_IN_ONE_CELL = (
    "CASE WHEN starts_with(goods, '[') AND json_valid(goods)"
    " THEN from_json(goods, '[\"JSON\"]')::VARCHAR[]"
    f" WHEN goods IS NOT NULL THEN {_APART} ELSE [] END"
)
_IN_COLUMNS = f"list_filter([{', '.join(_COLUMNS)}], lambda one: one IS NOT NULL)"


def _part(*names: str) -> str:
    """The SQL of a part of `item` under the first of these names that it has."""
    bars = f"replace(item, '\\|', {_BAR})"
    found = ", ".join(
        f"CASE WHEN starts_with(item, '{{') THEN item ->> '$.{name}' ELSE"
        f" replace(nullif(regexp_extract({bars}, '(^|[|]){name}:([^|]*)', 2), ''), {_BAR}, '|') END"
        for name in names
    )
    return f"coalesce({found})" if len(names) > 1 else found


def _amount(*names: str) -> str:
    return f"TRY_CAST({_part(*names)} AS DECIMAL(18,4))"


_VALUE = f"coalesce({_amount('subtotal', 'sub_total')}, {_amount('total')})"

_GOODS = besides(
    Kind.LINE,
    (
        Field("order_id", ("order_id", "order_number_formatted", "order_number"), known=True),
        Field("placed_at", ("order_date",), known=True),
        Field("goods", ("line_items", "order_items"), type="text"),
        *(Field(name, (name,), type="text") for name in _COLUMNS),
    ),
    stands_alone=False,
    unpack=f"list_concat({_IN_ONE_CELL}, {_IN_COLUMNS})",
    derive={
        "product_id": f"coalesce(nullif({_part('product_id')}, '0'), {_part('sku', 'name')})",
        "product_name": _part("name"),
        "quantity": _amount("quantity"),
        "gross": _VALUE,
        "unit_price": f"{_VALUE} / nullif({_amount('quantity')}, 0)",
        "shop_discount": f"{_VALUE} - {_amount('total')}",
        "refunded": _amount("refunded"),
    },
)

WOOCOMMERCE_ORDERS = Source(
    name="woocommerce_orders",
    title="WooCommerce orders",
    title_zh="WooCommerce 订单",
    kind="orders",
    platform=PLATFORM,
    record=Kind.ORDER,
    key_is_personal=True,
    fields=ORDER_FIELDS,
    statuses=STATUSES,
    derive=ORDER_RULES,
    also=(_GOODS,),
)
