"""The funnel, declared."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

_LOW, _HIGH = "interval_low", "interval_high"

DECLARED = Declared(
    "funnel",
    "Funnel",
    "漏斗",
    "How many come how far along the steps, how fast, and where are they lost?",
    "多少人走到了哪一步、用时多久、在哪里流失？",
    (
        TableOf(
            "steps",
            "Step by step",
            "逐步",
            {
                "reached": "funnel_reached",
                "share": "funnel_share",
                "share_low": _LOW,
                "share_high": _HIGH,
                "step_share": "funnel_step_share",
                "lost": "funnel_lost",
                "open": "funnel_open",
                "median_seconds": "funnel_median_time",
                "p90_seconds": "funnel_p90_time",
                "median_step_seconds": "funnel_step_time",
            },
        ),
        TableOf(
            "groups",
            "By group",
            "分组",
            {
                "reached": "funnel_reached",
                "share": "funnel_share",
                "share_low": _LOW,
                "share_high": _HIGH,
                "median_seconds": "funnel_median_time",
            },
        ),
        TableOf(
            "weeks",
            "By week of entry",
            "按进入周",
            {"reached": "funnel_reached", "share": "funnel_share", "open": "funnel_open"},
            latest=True,
        ),
    ),
    "regulars.insight.funnel.draw:draw",
    options=(
        Option(
            "steps",
            str,
            None,
            "Steps with commas between: event names, page:NAME, order, any; with conditions as in"
            " `Product Viewed[category=Tea]`. Default: the line of the settings.",
        ),
        Option("exclude", list, (), "A step that breaks a chain off; may be given again."),
        Option(
            "window",
            str,
            None,
            "Time from the first step: 30m, 36h, 7d, 2w, or ever. Default: 7d; ever of the line.",
        ),
        Option(
            "order",
            str,
            "ordered",
            "ordered; strict: nothing between two steps; any: whichever comes first.",
            choices=("ordered", "strict", "any"),
        ),
        Option(
            "per",
            str,
            "customer",
            "Count customers or sessions.",
            choices=("customer", "session"),
        ),
        Option("gap", int, 30, "Minutes of quiet that end a session.", least=1, most=1440),
        Option(
            "by",
            str,
            "none",
            "Tell them apart by this.",
            choices=(
                "none", "source", "medium", "campaign", "inviter", "connection", "platform",
                "category",
            ),
        ),
        Option(
            "touch",
            str,
            "last",
            "By the first or the last that was told up to the first step.",
            choices=("first", "last"),
        ),
        Option("top", int, 8, "So many groups; the rest is gathered.", least=1, most=50),
        *OPTIONS,
    ),
    whole=False,
    of_timeline=True,
)  # fmt: skip
