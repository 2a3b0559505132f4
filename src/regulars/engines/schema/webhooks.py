"""The table of webhooks that go out: messages that were not heard, and when they are sent again.

How far an endpoint has been told stands in `relays`; what it is stands in the home's keys.
"""

from __future__ import annotations

import sqlalchemy as sa

from regulars.engines.schema.metadata import INTEGER, METADATA

WEBHOOK_ATTEMPTS = sa.Table(
    "webhook_attempts",
    METADATA,
    sa.Column("endpoint", sa.Text, primary_key=True, comment="its id"),
    sa.Column("n", INTEGER, primary_key=True, autoincrement=False, comment="of the journal"),
    sa.Column(
        "place", INTEGER, primary_key=True, autoincrement=False, comment="of the event in the row"
    ),
    sa.Column("tries", INTEGER, nullable=False, comment="so far"),
    sa.Column("next_at", INTEGER, nullable=False, comment="2^53-1: it is given up"),
    sa.Column("status", sa.Text, nullable=False, comment="what came of the last one"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
