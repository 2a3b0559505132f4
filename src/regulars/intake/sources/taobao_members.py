"""Taobao members (客户运营平台, formerly 会员关系管理): one row per customer of the shop.

Known by the account name, as the orders know them; a masked name is nobody and its row is
rejected. What the platform adds up (交易总额, 交易笔数) is kept as an attribute and not as orders.
The headers are those of the platform's screen; exports name some of them in two ways.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source
from regulars.intake.sources.china import TIME_ZONE, unmasked
from regulars.intake.sources.taobao import PLATFORM

TAOBAO_MEMBERS = Source(
    name="taobao_members",
    title="Taobao/Tmall members",
    title_zh="淘宝/天猫会员",
    kind="customers",
    platform=PLATFORM,
    record=Kind.CUSTOMER,
    key_is_personal=True,
    time_zone=TIME_ZONE,
    fields=(
        Field(
            "customer_key",
            ("买家会员名", "买家昵称", "会员昵称", "会员名", "客户昵称"),
            known=True,
            required=True,
        ),
        Field("name", ("真实姓名", "姓名", "客户姓名")),
        Field("phone", ("手机号码", "手机号", "手机", "联系手机")),
        Field("email", ("邮箱", "电子邮箱")),
        Field("gender", ("性别",)),
        Field("birthday", ("生日", "出生日期"), type="text"),
        Field("province", ("省份", "省")),
        Field("city", ("城市", "市")),
        Field("reputation", ("买家信誉", "信用等级", "买家信用")),
        Field("tags", ("标签", "会员分组", "分组", "所在分组")),
        Field("source", ("客户来源", "关系来源", "会员来源")),
    ),
    traits=(
        ("member_level", ("会员级别", "会员等级")),
        ("trade_amount", ("交易总额", "交易总额(元)", "交易额", "累计交易金额")),
        ("trade_count", ("交易笔数", "交易笔数(笔)", "交易成功笔数")),
        ("average_order_amount", ("平均客单价", "平均交易金额", "平均订单金额", "客单价")),
        ("last_trade_at", ("上次交易时间", "最后交易时间", "最近交易时间")),
        ("closed_amount", ("交易关闭金额",)),
        ("closed_count", ("交易关闭笔数",)),
    ),
    derive={
        "customer_key": unmasked("customer_key"),
        "birth_date": "TRY_CAST(replace(birthday, '/', '-') AS DATE)",
        "country": "'中国'",
    },
)
