"""Pictures of how the shop grows: growth, drivers, cohorts, second orders."""

from __future__ import annotations

from regulars.insight.picture import Declared, TableOf

GROWING: tuple[Declared, ...] = (
    Declared(
        "growth",
        "Growth accounting",
        "增长核算",
        "Month by month: who is new, who stayed, who came back, who did not?",
        "每个月有谁是新客、谁留下、谁回来、谁没来？",
        (
            TableOf(
                "months",
                "By month",
                "按月",
                {
                    "buyers": "month_buyers",
                    "new": "new_buyers",
                    "retained": "retained_buyers",
                    "resurrected": "resurrected_buyers",
                    "lost": "lost_buyers",
                    "quick_ratio": "quick_ratio",
                },
                latest=True,
            ),
        ),
        "regulars.insight.growth:draw",
        whole=False,
    ),
)
