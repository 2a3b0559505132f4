"""The columns of the people table: a promise to those who export, join and read it.

One row per customer known on the as-of date. Dates are days of the shop's calendar, money is in
the shop's currency, and a purchase is an order that was paid and not wholly taken back.

>>> [column.name for column in PEOPLE][:3]
['customer_id', 'ref', 'as_of']
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

MONEY = pa.decimal128(18, 4)


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its meaning in both languages."""

    name: str
    type: pa.DataType
    en: str
    zh: str


_text, _int, _real, _day = pa.string(), pa.int32(), pa.float64(), pa.date32()
_long = pa.int64()
_texts = pa.list_(pa.string())

PEOPLE: tuple[Column, ...] = (
    Column("customer_id", pa.int64(), "our number of the customer, stable for ever", "用户编号"),
    Column("ref", _text, "the shop's own number of the customer, masked if personal", "店铺侧编号"),
    Column("as_of", _day, "the day up to whose end the row knows", "截止日"),
    Column("registered_on", _day, "day of registration, from a customers file", "注册日"),
    Column("first_order_on", _day, "day of the first purchase", "首单日"),
    Column("last_order_on", _day, "day of the latest purchase", "末单日"),
    Column("recency_days", _int, "days from the latest purchase to as_of", "距末单天数"),
    Column("tenure_days", _int, "days from the first purchase to as_of", "客龄天数"),
    Column("orders", _int, "number of purchases (frequency)", "购买次数"),
    Column("purchase_days", _int, "number of days with a purchase", "购买天数"),
    Column("cancelled_orders", _int, "orders cancelled or wholly taken back", "取消订单数"),
    Column("monetary", MONEY, "paid less refunded over all orders", "累计实付"),
    Column("average_order_value", MONEY, "monetary / orders", "笔单价"),
    Column("profit", MONEY, "profit of the purchases, by cost or the margin set", "累计毛利"),
    Column("refund_share", _real, "refunded / paid over all orders, 1 at most", "退款占比"),
    Column("discount_share", _real, "discounts / gross of purchases", "优惠占比"),
    Column("discounted_share", _real, "share of purchases with any discount", "使用优惠的购买占比"),
    Column("weekend_share", _real, "share of purchases on Saturday or Sunday", "周末购买占比"),
    Column(
        "payday_share",
        _real,
        "share of purchases on a payday of the settings or the two days after",
        "发薪日及其后两天购买占比",
    ),
    Column("evening_share", _real, "share of purchases from 18:00 to midnight", "晚间购买占比"),
    Column(
        "source",
        _text,
        "where the customer came in: as registered, else of the first order",
        "来源",
    ),
    Column("categories", _int, "distinct categories bought", "购买类目数"),
    Column("favourite_categories", _texts, "up to three categories, most orders first", "偏好类目"),
    Column("top_category", _text, "category in most orders; ties to the later bought", "首选类目"),
    Column("top_category_orders", _int, "orders that hold the top category", "首选类目订单数"),
    Column(
        "usual_hour", _int, "most frequent hour of purchase, 0-23; ties to the lower", "常购时段"
    ),
    Column("usual_weekday", _int, "most frequent weekday, 1 Monday - 7 Sunday", "常购星期"),
    Column("end_users", _int, "distinct recipients of the purchases, where known", "使用者数"),
    Column("r", _int, "recency quintile, 5 the most recent fifth", "R 分"),
    Column("f", _int, "frequency quintile, 5 the most frequent fifth", "F 分"),
    Column("m", _int, "monetary quintile, 5 the highest fifth", "M 分"),
    Column("rfm_segment", _text, "western segment name of (r, f, m)", "RFM 分群"),
    Column("rfm8", _text, "three bits R F M, 1 high: the eight Chinese segments", "RFM 八分"),
    Column("rfm8_name", _text, "Chinese name of the rfm8 segment", "八分名称"),
    Column(
        "cycle_source",
        _text,
        "whose cycle was used: own, shrunk, category, shop, fallback",
        "周期来源",
    ),
    Column("cycle_p50", _real, "days; half of those who return have done so", "周期 P50"),
    Column("cycle_p80", _real, "days; 80 % of those who return have done so", "周期 P80"),
    Column("cycle_p95", _real, "days; 95 % of those who return have done so", "周期 P95"),
    Column(
        "fallback_percentiles",
        _texts,
        "percentiles the data do not reach, set from settings",
        "兜底分位",
    ),
    Column("due_on", _day, "the day on which the next purchase is expected (P50)", "应复购日"),
    Column("at_risk_on", _day, "the day after which the customer is at risk (P80)", "风险日"),
    Column("dormant_on", _day, "the day after which the customer is dormant (P95)", "沉睡日"),
    Column("overdue_days", _int, "days past due_on, 0 if not overdue", "超期天数"),
    Column("chance_of_return", _real, "chance of a purchase within the horizon", "回购概率"),
    Column(
        "chance_30",
        _real,
        "chance of a purchase within 30 days, by the ranker; where it cannot tell, by the cycle",
        "30 天购买概率",
    ),
    Column(
        "chance_90",
        _real,
        "chance of a purchase within 90 days, by the ranker; where it cannot tell, by the cycle",
        "90 天购买概率",
    ),
    Column(
        "alive",
        _real,
        "chance of still being active, by the chosen lifetime model; BG/NBD and NBD say 1 of every"
        " one-time buyer",
        "活跃概率",
    ),
    Column(
        "expected_purchases_90",
        _real,
        "expected purchases of the next 90 days, by the ranker; else by the lifetime model",
        "90 天期望购买次数",
    ),
    Column(
        "expected_purchases_365",
        _real,
        "expected purchases of the next 365 days, by the lifetime model",
        "365 天期望购买次数",
    ),
    Column("expected_spend", MONEY, "expected amount of a purchase (Gamma-Gamma)", "期望客单价"),
    Column(
        "lifetime_value",
        MONEY,
        "expected profit of the days to come that the settings name, discounted: purchases x spend"
        " x margin",
        "用户生命周期价值",
    ),
    Column(
        "promotion_orders",
        _int,
        "purchases on days of promotions that pull in this shop",
        "大促购买次数",
    ),
    Column(
        "buys_only_at",
        _text,
        "promotions, where two purchase days or more all lie within them",
        "只在大促购买",
    ),
    Column(
        "customer_type",
        _text,
        "type by buying behaviour, what stands out joined by -; NULL without a purchase or where"
        " types cannot be told",
        "用户类型",
    ),
    Column("depth", _text, "how far the relationship has gone", "关系深度"),
    Column("warmth", _text, "how it stands against the customer's own cycle", "冷热"),
    Column("stage", _text, "the one name shown", "生命周期阶段"),
    Column("previous_stage", _text, "the stage before this one", "上一阶段"),
    Column("stage_since", _day, "first day of the present stage", "阶段起始日"),
    Column("points", _long, "points to be spent, those held for an order included", "积分"),
    Column("points_expire_on", _day, "the last day of the points that expire first", "积分到期日"),
    Column("points_owed", _long, "points that a refund would have taken back", "积分欠额"),
    Column("growth", _long, "growth value that counts for the tier", "成长值"),
    Column("tier", _text, "name of the tier", "会员等级"),
    Column("balance", MONEY, "balance from red envelopes and gifts of money", "余额"),
    Column("coupons", _int, "coupons in hand, those held for an order included", "持券数"),
    Column("coupons_expire_on", _day, "the last day of the coupon that expires first", "券到期日"),
    Column("badges", _texts, "names of the badges, by name", "勋章"),
    Column("benefit_orders", _int, "orders paid with coupons, points or balance", "用权益的订单数"),
    Column("gender", _text, "as the customers file says", "性别"),
    Column("birth_date", _day, "as the customers file says", "生日"),
    Column("province", _text, "as the customers file says, else the latest order's", "省份"),
    Column("city", _text, "as the customers file says, else the latest order's", "城市"),
    Column("country", _text, "as the customers file says, else the latest order's", "国家"),
    Column("education", _text, "as the customers file says", "学历"),
    Column(
        "reputation", _text, "the platform's grade of the buyer; not financial credit", "信誉级别"
    ),
    Column("interests", _texts, "as the customers file says", "兴趣"),
    Column("tags", _texts, "as the customers file says", "标签"),
    Column("traits", pa.map_(_text, _text), "further attributes of the customers file", "其他属性"),
    Column("phone", _text, "masked", "手机（脱敏）"),
    Column("email", _text, "masked", "邮箱（脱敏）"),
)

SCHEMA = pa.schema([pa.field(column.name, column.type) for column in PEOPLE])
"""The Arrow schema of the people table."""
