"""The picture `content`."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

_COMPARED = {
    "moments": "content_moments",
    "ordered": "content_ordered",
    "share_with": "content_share_with",
    "share_without": "content_share_without",
    "difference": "content_difference",
    "difference_low": "interval_low",
    "difference_high": "interval_high",
}

DECLARED = Declared(
    "content",
    "Content that goes together with orders",
    "内容与下单",
    "After which product pages, articles, answers and shares do orders follow more often than"
    " without them, and which recurring questions does a page answer?",
    "看过哪些商品页、文章、答疑或分享之后下单更多，常见问题有多少已有页面回答？",
    (
        TableOf(
            "items",
            "With against without",
            "有与无之比",
            {
                "views": "content_views",
                "viewers": "content_viewers",
                **_COMPARED,
                "unmatched": "content_unmatched",
                "adjusted_p": "adjusted_p",
            },
            shown=(
                "kind",
                "item",
                "title",
                "viewers",
                "moments",
                "share_with",
                "share_without",
                "difference",
                "difference_low",
                "difference_high",
                "verdict",
            ),
        ),
        TableOf("stages", "By orders so far", "按已下单数", _COMPARED),
        TableOf(
            "questions",
            "Questions asked and answered",
            "问题与回答",
            {
                "asked": "question_asked",
                "customers": "question_customers",
                "again": "question_again",
                "again_share": "question_again_share",
                "readers": "question_readers",
                "asked_after": "question_asked_after",
                "spared_share": "question_spared",
                "spared_low": "interval_low",
                "spared_high": "interval_high",
            },
        ),
    ),
    "regulars.insight.content.draw:draw",
    options=(
        *OPTIONS,
        Option("days", int, 7, "Days after it within which an order follows.", least=1, most=90),
        Option("top", int, 20, "At most so many items of a kind, by viewers.", least=1, most=50),
        Option(
            "pages",
            list,
            (),
            "Part of an address below which articles stand, such as blog; may be given again.",
        ),
    ),
    of_timeline=True,
)
