"""The picture `sources`."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

_LOW, _HIGH = "interval_low", "interval_high"


def _spans(*names: str, **told: str) -> dict[str, str]:
    """The columns of a number with its interval; `told` where the metric has another name."""
    found: dict[str, str] = {}
    for column, metric in ({name: name for name in names} | told).items():
        found |= {
            column: metric,
            f"{column}_low": "interval_low",
            f"{column}_high": "interval_high",
        }
    return found


_STEPS = ("followed", "downloaded", "activated", "first_order", "retained")
_IN_ORDER = {"customers": "newcomers"} | {step: f"line_{step}" for step in _STEPS}

DECLARED = Declared(
    "sources",
    "Sources by value",
    "来源价值对比",
    "How far do the newcomers of each source come, what are they worth, and what do they cost?",
    "各来源的新来者走到哪一步、价值多少、花费多少？",
    (
        TableOf(
            "sources",
            "By source, the most value for its cost first",
            "按来源（投入产出高者在前）",
            _IN_ORDER
            | {"buyers": "newcomers_who_bought", "again": "newcomers_who_bought_again"}
            | _spans(
                buyer_share="newcomer_buyer_share",
                again_share="newcomer_again_share",
                back_share="newcomer_back_share",
                value_per_customer="value_per_newcomer",
                value_per_buyer="value_per_new_buyer",
                cost_per_customer="cost_per_newcomer",
                cost_per_activated="cost_per_activated",
                cost_per_buyer="cost_per_new_buyer",
                value_to_cost="newcomer_value_to_cost",
            )
            | {
                "orders_per_customer": "orders_per_newcomer",
                "orders_per_buyer": "orders_per_new_buyer",
                "profit_per_customer": "profit_per_newcomer",
                "profit_per_buyer": "profit_per_new_buyer",
                "expected_per_customer": "expected_per_newcomer",
                "spend": "source_spend",
                "clicks": "source_clicks",
                "earned_back": "newcomer_earned_back",
                "payback_months": "newcomer_payback",
                "payback_low": _LOW,
                "payback_high": _HIGH,
            },
            shown=(
                "source",
                "customers",
                "buyers",
                "buyer_share",
                "back_share",
                "value_per_customer",
                "spend",
                "cost_per_buyer",
                "value_to_cost",
                "value_to_cost_low",
                "value_to_cost_high",
                "payback_months",
                "verdict",
            ),
        ),
        TableOf(
            "line",
            "The line, step by step",
            "全链路逐步",
            {"customers": "line_reached", "at_all": "line_at_all"}
            | _spans(share="line_share", step_share="line_step_share"),
        ),
        TableOf(
            "weeks",
            "By week of coming in",
            "按到访周",
            _IN_ORDER
            | {"buyers": "newcomers_who_bought"}
            | _spans(buyer_share="newcomer_buyer_share", back_share="newcomer_back_share"),
            shown=("week", "source", "customers", *_STEPS, "buyers", "buyer_share", "back_share"),
            latest=True,
        ),
        TableOf(
            "portrait",
            "Who their buyers are",
            "购买者画像",
            {
                "customers": "group_customers",
                "known": "group_known",
                "share": "group_share",
                "base_share": "base_share",
                "tgi": "tgi",
                "low": "tgi_interval",
                "high": "tgi_interval",
            },
        ),
    ),
    "regulars.insight.sources.draw:draw",
    options=(
        *OPTIONS,
        Option(
            "top", int, 12, "So many sources are told apart; the rest is gathered.",
            least=1, most=40,
        ),
        Option("months", int, 12, "Follow payback for so many months.", least=1, most=24),
    ),
    of_timeline=True,
)  # fmt: skip
