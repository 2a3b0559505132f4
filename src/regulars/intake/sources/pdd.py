"""Pinduoduo orders (拼多多订单导出): one row per order, and an order holds one good.

There is no buyer number, and recipients are masked: orders are guests' unless a phone is clear.
商品总价 − 店铺优惠 − 平台优惠 − 多多支付立减 + 邮费 and fees of delivery and installation =
用户实付金额; what the platform gives (平台优惠, 多多支付立减) it pays to the shop, so 商家实收金额
is more than the buyer paid. 退款成功 stands in the status with no amount: all counts as given
back, unless a column tells a smaller refund. 订单成交时间 is when the group was complete, 支付时间
when this buyer paid; an order that was never paid has neither, and its day is that in its number
(`260607-…`). Cells end in a tab, and an empty cell may hold nothing else.
"""

from __future__ import annotations

from regulars.intake.records import Kind, Status
from regulars.intake.source import Field, Source
from regulars.intake.sources.china import PROVINCE_PLAIN, TIME_ZONE, told

_STEPS = {
    "待支付": Status.PLACED,
    "待付款": Status.PLACED,
    "未支付": Status.PLACED,
    "待成团": Status.PAID,
    "待分享": Status.PAID,
    "未成交": Status.PAID,
    "已支付": Status.PAID,
    "未发货": Status.PAID,
    "待发货": Status.PAID,
    "部分发货": Status.PAID,
    "已发货": Status.SHIPPED,
    "已发货，待签收": Status.SHIPPED,
    "已发货，待收货": Status.SHIPPED,
    "待收货": Status.SHIPPED,
    "已签收": Status.COMPLETED,
    "已收货": Status.COMPLETED,
    "已完成": Status.COMPLETED,
    "交易成功": Status.COMPLETED,
    "已评价": Status.COMPLETED,
    "已取消": Status.CANCELLED,
    "交易已取消": Status.CANCELLED,
    "退款成功": Status.CANCELLED,
}
_WORDS = (
    _STEPS
    | {f"{step}，退款成功": Status.CANCELLED for step in _STEPS}
    | {
        f"{step}，{back}": status
        for step, status in _STEPS.items()
        for back in ("退款中", "退款待处理", "售后处理中")
    }
)

_PLATFORM_PAID = "coalesce(platform_discount, 0) + coalesce(instant_cut, 0)"
_NEVER_PAID = "status = 'cancelled' AND paid_at IS NULL AND NOT contains(word, '退款')"
_IN_PART = "refunded > 0 AND refunded < paid"
_DAY_IN_NUMBER = (
    "CASE WHEN regexp_matches(order_id, '^\\d{6}-') THEN"
    " (try_strptime('20' || order_id[1:6], '%Y%m%d') + INTERVAL 12 HOUR)"
    f" AT TIME ZONE '{TIME_ZONE}' END"
)

PDD_ORDERS = Source(
    name="pdd_orders",
    title="Pinduoduo orders",
    title_zh="拼多多订单",
    kind="orders",
    platform="pdd",
    record=Kind.LINE,
    time_zone=TIME_ZONE,
    fields=(
        Field("order_id", ("订单号",), known=True, required=True),
        # The order is its own line: a price that is changed later is no other line.
        Field("line_id", ("订单号",)),
        Field("status", ("订单状态",), known=True, required=True),
        Field("word", ("订单状态",), type="text"),
        Field("quantity", ("商品数量(件)",), known=True),
        Field("item_id", ("商品id",), known=True, type="text"),
        Field("placed_at", ("订单成交时间",)),
        Field("paid_at", ("支付时间",)),
        Field("product_name", ("商品", "商品名称")),
        Field("product_id", ("商家编码-规格维度", "商家编码-SKU维度")),
        Field("item_code", ("商家编码-商品维度",), type="text"),
        Field("variant", ("商品规格",)),
        Field("category", ("商品四级类目", "商品三级类目", "商品二级类目", "商品一级类目")),
        Field("gross", ("商品总价(元)",)),
        Field("shipping", ("邮费(元)",)),
        Field("installing", ("上门安装费(元)",), type="money"),
        Field("carrying", ("送货入户费(元)",), type="money"),
        Field("carrying_in", ("送货入户并安装费(元)",), type="money"),
        Field("shop_discount", ("店铺优惠折扣(元)",)),
        Field("platform_discount", ("平台优惠折扣(元)",)),
        Field("instant_cut", ("多多支付立减金额(元)",), type="money"),
        Field("paid", ("用户实付金额(元)",)),
        Field("received", ("商家实收金额(元)",), type="money"),
        Field("refunded", ("退款金额(元)",)),
        Field("after_sale", ("售后状态",), type="text"),
        Field("phone", ("手机", "收货人手机", "用户购买手机号")),
        Field("recipient_name", ("收货人",)),
        Field("recipient_phone", ("手机", "收货人手机")),
        Field("recipient_address", ("收货地址", "详细地址")),
        Field("province", ("省",)),
        Field("city", ("市",)),
        Field("store", ("店铺名称", "门店名称")),
    ),
    statuses=_WORDS | {word.replace("，", ","): status for word, status in _WORDS.items()},
    derive={
        "placed_at": f"coalesce(least(placed_at, paid_at), {_DAY_IN_NUMBER})",
        "paid_at": "coalesce(paid_at, CASE WHEN status <> 'placed' THEN placed_at END)",
        "product_id": f"coalesce({told('product_id')}, {told('item_code')}, item_id, product_name)",
        "shipping": "coalesce(shipping, 0) + coalesce(installing, 0) + coalesce(carrying, 0)"
        " + coalesce(carrying_in, 0)",
        "platform_discount": _PLATFORM_PAID,
        "paid": f"CASE WHEN {_NEVER_PAID} THEN 0"
        f" ELSE coalesce(paid, received - ({_PLATFORM_PAID})) END",
        "status": f"CASE WHEN {_IN_PART} AND status = 'cancelled' THEN 'completed'"
        f" WHEN after_sale = '退款成功' AND NOT coalesce({_IN_PART}, false) THEN 'cancelled'"
        " ELSE status END",
        "province": PROVINCE_PLAIN,
        "country": "'中国'",
    },
)
