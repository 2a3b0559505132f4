"""The picture `paths`."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

DECLARED = Declared(
    "paths",
    "Paths",
    "行为路径",
    "Which ways do people go from a step on, or up to one, and where do they stop?",
    "用户从某一步之后往哪走、到某一步之前从哪来，停在哪里？",
    (
        TableOf(
            "paths",
            "The most frequent paths",
            "最常见路径",
            {"units": "path_units", "share": "path_share"},
        ),
        TableOf(
            "nodes",
            "Steps, and where paths stop",
            "各步与中止",
            {
                "units": "path_node_units",
                "share": "path_node_share",
                "ended": "path_ended",
                "ended_share": "path_ended_share",
            },
        ),
        TableOf(
            "edges",
            "From step to step",
            "步间流向",
            {"units": "path_edge_units", "share": "path_edge_share"},
        ),
    ),
    "regulars.insight.paths.draw:draw",
    options=(
        *OPTIONS,
        Option(
            "from_step",
            str,
            None,
            "Paths begin with this step, e.g. 'page:Home'. Default: the first entry.",
        ),
        Option("to_step", str, None, "Paths end with this step instead, e.g. order."),
        Option(
            "per",
            str,
            "session",
            "A path for each session, or for each customer.",
            choices=("session", "customer"),
        ),
        Option("window", str, "7d", "Of a customer's path: 36h, 7d, 2w from its first step."),
        Option(
            "gap",
            int,
            30,
            "Minutes without an entry after which a session is over.",
            least=1,
            most=1440,
        ),
        Option("depth", int, 5, "So many steps at most.", least=2, most=10),
        Option("top", int, 20, "So many paths are listed.", least=1, most=1000),
        Option("repeats", bool, False, "Count repeats of one name as steps of their own."),
    ),
    of_timeline=True,
)
