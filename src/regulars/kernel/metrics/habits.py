"""When and how people buy, which types they are of, and for whom they buy."""

from __future__ import annotations

from regulars.kernel.metrics.entry import entry

_TYPES = "tests/insight/test_buyer_types.py::test_the_types_of_a_made_up_shop_worked_by_hand"
_TIMES = "tests/insight/test_habits.py::test_weekdays_worked_by_hand"
_HOW = "tests/insight/test_habits.py::test_how_people_buy_worked_by_hand"
_USERS = "tests/insight/test_end_users.py::test_recipients_and_gifts_worked_by_hand"
_AGES = "tests/insight/test_end_users.py::test_ages_worked_by_hand"

_SO_FAR = ("over all purchases so far", "按至今全部购买")
_MEAN = ("the mean of the type, not a bound of its rule", "为该类的均值，不是规则的界限")
_BURSTS = (
    "days of the promotion calendar are left out of hours, weekdays and paydays; 95 % interval"
    " with weeks (paydays: months) as observations; empty for promotions, which are too few",
    "时段、星期与发薪日不计大促日；95% 区间以周（发薪日以月）为观察单位；大促次数太少，不给区间",
)
_WILSON = ("95 % Wilson interval", "95% Wilson 区间")
_MASKED = (
    "recipients are told apart by their pseudonym; one written in two ways counts twice",
    "按收货人化名区分；同一人写法不同会重复计",
)
_GUESS = (
    "a guess from what was bought; suppressed under 30 customers",
    "由所购商品推测；不足 30 人不显示",
)

