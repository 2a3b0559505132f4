"""Taobao and Tmall order lines (宝贝明细): one row per line, waiting for its order.

The line names the main order (主订单编号); customer and times come from there, in whichever order
the two files arrive, and so does the money: what the newer export says was paid for a line
(买家实付金额) stays with the line and is not added to the order. 买家应付货款 of a line is its
price after the shop's own discounts; what was paid less than that came from the platform. 退款金额
holds an amount or words (无退款申请). 商家编码 and 外部系统编号 are the shop's numbers of the
goods, 商品ID is Taobao's; the first that is filled in names the product.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source
from regulars.intake.sources.china import NOTHING, TIME_ZONE
from regulars.intake.sources.taobao import PLATFORM, STATUSES

TAOBAO_LINES = Source(
    name="taobao_lines",
    title="Taobao/Tmall order lines",
    title_zh="淘宝/天猫订单明细",
    kind="orders",
    platform=PLATFORM,
    record=Kind.LINE,
    stands_alone=False,
    time_zone=TIME_ZONE,
    fields=(
        Field("line_id", ("子订单编号",), known=True, required=True),
        Field("order_id", ("主订单编号", "订单编号"), known=True, required=True),
        Field("product_name", ("标题", "宝贝标题", "商品标题"), known=True),
        Field("unit_price", ("价格", "商品价格")),
        Field("quantity", ("购买数量", "商品数量")),
        Field("variant", ("商品属性",)),
        Field("product_id", ("商家编码",)),
        Field("outer_id", ("外部系统编号",), type="text"),
        Field("item_id", ("商品ID", "宝贝ID"), type="text"),
        Field("status", ("订单状态",)),
        Field("placed_at", ("订单创建时间",)),
        Field("paid_at", ("订单付款时间",)),
        Field("due", ("买家应付货款",), type="money"),
        Field("paid", ("买家实际支付金额", "买家实付金额")),
        Field("refunded", ("退款金额",), nothing=NOTHING),
    ),
    statuses=STATUSES,
    derive={
        "product_id": "coalesce(product_id, outer_id, item_id, product_name)",
        "shop_discount": "CASE WHEN gross > due THEN gross - due END",
        "platform_discount": "CASE WHEN paid > 0 AND due > paid THEN due - paid END",
    },
)
