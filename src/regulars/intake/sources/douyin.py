"""Douyin orders (抖店订单导出): one row per sub-order, an order is the sum of its rows.

Amounts stand with the sub-order. 商品金额 (older exports: 商品单价 × 商品数量) − what the shop,
the platform and the 达人 (the host who sells) give + 运费 = 订单应付金额. What the platform and
the host give is paid to the shop, so both are platform discount; 实际承担 says who truly bears a
discount and goes before 平台优惠, 商家优惠, 达人优惠. There is no buyer number, and recipients are
encrypted (`##…`, `$$…`): orders are guests' unless a phone is clear. A dash stands for nothing.
已关闭 without time of payment was never paid. 售后状态 退款成功 has no amount: all counts as given
back, unless a column tells a smaller refund. Numbers begin with a tab.

Some exports join an order's goods in one row by semicolons (`1;2` in 子订单编号): each becomes a
line, and since only the sum of their amounts is told, each has an equal share of it.
"""

from __future__ import annotations

from regulars.intake.records import Kind, Status
from regulars.intake.source import Field, Source
from regulars.intake.sources.china import NOTHING, PROVINCE_PLAIN, TIME_ZONE, told

_STATUSES = {
    "待确认": Status.PLACED,
    "待支付": Status.PLACED,
    "待付款": Status.PLACED,
    "待支付尾款": Status.PLACED,
    "待付尾款": Status.PLACED,
    "已支付": Status.PAID,
    "已付款": Status.PAID,
    "备货中": Status.PAID,
    "待发货": Status.PAID,
    "部分发货": Status.PAID,
    "已发货": Status.SHIPPED,
    "全部发货": Status.SHIPPED,
    "待收货": Status.SHIPPED,
    "已收货": Status.COMPLETED,
    "已完成": Status.COMPLETED,
    "交易成功": Status.COMPLETED,
    "已关闭": Status.CANCELLED,
    "已取消": Status.CANCELLED,
    "交易关闭": Status.CANCELLED,
    "已退款": Status.CANCELLED,
}

_BACK = "regexp_matches(after_sale, '退款成功|全额退款') AND NOT contains(after_sale, '部分')"
_NEVER_PAID = f"status = 'cancelled' AND paid_at IS NULL AND NOT coalesce({_BACK}, false)"
_IN_PART = "coalesce(refunded > 0 AND refunded < paid, false)"
_BY_OTHERS = (
    "coalesce(platform_bears, platform_discount, 0) + coalesce(host_bears, host_discount, 0)"
)


def _part(column: str) -> str:
    """What the cell says of this good, where it says something of each."""
    parts = f"string_split({column}, ';')"
    return f"CASE WHEN len({parts}) = len(_things) THEN trim({parts}[item_no]) ELSE {column} END"


def _share(amount: str) -> str:
    """An equal share, with the odd cents on the first."""
    one = f"CAST(round(({amount}) / len(_things), 2) AS DECIMAL(18,4))"
    return (
        f"CASE WHEN len(_things) = 1 THEN {amount}"
        f" WHEN item_no = 1 THEN ({amount}) - {one} * (len(_things) - 1) ELSE {one} END"
    )


DOUYIN_ORDERS = Source(
    name="douyin_orders",
    title="Douyin shop orders",
    title_zh="抖店订单",
    kind="orders",
    platform="douyin",
    record=Kind.LINE,
    time_zone=TIME_ZONE,
    fields=(
        Field("order_id", ("主订单编号",), known=True, required=True),
        Field("line_id", ("子订单编号",), known=True, required=True),
        Field("product_name", ("选购商品",), known=True),
        Field("placed_at", ("订单提交时间",), known=True, required=True),
        Field("status", ("订单状态",)),
        Field("after_sale", ("售后状态",), type="text"),
        Field("paid_at", ("支付完成时间",), nothing=NOTHING),
        Field("variant", ("商品规格",)),
        Field("quantity", ("商品数量",)),
        Field("product_id", ("商家编码",)),
        Field("item_id", ("商品ID",), type="text"),
        Field("unit_price", ("商品单价",)),
        Field("gross", ("商品金额",)),
        Field("paid", ("订单应付金额",)),
        Field("shipping", ("运费",)),
        Field("shop_discount", ("商家优惠",)),
        Field("platform_discount", ("平台优惠",)),
        Field("host_discount", ("达人优惠",), type="money"),
        Field("shop_bears", ("商家实际承担优惠金额", "商家实际优惠"), type="money"),
        Field("platform_bears", ("平台实际承担优惠金额", "平台实际优惠"), type="money"),
        Field("host_bears", ("达人实际承担优惠金额", "达人实际优惠"), type="money"),
        Field("refunded", ("退款金额", "已退款金额")),
        Field("phone", ("收件人手机号",)),
        Field("recipient_name", ("收件人",)),
        Field("recipient_phone", ("收件人手机号",)),
        Field("recipient_address", ("详细地址",)),
        Field("province", ("省",)),
        Field("city", ("市",)),
        Field("source", ("流量体裁",)),
    ),
    statuses=_STATUSES,
    unpack="string_split(line_id, ';')",
    derive={
        "line_id": "trim(item)",
        "product_name": _part("product_name"),
        "product_id": f"coalesce({told(_part('product_id'))}, {told(_part('item_id'))},"
        f" {_part('product_name')})",
        "variant": told(_part("variant")),
        "quantity": "CASE WHEN len(_things) = 1 THEN quantity ELSE quantity / len(_things) END",
        "gross": _share("gross"),
        "shipping": _share("shipping"),
        "shop_discount": _share("coalesce(shop_bears, shop_discount)"),
        "platform_discount": _share(_BY_OTHERS),
        "paid": f"CASE WHEN {_NEVER_PAID} THEN 0 ELSE {_share('paid')} END",
        "refunded": _share("refunded"),
        "status": f"CASE WHEN {_IN_PART} AND status = 'cancelled' THEN 'completed'"
        f" WHEN {_BACK} AND NOT {_IN_PART} THEN 'cancelled' ELSE status END",
        "source": "CASE WHEN source NOT IN ('-', '其他', '数据将于第二天更新') THEN source END",
        "province": PROVINCE_PLAIN,
        "country": "'中国'",
    },
)
