"""Taobao and Tmall order lines (宝贝明细): one row per line, waiting for its order.

The line names the main order (主订单编号); customer and times come from there, in whichever order
the two files arrive.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source
from regulars.intake.sources.taobao import PLATFORM, STATUSES

TAOBAO_LINES = Source(
    name="taobao_lines",
    title="Taobao/Tmall order lines",
    title_zh="淘宝/天猫订单明细",
    kind="orders",
    platform=PLATFORM,
    record=Kind.LINE,
    stands_alone=False,
    fields=(
        Field("line_id", ("子订单编号",), known=True, required=True),
        Field("order_id", ("主订单编号", "订单编号"), known=True, required=True),
        Field("product_name", ("标题", "宝贝标题", "商品标题"), known=True),
        Field("unit_price", ("价格", "商品价格")),
        Field("quantity", ("购买数量", "商品数量")),
        Field("variant", ("商品属性",)),
        Field("product_id", ("商家编码", "外部系统编号", "商品ID", "宝贝ID")),
        Field("status", ("订单状态",)),
        Field("refunded", ("退款金额",)),
        Field("paid", ("买家实际支付金额", "买家实付金额")),
    ),
    statuses=STATUSES,
    derive={"product_id": "coalesce(product_id, product_name)"},
)
