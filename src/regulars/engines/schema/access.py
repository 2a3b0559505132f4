"""Tables of who may do what: API keys, operators, their sessions. Nothing secret stands in them."""

from __future__ import annotations

import sqlalchemy as sa

from regulars.engines.schema.metadata import BYTES, INTEGER, METADATA

API_KEYS = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("key_id", sa.Text, primary_key=True, comment="public part of the key"),
    sa.Column("name", sa.Text, nullable=False, comment="of whoever uses it; may have several keys"),
    sa.Column("digest", BYTES, nullable=False, unique=True, comment="SHA-256 of the whole key"),
    sa.Column("scopes", sa.Text, nullable=False, comment="separated by spaces"),
    sa.Column("made_at", INTEGER, nullable=False),
    sa.Column("expires_at", INTEGER, nullable=False, comment="2^53-1 is never"),
    sa.Column("revoked_at", INTEGER, nullable=False, comment="0 while it is good"),
    sqlite_strict=True,
)

OPERATORS = sa.Table(
    "operators",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("password", sa.Text, nullable=False, comment="Argon2id, with its parameters"),
    sa.Column("roles", sa.Text, nullable=False, comment="separated by spaces"),
    sa.Column("made_at", INTEGER, nullable=False),
    sa.Column("changed_at", INTEGER, nullable=False, comment="of password or roles"),
    sqlite_strict=True,
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("digest", BYTES, primary_key=True, comment="SHA-256 of the token"),
    sa.Column("operator", sa.Text, nullable=False),
    sa.Column("begun_at", INTEGER, nullable=False),
    sa.Column("seen_at", INTEGER, nullable=False, comment="at most some minutes old"),
    sa.Column("ends_at", INTEGER, nullable=False, comment="however much it is used"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Sessions that are going on; one that has ended is gone, and the journal tells of it."""
