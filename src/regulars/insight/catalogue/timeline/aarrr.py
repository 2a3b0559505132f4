"""The picture `aarrr`."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

_LOW, _HIGH = "interval_low", "interval_high"

DECLARED = Declared(
    "aarrr",
    "AARRR",
    "AARRR 全链路",
    "Acquisition, activation, retention, revenue, referral: how many, which share, which way?",
    "获取、激活、留存、收入、推荐：多少人、占比多少、走势如何？",
    (
        TableOf(
            "stages",
            "By stage and step",
            "按阶段与步骤",
            {
                "customers": "stage_step_customers",
                "of": "stage_step_of",
                "share": "stage_step_share",
                "share_low": _LOW,
                "share_high": _HIGH,
                "before_customers": "stage_step_customers",
                "before_of": "stage_step_of",
                "before_share": "stage_step_share",
                "before_share_low": _LOW,
                "before_share_high": _HIGH,
                "change": "stage_step_change",
                "change_low": _LOW,
                "change_high": _HIGH,
            },
            shown=(
                "stage",
                "step",
                "customers",
                "of",
                "share",
                "share_low",
                "share_high",
                "before_share",
                "change",
                "trend",
            ),
        ),
        TableOf(
            "revenue",
            "Sales of newcomers",
            "新来者销售额",
            {
                "watched": "watched_newcomers",
                "buyers": "watched_new_buyers",
                "sales": "newcomer_sales",
                "sales_per_customer": "sales_per_newcomer",
                "sales_per_buyer": "sales_per_new_buyer",
            },
        ),
        TableOf(
            "referral",
            "Who invites, who is invited",
            "邀请与受邀",
            {
                "active": "active_customers",
                "inviters": "inviters",
                "inviter_share": "inviter_share",
                "invited": "invited_newcomers",
                "invited_share": "invited_share",
                "invited_share_low": _LOW,
                "invited_share_high": _HIGH,
                "invited_per_inviter": "invited_per_inviter",
            },
        ),
        TableOf(
            "plays",
            "Plays by stage",
            "各阶段打法",
            {"treated": "play_treated", "held_out": "play_held_out"},
        ),
    ),
    "regulars.insight.aarrr.draw:draw",
    options=(
        *OPTIONS,
        Option(
            "within",
            int,
            30,
            "Days after coming in within which steps count.",
            least=1,
            most=365,
        ),
    ),
    of_timeline=True,
)
