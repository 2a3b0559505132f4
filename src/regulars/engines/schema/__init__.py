"""The tables of the book of record, as the newest migration leaves them, in SQLite and PostgreSQL.

Calendar days are ISO dates (`2026-11-11`, text, days of the shop's calendar); instants are UTC
microseconds since 1970 (integers). In SQLite all tables are STRICT: a wrong type is refused.
"""

from __future__ import annotations

from regulars.engines.schema.access import API_KEYS, OPERATORS, SESSIONS
from regulars.engines.schema.benefits import (
    BENEFIT_EARNED,
    BENEFIT_ORDERS,
    CODES,
    ENVELOPES,
    GIFTS_SENT,
    MEMBERS,
    TERMS,
)
from regulars.engines.schema.hold_outs import ASSIGNMENTS, HOLDOUT_EPOCHS
from regulars.engines.schema.ledger import (
    ACCOUNTS,
    ASSETS,
    BOOK,
    HOLD_LINES,
    HOLDS,
    JOURNAL,
    POSTINGS,
    RELAYS,
    REQUESTS,
    REVERSED,
)
from regulars.engines.schema.metadata import METADATA
from regulars.engines.schema.webhooks import WEBHOOK_ATTEMPTS

VERSION = "0004"
"""The migration that this program knows as its last."""

IMMUTABLE = (
    "holdout_epochs", "assignments", "journal", "postings", "requests", "assets", "benefit_terms",
    "benefit_codes",
)  # fmt: skip
"""Tables whose rows are never changed and never deleted."""

__all__ = [
    "ACCOUNTS",
    "API_KEYS",
    "ASSETS",
    "ASSIGNMENTS",
    "BENEFIT_EARNED",
    "BENEFIT_ORDERS",
    "BOOK",
    "CODES",
    "ENVELOPES",
    "GIFTS_SENT",
    "HOLDOUT_EPOCHS",
    "HOLDS",
    "HOLD_LINES",
    "IMMUTABLE",
    "JOURNAL",
    "MEMBERS",
    "METADATA",
    "OPERATORS",
    "POSTINGS",
    "RELAYS",
    "REQUESTS",
    "REVERSED",
    "SESSIONS",
    "TERMS",
    "VERSION",
    "WEBHOOK_ATTEMPTS",
]
