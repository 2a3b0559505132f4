"""The picture `screening`."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

_LOW, _HIGH = "interval_low", "interval_high"
_BRANCH = {
    "customers": "branch_customers",
    "went_on": "branch_went_on",
    "went_on_share": "branch_went_on_share",
    "went_on_low": _LOW,
    "went_on_high": _HIGH,
    "ordered": "branch_ordered",
    "ordered_share": "branch_ordered_share",
    "ordered_low": _LOW,
    "ordered_high": _HIGH,
    "again": "branch_again",
    "again_share": "branch_again_share",
    "again_low": _LOW,
    "again_high": _HIGH,
}

DECLARED = Declared(
    "screening",
    "Layered screening",
    "层层筛选",
    "From source to lead-in item, price band, need, order and order again: how many go on at each"
    " layer, and by which branch?",
    "从来源到引流品、价格带、需求、下单、复购，每一层留下多少人，哪条分支最好？",
    (
        TableOf(
            "layers",
            "Layers",
            "各层",
            {
                "customers": "screened_customers",
                "told": "screened_told",
                "of_before_share": "screened_of_before",
                "of_before_low": _LOW,
                "of_before_high": _HIGH,
                "of_all": "screened_of_all",
            },
        ),
        TableOf(
            "branches",
            "Branches of each layer",
            "各层分支",
            _BRANCH,
            shown=(
                "layer",
                "value",
                "title",
                "customers",
                "went_on_share",
                "went_on_low",
                "went_on_high",
                "ordered_share",
                "verdict",
            ),
        ),
        TableOf(
            "routes",
            "Best and worst branch",
            "最好与最差的分支",
            {**_BRANCH, "of": "route_choices"},
            shown=(
                "route",
                "layer",
                "value",
                "title",
                "customers",
                "ordered_share",
                "ordered_low",
                "ordered_high",
                "again_share",
            ),
        ),
    ),
    "regulars.insight.screening.draw:draw",
    options=(
        *OPTIONS,
        Option("days", int, 60, "Days for which each is watched from coming.", least=1, most=365),
        Option("top", int, 20, "At most so many items and needs.", least=1, most=60),
        Option("minimum", int, 30, "Of fewer customers no verdict is given.", least=5, most=1000),
    ),
    of_timeline=True,
)
