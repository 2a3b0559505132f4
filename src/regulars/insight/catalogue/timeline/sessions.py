"""The picture `sessions`."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

_METRICS = {
    "sessions": "sessions",
    "share": "session_share",
    "customers": "session_customers",
    "entries_per_session": "entries_per_session",
    "single_share": "single_entry_share",
    "median_minutes": "session_length_median",
    "p90_minutes": "session_length_p90",
    "ordered": "sessions_with_order",
    "ordered_share": "sessions_with_order_share",
}
_SHOWN = (
    "sessions", "customers", "entries_per_session", "single_share", "median_minutes",
    "p90_minutes", "ordered_share",
)  # fmt: skip
_OF_HOURS = {name: key for name, key in _METRICS.items() if name != "customers"}

DECLARED = Declared(
    "sessions",
    "Sessions",
    "访问",
    "How often do people visit, for how long, when, from where, and which visits bring orders?",
    "用户多久来一次、停留多长、何时来、从哪里来，哪些访问带来订单？",
    (
        TableOf(
            "overall",
            "All sessions",
            "总体",
            {name: key for name, key in _METRICS.items() if name != "share"}
            | {
                "sessions_per_customer": "sessions_per_customer",
                "entries": "session_entries",
                "orders": "session_orders",
                "orders_outside": "orders_without_session",
            },
            shown=(*_SHOWN[:-1], "ordered", "orders_outside"),
        ),
        TableOf("days", "By day", "按日", _METRICS, shown=("day", *_SHOWN), latest=True),
        TableOf("sources", "By source", "按来源", _METRICS, shown=("source", "share", *_SHOWN)),
        TableOf(
            "hours",
            "By hour of the day",
            "按时段",
            _OF_HOURS,
            shown=("hour", "sessions", "share", "entries_per_session", "ordered_share"),
        ),
        TableOf(
            "steps",
            "First and last entry",
            "首步与末步",
            {
                "entered": "sessions_entered",
                "entered_share": "sessions_entered_share",
                "single_share": "single_entry_share",
                "left": "sessions_left",
                "left_share": "sessions_left_share",
            },
        ),
    ),
    "regulars.insight.sessions.draw:draw",
    options=(
        *OPTIONS,
        Option(
            "gap",
            int,
            30,
            "Minutes without an entry after which a session is over.",
            least=1,
            most=1440,
        ),
        Option("midnight", bool, False, "Let midnight end a session, too."),
        Option(
            "top",
            int,
            10,
            "So many sources, and so many first and last entries; the rest is gathered.",
            least=1,
            most=50,
        ),
    ),
    of_timeline=True,
)
