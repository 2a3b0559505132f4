"""Taobao and Tmall orders (宝贝订单导出): one row per order, in the several spellings seen.

The buyer's account name (买家会员名) is the identity: phones are masked in most exports. Newer
exports mask the name too (`t**1`), and some reports have no buyer at all: such orders are guests.
买家应付货款 is the goods' value, 总金额 goods and postage; what the buyer paid less than that was
points (集分宝), card coupons (卡券抵扣) and red envelopes of the platform, whatever columns name
them besides: the difference is told once. 返点积分 are points that the buyer gets, not money. A
closed order (交易关闭) is no purchase, and what was paid on it counts as given back. Some reports
give what was paid after the refund: where the two add up to the total, the total was paid. Where
the report has no status column, an order without time of payment was never paid.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source
from regulars.intake.sources.china import PROVINCE_OF_ADDRESS, TIME_ZONE, unmasked
from regulars.intake.sources.taobao import PLATFORM, STATUSES

_TOTAL = "coalesce(total, gross + coalesce(shipping, 0))"
_PAID = f"CASE WHEN refunded > 0 AND paid + refunded = {_TOTAL} THEN {_TOTAL} ELSE paid END"
_CAME = "paid_at IS NOT NULL AND paid > 0"

TAOBAO_ORDERS = Source(
    name="taobao_orders",
    title="Taobao/Tmall orders",
    title_zh="淘宝/天猫订单",
    kind="orders",
    platform=PLATFORM,
    record=Kind.ORDER,
    key_is_personal=True,
    time_zone=TIME_ZONE,
    fields=(
        Field("order_id", ("订单编号",), known=True, required=True),
        Field("placed_at", ("订单创建时间",), known=True, required=True),
        Field("paid", ("买家实际支付金额", "买家实付金额", "支付金额"), known=True),
        Field("customer_key", ("买家会员名", "买家昵称", "买家会员")),
        Field("gross", ("买家应付货款",)),
        Field("shipping", ("买家应付邮费",)),
        Field("total", ("总金额",), type="money"),
        Field("platform_discount", ("平台优惠",)),
        Field("status", ("订单状态",)),
        Field("paid_at", ("订单付款时间",)),
        Field("recipient_name", ("收货人姓名", "收货人")),
        Field("recipient_address", ("收货地址",)),
        Field("recipient_phone", ("联系手机", "联系电话")),
        Field("quantity", ("宝贝总数量", "商品总数量")),
        Field("refunded", ("退款金额",)),
        Field("store", ("店铺名称", "分销商店铺名称")),
    ),
    statuses=STATUSES,
    derive={
        "customer_key": unmasked("customer_key"),
        "paid": _PAID,
        "status": "coalesce(status, CASE WHEN paid_at IS NULL THEN 'placed' ELSE 'completed' END)",
        "gross": "coalesce(gross, total - coalesce(shipping, 0))",
        "platform_discount": f"coalesce(platform_discount, CASE WHEN {_CAME}"
        f" THEN greatest({_TOTAL} - ({_PAID}), 0) END)",
        "province": PROVINCE_OF_ADDRESS,
        "country": "'中国'",
    },
)
