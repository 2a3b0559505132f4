"""A plan in numbers: what `plan --json` carries and the report shows above the list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from regulars.campaign.plan import Plan


def plan_summary(plan: Plan) -> dict[str, Any]:
    """Date, budget, what is reserved, expected cost, actions, hold-outs, and the same by play.

    Money is in the shop's currency. `cost` is expected, `reserved` the worst case; `expected_worth`
    rests on assumed priors until measured. `let_go` counts those to whom nothing is sent on
    purpose; they are no `actions`.
    """
    plays = {play.id: play for play in plan.playbook.plays}
    by_play = [
        {
            "play": one.play,
            "name_zh": one.name_zh,
            "name_en": one.name_en,
            "lever": one.lever,
            "actions": one.act,
            "held_out": one.hold_out + one.global_hold_out,
            "hold_out": one.hold_out,
            "global_hold_out": one.global_hold_out,
            "not_funded": one.not_funded,
            "cost": one.expected_cost,
            "worst_case": one.reserved,
            "expected_worth": one.expected_worth,
            "metric": one.metric,
            "kpi_zh": plays[one.play].kpi.zh,
            "kpi_en": plays[one.play].kpi.en,
        }
        for one in plan.by_play
    ]
    return {
        "date": plan.day.isoformat(),
        "as_of": plan.as_of.isoformat(),
        "currency": plan.currency,
        "budget": plan.budget,
        "reserved": plan.reserved,
        "cost": sum((one.expected_cost for one in plan.by_play), Decimal(0)),
        "actions": sum(one.act for one in plan.by_play if not plays[one.play].suppresses),
        "let_go": sum(one.act for one in plan.by_play if plays[one.play].suppresses),
        "held_out": sum(one.hold_out + one.global_hold_out for one in plan.by_play),
        "not_funded": sum(one.not_funded for one in plan.by_play),
        "by_play": by_play,
        "notes": [
            *(note.en for note in plan.notes),
            *(f"{advice.where}: {advice.en}" for advice in plan.playbook.warnings),
        ],
        "notes_zh": [
            *(note.zh for note in plan.notes),
            *(f"{advice.where}：{advice.zh}" for advice in plan.playbook.warnings),
        ],
    }
