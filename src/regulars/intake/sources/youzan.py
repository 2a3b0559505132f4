"""Youzan (有赞): orders, the goods of orders, customers.

Orders (订单维度): one row per order. 商品金额合计 + 运费 − 店铺优惠合计 = 应收订单金额; less
支付优惠 (of the bank or wallet) that is 订单实付金额. 订单已退款金额 is what went back. All goods
stand in one cell as `title(2件)`; each becomes a line; titles hold commas, so a cell without
counts is one good unless it parts by semicolons or lines into as many as 商品种类数 says.

Goods (商品维度): one row per good, with price, variant and what was given back, waiting for its
order. The order's money stays with the order. The goods that an order's own cell names are not
taken for the same lines: whoever imports both files has each good twice in `order_lines`, once
with its price and once without.

Customers are known by their phone, which Youzan gives its shops: nicknames are no identity. Where
the buyer's phone is empty, the recipient's stands in for it.
"""

from __future__ import annotations

from regulars.intake.records import Kind, Status
from regulars.intake.source import Field, Source, besides
from regulars.intake.sources.china import PROVINCE_PLAIN, TIME_ZONE, told

_PLATFORM = "youzan"
_STATUSES = {
    "待付款": Status.PLACED,
    "待支付": Status.PLACED,
    "等待买家付款": Status.PLACED,
    "待确认": Status.PLACED,
    "待抽奖": Status.PAID,
    "待成团": Status.PAID,
    "待接单": Status.PAID,
    "已付款": Status.PAID,
    "已支付": Status.PAID,
    "待发货": Status.PAID,
    "等待商家发货": Status.PAID,
    "等待卖家发货": Status.PAID,
    "部分发货": Status.PAID,
    "待核销": Status.PAID,
    "待自提": Status.PAID,
    "待使用": Status.PAID,
    "已发货": Status.SHIPPED,
    "商家已发货": Status.SHIPPED,
    "待收货": Status.SHIPPED,
    "配送中": Status.SHIPPED,
    "已收货": Status.COMPLETED,
    "已核销": Status.COMPLETED,
    "已完成": Status.COMPLETED,
    "交易完成": Status.COMPLETED,
    "交易成功": Status.COMPLETED,
    "交易关闭": Status.CANCELLED,
    "已关闭": Status.CANCELLED,
    "已取消": Status.CANCELLED,
    "已退款": Status.CANCELLED,
}

_OF_BOTH = (
    Field("order_id", ("订单号",), known=True, required=True),
    Field("placed_at", ("订单创建时间",)),
    Field("paid_at", ("买家付款时间",)),
    Field("status", ("订单状态",)),
)
_PLACED_AT = "coalesce(placed_at, paid_at)"

_COUNT = "[(（]\\d+件[)）]"
_BY_MARK = "list_filter(regexp_split_to_array(goods, '[;；\\n]'), lambda one: trim(one) <> '')"
_GOODS = (
    f"CASE WHEN goods IS NULL THEN []"
    f" WHEN regexp_matches(goods, '{_COUNT}')"
    f" THEN regexp_extract_all(goods, '(?s)[^;；,，、\\s].*?{_COUNT}')"
    f" WHEN len({_BY_MARK}) = coalesce(kinds, 1) THEN {_BY_MARK} ELSE [goods] END"
)
_TITLE = f"trim(regexp_replace(item, '{_COUNT}\\s*$', ''))"

