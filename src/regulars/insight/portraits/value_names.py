"""What a value of an attribute is called in both languages.

>>> value_name("stage", "core", "zh"), value_name("categories", "4–6", "en")
('阶段：核心', 'categories bought 4–6')
"""

from __future__ import annotations

from regulars.insight.portraits.attributes import BY_NAME
from regulars.insight.portraits.condition import TRAIT
from regulars.kernel.stage_names import LABELS
from regulars.people.rfm import SEGMENTS
from regulars.people.type_names import type_name

_WEEKDAYS = (
    ("Monday", "周一"), ("Tuesday", "周二"), ("Wednesday", "周三"), ("Thursday", "周四"),
    ("Friday", "周五"), ("Saturday", "周六"), ("Sunday", "周日"),
)  # fmt: skip
_SEGMENTS = {one.key: one for one in SEGMENTS}
OTHER = "(other)"
_WORDS = {
    OTHER: ("other", "其他"),
    "all": ("all", "全部"),
    "female": ("female", "女"),
    "male": ("male", "男"),
}


def attribute_name(attribute: str, language: str) -> str:
    """The attribute's own name."""
    if attribute not in BY_NAME:
        return attribute.removeprefix(TRAIT)
    one = BY_NAME[attribute]
    return one.zh if language == "zh" else one.en


def plain_value(attribute: str, value: str, language: str) -> str:
    """The value alone."""
    chinese = language == "zh"
    if value in _WORDS:
        return _WORDS[value][chinese]
    if attribute == "customer_type":
        return type_name(value, language)
    if attribute == "usual_weekday" and value.isdigit() and 1 <= int(value) <= len(_WEEKDAYS):
        return _WEEKDAYS[int(value) - 1][chinese]
    if attribute in ("stage", "depth", "warmth") and value in LABELS:
        return LABELS[value].zh if chinese else LABELS[value].en
    if attribute == "rfm_segment" and value in _SEGMENTS:
        segment = _SEGMENTS[value]  # some are called as stages are
        return f"RFM：{segment.zh}" if chinese else f"RFM: {segment.en}"
    return value


def value_name(attribute: str, value: str, language: str) -> str:
    """The attribute with its value."""
    name, told = attribute_name(attribute, language), plain_value(attribute, value, language)
    if attribute == "rfm_segment":
        return told
    if attribute in BY_NAME and BY_NAME[attribute].banded:
        return f"{name} {told}"
    return f"{name}：{told}" if language == "zh" else f"{name}: {told}"