HABITS: tuple[dict[str, str], ...] = (
    *(
        entry(key, en, zh, formula, formula_zh, unit, "type", *caveat, golden=_TYPES)
        for key, en, zh, formula, formula_zh, unit, caveat in (
            (
                "type_customers", "Customers of the type", "该类用户数",
                "customers with a purchase who meet the type's rule",
                "满足该类规则的购买用户数", "customers", _SO_FAR,
            ),
            (
                "type_share", "Share of buyers", "占购买用户比例",
                "customers of the type / customers with a purchase",
                "该类用户数 ÷ 购买用户数", "share", _SO_FAR,
            ),
            (
                "type_sales_share", "Share of sales", "销售占比",
                "paid less refunded of the type / of all buyers",
                "该类累计实付减退款 ÷ 全部购买用户的", "share", _SO_FAR,
            ),
            (
                "type_profit_share", "Share of profit", "毛利占比",
                "profit of the type's purchases / of all buyers' purchases",
                "该类购买的毛利 ÷ 全部购买用户的毛利", "share",
                ("profit by cost, or the margin of the settings", "按成本计，缺成本按设置的毛利率"),
            ),
            (
                "type_core_share", "Core among the type", "该类中核心占比",
                "core customers of the type / its customers",
                "该类中的核心用户 ÷ 该类用户数", "share", _SO_FAR,
            ),
            (
                "type_orders", "Purchases per customer", "人均购买次数",
                "purchases of the type / its customers", "该类购买次数 ÷ 用户数", "orders", _MEAN,
            ),
            (
                "type_order_value", "Order value", "笔单价",
                "paid less refunded of the type / its purchases",
                "该类累计实付减退款 ÷ 购买次数", "money", _MEAN,
            ),
            (
                "type_categories", "Categories per customer", "人均类目数",
                "mean number of categories bought", "人均购买过的类目数", "categories", _MEAN,
            ),
            (
                "type_discounted_share", "Purchases with a discount", "优惠购买占比",
                "mean over customers of their share of purchases with a discount",
                "各用户使用优惠的购买占比的均值", "share", _MEAN,
            ),
            (
                "type_promotion_share", "Purchases at promotions", "大促购买占比",
                "purchases at promotions that pull / purchases of the type",
                "有效大促期的购买次数 ÷ 该类购买次数", "share", _MEAN,
            ),
            (
                "type_refund_share", "Refunded", "退款占比",
                "mean over customers of refunded / paid", "各用户退款 ÷ 实付的均值", "share", _MEAN,
            ),
            (
                "type_recency", "Days since the last purchase", "距末单天数",
                "mean days since the last purchase", "距末单天数的均值", "days", _MEAN,
            ),
        )
    ),
    entry(
        "silhouette",
        "Mean silhouette",
        "平均轮廓系数",
        "mean of (b − a) / max(a, b) over buyers: a the mean distance to the own cluster, b to the"
        " nearest other",
        "(b − a) ÷ max(a, b) 的均值：a 为到本类的平均距离，b 为到最近另一类的平均距离",
        "index",
        "number of clusters",
        "on some 2,000 buyers; over 0.5 clusters are clearly apart (Rousseeuw 1987)",
        "取约 2,000 位用户计算；大于 0.5 表示类间分明",
        golden=_TYPES,
    ),
    *(
        entry(key, en, zh, formula, formula_zh, unit, "time", *_BURSTS, golden=_TIMES)
        for key, en, zh, formula, formula_zh, unit in (
            (
                "time_purchases", "Purchases then", "该时间购买次数",
                "purchases at such times, guests' too", "该类时间的购买次数，含游客", "orders",
            ),
            (
                "time_share", "Share of purchases", "购买占比",
                "purchases at such times / all purchases", "该类时间购买 ÷ 全部购买", "share",
            ),
            (
                "time_even_share", "Even share", "均匀占比",
                "share of the time: 1/24 of an hour, else days of the kind / days",
                "时间本身的占比：每小时 1/24，其余为该类天数 ÷ 总天数", "share",
            ),
            (
                "time_index", "Index", "时间指数",
                "share of purchases / even share × 100", "购买占比 ÷ 均匀占比 × 100", "index",
            ),
            (
                "time_index_interval", "Index, 95 % interval", "时间指数 95% 区间",
                "share ± 1.96 × √(m/(m−1) × Σ(a − share × n)²) / Σn, over the even share × 100;"
                " a of n purchases in each of m weeks",
                "占比 ± 1.96 × √(m/(m−1) × Σ(a − 占比 × n)²) ÷ Σn，再 ÷ 均匀占比 × 100；"
                "m 周中每周 n 次购买有 a 次属于该时间", "index",
            ),
            (
                "core_time_index", "Index of the core", "核心用户时间指数",
                "the index of core customers' purchases", "核心用户购买的时间指数", "index",
            ),
            (
                "core_time_index_interval", "Index of the core, 95 % interval",
                "核心用户时间指数 95% 区间",
                "the interval of core customers' index", "核心用户时间指数的区间", "index",
            ),
        )
    ),
    *(
        entry(key, en, zh, formula, formula_zh, unit, "habit", *caveat, golden=_HOW)
        for key, en, zh, formula, formula_zh, unit, caveat in (
            (
                "habit_customers", "Customers with the habit", "该习惯用户数",
                "buyers with the value; of discount dependence, those with two purchases or more",
                "具有该取值的购买用户；优惠依赖只看购买两次以上者", "customers", _SO_FAR,
            ),
            (
                "habit_share", "Share of customers", "用户占比",
                "customers with the value / all for whom it is known",
                "该取值用户 ÷ 全部已知用户", "share", _SO_FAR,
            ),
            (
                "habit_share_interval", "Share, 95 % interval", "用户占比 95% 区间",
                "Wilson interval of the share", "占比的 Wilson 区间", "share", _WILSON,
            ),
            (
                "habit_orders", "Purchases per customer", "人均购买次数",
                "purchases / customers with the value", "购买次数 ÷ 该取值用户数", "orders",
                ("empty under 30 customers", "不足 30 人为空"),
            ),
            (
                "habit_profit", "Profit per customer", "人均毛利",
                "profit of all purchases / customers with the value",
                "全部购买的毛利 ÷ 该取值用户数", "money",
                ("empty under 30 customers", "不足 30 人为空"),
            ),
            (
                "habit_core", "Core customers with the habit", "该习惯核心用户数",
                "core customers with the value", "具有该取值的核心用户数", "customers", _SO_FAR,
            ),
            (
                "habit_core_share", "Share of the core", "核心用户中占比",
                "core customers with the value / core customers for whom it is known",
                "该取值核心用户 ÷ 已知的核心用户", "share",
                (
                    "the core buy more often, so what grows with purchases is higher among them",
                    "核心用户买得更多，随购买增长的取值自然更高",
                ),
            ),
            (
                "habit_core_share_interval", "Share of the core, 95 % interval",
                "核心用户中占比 95% 区间",
                "Wilson interval of the core's share", "核心占比的 Wilson 区间", "share", _WILSON,
            ),
            (
                "discount_purchases", "Purchases of the depth", "该深度购买次数",
                "purchases whose discount / list value lies in the band, upper end included",
                "优惠 ÷ 原价 落在该区间（含上限）的购买次数", "orders",
                ("purchases of a list value only", "只计有原价的购买"),
            ),
            (
                "discount_purchases_share", "Share of purchases", "购买占比",
                "purchases of the depth / all with a list value", "该深度购买 ÷ 有原价的购买",
                "share", ("purchases of a list value only", "只计有原价的购买"),
            ),
            (
                "discount_sales", "Sales of the depth", "该深度销售额",
                "paid less refunded of these purchases", "这些购买的实付减退款", "money", _SO_FAR,
            ),
            (
                "discount_sales_share", "Share of sales", "销售占比",
                "sales of the depth / sales of all with a list value",
                "该深度销售额 ÷ 有原价购买的销售额", "share", _SO_FAR,
            ),
            (
                "discount_profit", "Profit of the depth", "该深度毛利",
                "profit of these purchases", "这些购买的毛利", "money",
                ("profit by cost, or the margin of the settings", "按成本计，缺成本按设置的毛利率"),
            ),
            (
                "discount_profit_rate", "Margin", "毛利率",
                "profit / sales of the depth", "该深度毛利 ÷ 销售额", "share",
                ("profit by cost, or the margin of the settings", "按成本计，缺成本按设置的毛利率"),
            ),
        )
    ),
    *(
        entry(key, en, zh, formula, formula_zh, unit, grain, *caveat, golden=golden)
        for key, en, zh, formula, formula_zh, unit, grain, caveat, golden in (
            (
                "recipient_customers", "Customers by recipients", "按收货人数的用户",
                "customers with two purchases or more who sent to so many recipients",
                "购买两次以上、收货人为该数的用户数", "customers", "recipients", _MASKED, _USERS,
            ),
            (
                "recipient_share", "Share by recipients", "按收货人数的占比",
                "those customers / all with two purchases or more and a known recipient",
                "该数用户 ÷ 购买两次以上且收货人已知的用户", "share", "recipients", _MASKED, _USERS,
            ),
            (
                "recipient_share_interval", "Share, 95 % interval", "占比 95% 区间",
                "Wilson interval of the share", "占比的 Wilson 区间", "share", "recipients",
                _WILSON, _USERS,
            ),
            (
                "named_purchases", "Purchases with a recipient", "收货人已知的购买",
                "purchases with a known recipient, of customers with two purchases or more",
                "购买两次以上用户中收货人已知的购买次数", "orders", "category", _MASKED, _USERS,
            ),
            (
                "gift_purchases", "Purchases for others", "寄给他人的购买",
                "of them, those sent to another than the customer's most frequent recipient",
                "其中寄给非最常用收货人的次数", "orders", "category",
                (
                    "a gift, a second address, or the name written otherwise",
                    "可能是送礼、另一地址，或姓名写法不同",
                ),
                _USERS,
            ),
            (
                "gift_share", "Share for others", "寄给他人占比",
                "purchases for others / purchases with a recipient",
                "寄给他人的购买 ÷ 收货人已知的购买", "share", "category", _MASKED, _USERS,
            ),
            (
                "gift_share_interval", "Share for others, 95 % interval", "寄给他人占比 95% 区间",
                "Wilson interval of the share", "占比的 Wilson 区间", "share", "category", _WILSON,
                _USERS,
            ),
            (
                "age_customers", "Purchasers by age", "按月龄的用户",
                "purchasers whose goods for an age all point to a child of this age on the day",
                "所购有月龄的商品一致指向该月龄的用户数", "customers", "age band", _GUESS, _AGES,
            ),
            (
                "age_share", "Share by age", "按月龄的占比",
                "those purchasers / all whose goods point to one age",
                "该月龄用户 ÷ 指向单一月龄的用户", "share", "age band", _GUESS, _AGES,
            ),
            (
                "next_age_customers", "Soon of the next age", "即将进入下一月龄段",
                "purchasers whose child reaches the age band within so many days",
                "孩子将在所示天数内进入该月龄段的用户数", "customers", "age band", _GUESS, _AGES,
            ),
        )
    ),
)  # fmt: skip