YOUZAN_ORDERS = Source(
    name="youzan_orders",
    title="Youzan orders",
    title_zh="有赞订单",
    kind="orders",
    platform=_PLATFORM,
    record=Kind.ORDER,
    time_zone=TIME_ZONE,
    fields=(
        *_OF_BOTH,
        Field("gross", ("商品金额合计",)),
        Field("shipping", ("运费",)),
        Field("shop_discount", ("店铺优惠合计",)),
        Field("platform_discount", ("支付优惠合计",)),
        Field("due", ("应收订单金额",), type="money"),
        Field("paid", ("订单实付金额",), known=True),
        Field("refunded", ("订单已退款金额",)),
        Field("phone", ("买家手机号", "收货人手机号/提货人手机号")),
        Field("recipient_name", ("收货人/提货人",)),
        Field("recipient_phone", ("收货人手机号/提货人手机号",)),
        Field("recipient_address", ("详细收货地址/提货地址",)),
        Field("province", ("收货人省份",)),
        Field("city", ("收货人城市",)),
        Field("source", ("订单来源",)),
        Field("coupon", ("优惠券码名称", "店铺优惠方式")),
        Field("store", ("归属店铺", "下单网点")),
    ),
    statuses=_STATUSES,
    derive={
        "placed_at": _PLACED_AT,
        "phone": "coalesce(phone, recipient_phone)",
        "shop_discount": "abs(shop_discount)",
        "platform_discount": "coalesce(abs(platform_discount), greatest(due - paid, 0))",
        "paid": "CASE WHEN status = 'cancelled' AND paid_at IS NULL THEN 0"
        " ELSE coalesce(paid, due) END",
        "province": PROVINCE_PLAIN,
        "country": "'中国'",
    },
    also=(
        besides(
            Kind.LINE,
            (
                *_OF_BOTH,
                Field("goods", ("全部商品名称",), known=True, type="text"),
                Field("kinds", ("商品种类数",), type="money"),
            ),
            stands_alone=False,
            statuses=_STATUSES,
            unpack=_GOODS,
            derive={
                "placed_at": _PLACED_AT,
                "product_name": _TITLE,
                "product_id": _TITLE,
                "quantity": "regexp_extract(item, '[(（](\\d+)件[)）]\\s*$', 1)",
            },
        ),
    ),
)

YOUZAN_LINES = Source(
    name="youzan_lines",
    title="Youzan goods of orders",
    title_zh="有赞订单商品",
    kind="orders",
    platform=_PLATFORM,
    record=Kind.LINE,
    stands_alone=False,
    time_zone=TIME_ZONE,
    fields=(
        Field("order_id", ("订单号",), known=True, required=True),
        Field("status", ("订单商品状态",), known=True),
        Field("product_name", ("商品名称",), known=True, required=True),
        Field("unit_price", ("商品单价",), known=True),
        Field("quantity", ("商品数量",), known=True),
        Field("refunded", ("商品已退款金额",), known=True),
        Field("variant", ("商品规格",)),
        Field("product_id", ("规格编码",)),
        Field("item_code", ("商品编码",), type="text"),
        Field("category", ("商品类目",)),
        Field("paid", ("商品实际成交金额",)),
        Field("placed_at", ("订单创建时间",)),
        Field("paid_at", ("买家付款时间",)),
    ),
    statuses=_STATUSES,
    derive={
        "product_id": f"coalesce({told('product_id')}, {told('item_code')}, product_name)",
        "shop_discount": "CASE WHEN gross > paid THEN gross - paid END",
    },
)

YOUZAN_CUSTOMERS = Source(
    name="youzan_customers",
    title="Youzan customers",
    title_zh="有赞客户",
    kind="customers",
    platform=_PLATFORM,
    record=Kind.CUSTOMER,
    time_zone=TIME_ZONE,
    fields=(
        Field("phone", ("客户手机号", "手机号"), known=True),
        Field("nickname", ("客户昵称", "昵称"), known=True, type="text"),
        Field("name", ("客户姓名", "姓名")),
        Field("gender", ("客户性别", "性别")),
        Field("birthday", ("客户生日", "生日"), type="text"),
        Field("tags", ("标签",)),
        Field("registered_at", ("成为客户时间",), known=True),
        Field("source", ("来源渠道",)),
    ),
    traits=(
        ("member", ("是否会员",)),
        ("growth", ("成长值",)),
        ("member_level", ("免费等级",)),
        ("paid_level", ("付费等级",)),
        ("benefit_card", ("权益卡",)),
        ("points", ("客户积分",)),
        ("stored_value", ("客户储值余额",)),
        ("wecom_friend", ("企微好友",)),
        ("source_way", ("来源方式",)),
        ("member_since", ("成为会员时间",)),
    ),
    derive={
        "name": "coalesce(name, nickname)",
        "birth_date": "TRY_CAST(replace(birthday, '/', '-') AS DATE)",
        "gender": "CASE WHEN gender NOT IN ('其他', '未知') THEN gender END",
    },
)
