"""The columns of the plan: a promise to those who export, join and read it.

One row per customer for whom a play applies, ordered by rank. Days are days of the shop's
calendar, money is in the shop's currency.

>>> [column.name for column in PLAN][-2:]
['why_not_en', 'rank']
"""

from __future__ import annotations

import pyarrow as pa

from regulars.people.columns import MONEY, Column

_text, _int, _day = pa.string(), pa.int32(), pa.date32()

PLAN: tuple[Column, ...] = (
    Column("customer_id", pa.int64(), "our number of the customer", "用户编号"),
    Column("ref", _text, "the shop's own number of the customer, masked if personal", "店铺侧编号"),
    Column("stage", _text, "stage shown on the as-of day", "生命周期阶段"),
    Column("play", _text, "id of the play in playbook.toml", "打法编号"),
    Column("play_name_zh", _text, "name of the play in Chinese", "打法名称（中文）"),
    Column("play_name_en", _text, "name of the play in English", "打法名称（英文）"),
    Column(
        "lever", _text, "acquire, maintain, stimulate or let_go", "抓手：开源、维持、刺激、节流"
    ),
    Column(
        "decision",
        _text,
        "act, hold_out (of the play), global_hold_out (of all marketing) or not_funded",
        "决定：执行、对照组、全局对照组、预算不足",
    ),
    Column("channel", _text, "channel of the message", "渠道"),
    Column("send_on", _day, "day of the action", "执行日"),
    Column("send_hour", _int, "hour of the shop's day, 8-21", "执行时点"),
    Column("offer_zh", _text, "words of the offer in Chinese, empty without one", "利益点（中文）"),
    Column("offer_en", _text, "words of the offer in English, empty without one", "利益点（英文）"),
    Column("product_id", _text, "product that the message names, empty without one", "商品编号"),
    Column("product", _text, "title of that product", "所荐商品"),
    Column("message_zh", _text, "the message in Chinese, filled in", "消息（中文）"),
    Column("message_en", _text, "the message in English, filled in", "消息（英文）"),
    Column("expected_cost", MONEY, "message + redemption x benefit", "预计成本"),
    Column("worst_case", MONEY, "the most that the action can cost", "最坏成本"),
    Column(
        "expected_worth",
        MONEY,
        "incremental chance x basket x margin - expected cost; assumed until measured",
        "预计价值（先验假设，待实测）",
    ),
    Column("reason_zh", _text, "why this customer, in Chinese", "理由（中文）"),
    Column("reason_en", _text, "why this customer, in English", "理由（英文）"),
    Column(
        "why_not_zh",
        _text,
        "why no action where there is none, and which other plays applied, in Chinese",
        "为何不做、其他可选打法（中文）",
    ),
    Column("why_not_en", _text, "the same in English", "为何不做、其他可选打法（英文）"),
    Column("rank", _int, "1 for the highest expected worth", "排名"),
)

PLAN_SCHEMA = pa.schema([pa.field(column.name, column.type, nullable=False) for column in PLAN])
"""The Arrow schema of the plan; `ref` alone may be missing."""
PLAN_SCHEMA = PLAN_SCHEMA.set(1, PLAN_SCHEMA.field("ref").with_nullable(True))
