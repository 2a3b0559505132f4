"""Taobao products (宝贝导出, as 淘宝助理 and its successors write it): one row per product.

The file begins with a line `version 1.00` and a line of English names; the third line has the
Chinese headers. A product is known by its 商家编码, as the order lines name it, else by Taobao's
number (数字ID), else by its title. 宝贝类目 is a number of Taobao's tree of categories: it groups
goods alike, though nobody reads it.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source
from regulars.intake.sources.china import TIME_ZONE
from regulars.intake.sources.taobao import PLATFORM

TAOBAO_PRODUCTS = Source(
    name="taobao_products",
    title="Taobao/Tmall products",
    title_zh="淘宝/天猫宝贝",
    kind="products",
    platform=PLATFORM,
    record=Kind.PRODUCT,
    time_zone=TIME_ZONE,
    fields=(
        Field("product_name", ("宝贝名称", "宝贝标题", "商品标题"), known=True, required=True),
        Field("unit_price", ("宝贝价格", "一口价"), known=True),
        Field("product_id", ("商家编码",), known=True),
        Field("item_id", ("数字ID", "宝贝ID", "商品ID"), type="text"),
        Field("category", ("类目名称", "商品类目", "宝贝类目")),
        Field("brand", ("品牌",)),
        Field("updated_at", ("修改时间",)),
    ),
    derive={"product_id": "coalesce(product_id, nullif(item_id, '0'), product_name)"},
)
