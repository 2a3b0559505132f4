"""Retention by what customers do, declared."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

_NUMBERS = {
    "customers": "retention_customers",
    "seen": "retention_seen",
    "back": "retention_back",
    "share": "retention_share",
    "share_low": "interval_low",
    "share_high": "interval_high",
}

DECLARED = Declared(
    "retention",
    "Retention",
    "留存",
    "Of those who began, who comes back, and when?",
    "开始之后，多少人在什么时候回来？",
    (
        TableOf(
            "curve",
            "By time since the start",
            "留存曲线",
            _NUMBERS,
            shown=("kind", "group", "offset", "seen", "back", "share", "share_low", "share_high"),
        ),
        TableOf(
            "cohorts",
            "By cohort",
            "按批次",
            _NUMBERS,
            shown=("cohort", "customers", "offset", "seen", "back", "share"),
            latest=True,
        ),
    ),
    "regulars.insight.retention.draw:draw",
    options=(
        Option(
            "start",
            str,
            "any",
            "What a customer begins with: an event name, page:NAME, order, any; with conditions.",
        ),
        Option("back", str, "any", "What counts as coming back, written in the same way."),
        Option(
            "mode",
            str,
            None,
            "n-day: on that day; unbounded: on it or later; bracket: within intervals. Default:"
            " n-day, or bracket where --brackets are given.",
            choices=("n-day", "unbounded", "bracket"),
        ),
        Option("brackets", str, None, "Intervals, such as 1-3,4-7,8-14."),
        Option(
            "upto",
            int,
            None,
            "Up to this day, week or month. Default: 30 days, 12 weeks or months.",
            least=1,
            most=400,
        ),
        Option(
            "days",
            str,
            "calendar",
            "calendar: days of the shop's time zone; hours: 24 hours from the own first instant.",
            choices=("calendar", "hours"),
        ),
        Option(
            "period",
            str,
            "day",
            "Cohorts and returns by day, week or month.",
            choices=("day", "week", "month"),
        ),
        Option(
            "first",
            str,
            "ever",
            "ever: a customer begins with the first start in all the data; span: of these days.",
            choices=("ever", "span"),
        ),
        Option(
            "by",
            str,
            "none",
            "Tell customers apart by the first of these that was told up to their start.",
            choices=(
                "none", "source", "medium", "campaign", "inviter", "connection", "platform",
                "category",
            ),
        ),
        Option("top", int, 8, "So many groups; the rest is gathered.", least=1, most=50),
        *OPTIONS,
    ),
    whole=False,
    of_timeline=True,
)  # fmt: skip
