"""What the shop owes its customers, and what they use."""

from __future__ import annotations

from regulars.kernel.metrics.entry import entry

_FLOW = "tests/flow/test_a_day_of_benefits.py::"
_AGREE = _FLOW + "test_report_and_people_row_agree_with_the_book"

BENEFITS: tuple[dict[str, str], ...] = (
    entry(
        "points_outstanding",
        "Points outstanding",
        "未使用积分",
        "points that customers have and that have not expired, those held for orders included",
        "用户持有且未过期的积分，含已为订单锁定的",
        "count",
        "shop",
        "worth: what all of it would pay, rounded up once",
        "价值：全部使用时可抵扣的金额，整体向上取整一次",
        golden=_AGREE,
    ),
    entry(
        "points_breakage",
        "Expected breakage",
        "预计沉没积分",
        "b × points issued, of each month of expiry to come, and no more than is outstanding; b: "
        "share that expired unused of the months that are over",
        "对每个尚未到期的月份：b × 已发积分，且不超过未使用积分；b：已到期月份中过期未用的占比",
        "count",
        "shop",
        "not told before 100 lots have come to their end",
        "到期批次不足 100 时不作判断",
        golden="tests/benefit/points/test_liability.py::test_where_vintages_truly_differ_the_newest_counts_most",
    ),
    entry(
        "coupons_in_hand",
        "Coupons in hand",
        "持券数",
        "coupons given, less those used, expired and taken back",
        "已发券数减去已用、过期与收回的",
        "count",
        "coupon",
        golden=_AGREE,
    ),
    entry(
        "coupon_used_share",
        "Share used",
        "核销率",
        "coupons used and not given back / coupons given and not taken back",
        "已用且未退回的券 ÷ 已发且未收回的券",
        "share",
        "coupon",
        golden=_AGREE,
    ),
    entry(
        "balance_owed",
        "Balance owed",
        "未使用余额",
        "money of red envelopes and gifts that customers have, and what is still in envelopes",
        "用户持有的红包与赠送余额，加上红包中尚未领取的部分",
        "money",
        "shop",
        golden=_AGREE,
    ),
    entry(
        "benefit_orders",
        "Orders paid with benefits",
        "用权益的订单数",
        "orders paid with coupons, points or balance in the last 30 days",
        "近 30 天使用优惠券、积分或余额支付的订单数",
        "orders",
        "shop",
        "counted when they are paid; later refunds do not take them out",
        "按支付时计；之后的退款不再扣除",
        golden=_AGREE,
    ),
    entry(
        "tier_customers",
        "Customers of the tier",
        "等级人数",
        "customers whose tier is this one as the people table was made",
        "生成用户表时处于该等级的用户数",
        "customers",
        "tier",
        golden=_AGREE,
    ),
    entry(
        "budget_left",
        "Left of the budget",
        "预算剩余",
        "funded, less what was spent and the worst case of what was given and is not used yet",
        "预算额减去已花费与已发未用权益的最坏成本",
        "money",
        "budget",
        golden="tests/benefit/order/test_refund.py::test_a_budget_that_has_given_the_rest_away_sets_aside_what_it_has",
    ),
)
