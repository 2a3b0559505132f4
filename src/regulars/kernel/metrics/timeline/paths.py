"""Paths: ways from step to step."""

from __future__ import annotations

from regulars.kernel.metrics.entry import entry

_HAND = "tests/insight/test_paths.py::"
_PATHS = _HAND + "test_the_paths_of_sessions_by_hand"
_FLOW = _HAND + "test_steps_and_flows_by_hand"
_FOLDED = (
    "repeats of one name that follow each other are one step unless they are to be kept; names"
    " beyond the 62 most frequent are gathered"
)
_FOLDED_ZH = "连续同名合并为一步（可保留）；最常见 62 个名称之外合并"

DEFINITIONS: tuple[dict[str, str], ...] = (
    entry(
        "path_units",
        "Sessions or customers",
        "路径数",
        "sessions (or customers) whose steps from the anchor on, or back from it, are these",
        "自锚点起（或回溯到锚点前）各步恰为此路径的访问（或用户）",
        "count",
        "path",
        _FOLDED,
        _FOLDED_ZH,
        golden=_PATHS,
    ),
    entry(
        "path_share",
        "Share of paths",
        "路径占比",
        "paths that are this one / all paths",
        "该路径 ÷ 全部路径",
        "share",
        "path",
        golden=_PATHS,
    ),
    entry(
        "path_node_units",
        "Paths with this step",
        "经过数",
        "paths whose nth step from the anchor it is",
        "自锚点第 n 步为此的路径",
        "count",
        "step x name",
        golden=_FLOW,
    ),
    entry(
        "path_node_share",
        "Share with this step",
        "经过占比",
        "paths whose nth step from the anchor it is / all paths",
        "自锚点第 n 步为此的路径 ÷ 全部路径",
        "share",
        "step x name",
        golden=_FLOW,
    ),
    entry(
        "path_ended",
        "Stop here",
        "在此中止",
        "paths that have no further step; asked backwards: that begin here",
        "此后再无下一步的路径；回溯时为由此开始的路径",
        "count",
        "step x name",
        "empty for the last step that is asked for: what follows is not looked at",
        "所查的最后一步留空：其后未查",
        golden=_FLOW,
    ),
    entry(
        "path_ended_share",
        "Drop-off",
        "中止率",
        "paths that stop here / paths with this step",
        "在此中止 ÷ 经过数",
        "share",
        "step x name",
        golden=_FLOW,
    ),
    entry(
        "path_edge_units",
        "Go from one to the other",
        "流向数",
        "paths whose nth step is the one and whose next is the other; asked backwards, n counts"
        " from the end",
        "第 n 步为前者、下一步为后者的路径；回溯时 n 自末步倒数",
        "count",
        "step x pair",
        golden=_FLOW,
    ),
    entry(
        "path_edge_share",
        "Share of that step",
        "流向占比",
        "paths that go from the one to the other / paths with the step nearer to the anchor",
        "流向数 ÷ 较近锚点一步的经过数",
        "share",
        "step x pair",
        golden=_FLOW,
    ),
)
