"""JD orders (京东商家后台订单导出): one row per good; the order's amounts are on each of its rows.

订单金额, 结算金额, 应付金额, 余额支付 and 运费金额 are of the order and are told once, however
many goods it has; of the good are 京东价 and 订购数量. 结算金额 (商家应收) is what the shop gets:
the list value less its own discounts. The buyer paid 应付金额 and, from the JD account, 余额支付;
the rest of what the shop gets (京券, 京豆, 支付有礼) is JD's. Who bought is 下单帐号; later
exports leave it out and mask the phone, and their orders are guests'. The status has a prefix:
(删除) is a cancelled order, (锁定) and (暂停) one that is held back. An order that is cancelled
before payment paid nothing.
"""

from __future__ import annotations

from regulars.intake.records import Kind, Status
from regulars.intake.source import Field, Source, besides
from regulars.intake.sources.china import PROVINCE_OF_ADDRESS, TIME_ZONE, unmasked

_STEPS = {
    "新订单": Status.PLACED,
    "等待付款": Status.PLACED,
    "未付款": Status.PLACED,
    "待付款": Status.PLACED,
    "等待付款确认": Status.PLACED,
    "延迟付款确认": Status.PLACED,
    "暂停": Status.PAID,
    "锁定": Status.PAID,
    "等待出库": Status.PAID,
    "待出库": Status.PAID,
    "等待发货": Status.PAID,
    "待发货": Status.PAID,
    "已出库": Status.SHIPPED,
    "已发货": Status.SHIPPED,
    "等待确认收货": Status.SHIPPED,
    "待收货": Status.SHIPPED,
    "完成": Status.COMPLETED,
    "已完成": Status.COMPLETED,
    "交易完成": Status.COMPLETED,
}
_HELD = ("(锁定)", "(暂停)", "（锁定）", "（暂停）")
_DELETED = ("(删除)", "（删除）")
_STATUSES = (
    _STEPS
    | {held + step: status for step, status in _STEPS.items() for held in _HELD}
    | {deleted + step: Status.CANCELLED for step in _STEPS for deleted in _DELETED}
    | {"已取消": Status.CANCELLED, "取消": Status.CANCELLED, "删除": Status.CANCELLED}
)

_NEVER_PAID = (
    "status = 'cancelled' AND paid_at IS NULL AND"
    " regexp_matches(word, '新订单|付款|^已?取消$|^删除$')"
)
_BUYER_PAID = "due + coalesce(balance, 0)"
_PAID = f"coalesce({_BUYER_PAID}, settled, gross + coalesce(shipping, 0))"
_OF_BOTH = (
    Field("order_id", ("订单号", "订单编号"), known=True, required=True),
    Field("placed_at", ("下单时间",), known=True, required=True),
    Field("status", ("订单状态",)),
)

JD_ORDERS = Source(
    name="jd_orders",
    title="JD orders",
    title_zh="京东订单",
    kind="orders",
    platform="jd",
    record=Kind.ORDER,
    key_is_personal=True,
    time_zone=TIME_ZONE,
    fields=(
        *_OF_BOTH,
        Field("word", ("订单状态",), type="text"),
        Field("gross", ("订单金额",)),
        Field("settled", ("结算金额", "商家应收", "商家应收金额"), type="money"),
        Field("due", ("应付金额",), type="money"),
        Field("balance", ("余额支付",), type="money"),
        Field("shipping", ("运费金额", "运费")),
        Field("paid_at", ("付款确认时间",)),
        Field("customer_key", ("下单帐号", "下单账号")),
        Field("phone", ("联系电话",)),
        Field("recipient_name", ("客户姓名",)),
        Field("recipient_phone", ("联系电话",)),
        Field("recipient_address", ("客户地址",)),
        Field("source", ("订单来源", "订单渠道")),
    ),
    statuses=_STATUSES,
    derive={
        "customer_key": unmasked("customer_key"),
        "shop_discount": "CASE WHEN gross > settled THEN gross - settled END",
        "platform_discount": "CASE WHEN due IS NOT NULL THEN greatest(coalesce(settled, gross)"
        f" + coalesce(shipping, 0) - ({_BUYER_PAID}), 0) END",
        "paid": f"CASE WHEN {_NEVER_PAID} THEN 0 ELSE {_PAID} END",
        "province": PROVINCE_OF_ADDRESS,
        "country": "'中国'",
    },
    also=(
        besides(
            Kind.LINE,
            (
                *_OF_BOTH,
                Field("product_name", ("商品名称",), known=True),
                Field("unit_price", ("京东价",), known=True),
                Field("quantity", ("订购数量",), known=True),
                Field("product_id", ("商品ID", "商品编号")),
                Field("code", ("货号",), type="text"),
            ),
            stands_alone=False,
            statuses=_STATUSES,
            derive={"product_id": "coalesce(product_id, code, product_name)"},
        ),
    ),
)
