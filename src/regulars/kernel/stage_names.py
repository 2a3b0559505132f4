"""The names of depth, warmth and stage, in both languages, with their one palette.

Depth says how far the relationship has gone, warmth how it stands against the customer's own
cycle, and stage is the one name shown (design: "Depth, warmth, stage").

>>> [str(depth) for depth in Depth][-1]
'core'
>>> LABELS[Stage.AT_RISK].zh
'有流失风险'
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Depth(StrEnum):
    """How far the relationship has gone. It never falls by itself; core is judged at month ends."""

    NOT_OBSERVABLE = "not_observable"
    """No paid order yet; visitors are not told from followers so far."""
    VISITOR = "visitor"
    FOLLOWER = "follower"
    ACTIVATED = "activated"
    FIRST_ORDER = "first_order"
    SECOND_ORDER = "second_order"
    GROWING = "growing"
    CORE = "core"


class Warmth(StrEnum):
    """How the time since the last purchase stands against the customer's own cycle."""

    NONE = "none"
    """No purchase yet."""
    ON_TIME = "on_time"
    DUE = "due"
    AT_RISK = "at_risk"
    DORMANT = "dormant"
    LOST = "lost"
    WON_BACK = "won_back"


class Stage(StrEnum):
    """The one name shown: lost, dormant, won_back, at_risk, whichever applies first, else depth."""

    NOT_OBSERVABLE = "not_observable"
    VISITOR = "visitor"
    FOLLOWER = "follower"
    ACTIVATED = "activated"
    FIRST_ORDER = "first_order"
    SECOND_ORDER = "second_order"
    GROWING = "growing"
    CORE = "core"
    WON_BACK = "won_back"
    AT_RISK = "at_risk"
    DORMANT = "dormant"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Label:
    """A name for people, with the colour that it has everywhere (cool growing, warm slipping)."""

    zh: str
    en: str
    colour: str


LABELS: dict[str, Label] = {
    Stage.NOT_OBSERVABLE: Label("未下单", "No order yet", "#cfd8dc"),
    Stage.VISITOR: Label("访客", "Visitor", "#b3d4e0"),
    Stage.FOLLOWER: Label("关注者", "Follower", "#9cc9d6"),
    Stage.ACTIVATED: Label("已激活", "Activated", "#84bcc9"),
    Stage.FIRST_ORDER: Label("首单", "First order", "#6bb0bd"),
    Stage.SECOND_ORDER: Label("复购", "Second order", "#46989c"),
    Stage.GROWING: Label("成长", "Growing", "#2c8377"),
    Stage.CORE: Label("核心", "Core", "#145a4a"),
    Stage.WON_BACK: Label("召回", "Won back", "#7a86c8"),
    Stage.AT_RISK: Label("有流失风险", "At risk", "#f0b35a"),
    Stage.DORMANT: Label("沉睡", "Dormant", "#d9793f"),
    Stage.LOST: Label("流失", "Lost", "#9e9e9e"),
    Warmth.NONE: Label("未购", "No purchase", "#cfd8dc"),
    Warmth.ON_TIME: Label("周期内", "On time", "#46989c"),
    Warmth.DUE: Label("应复购", "Due", "#e3c565"),
}
"""A label for each value of Depth, Warmth and Stage; they share names where they share meaning."""
