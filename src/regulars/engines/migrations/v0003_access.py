"""Who may do what: API keys, operators, sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TABLES = sa.MetaData()
_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

sa.Table(
    "api_keys",
    _TABLES,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary(), nullable=False, unique=True),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("made_at", _INTEGER, nullable=False),
    sa.Column("expires_at", _INTEGER, nullable=False),
    sa.Column("revoked_at", _INTEGER, nullable=False),
    sqlite_strict=True,
)
sa.Table(
    "operators",
    _TABLES,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("made_at", _INTEGER, nullable=False),
    sa.Column("changed_at", _INTEGER, nullable=False),
    sqlite_strict=True,
)
sa.Table(
    "sessions",
    _TABLES,
    sa.Column("digest", sa.LargeBinary(), primary_key=True),
    sa.Column("operator", sa.Text, nullable=False),
    sa.Column("begun_at", _INTEGER, nullable=False),
    sa.Column("seen_at", _INTEGER, nullable=False),
    sa.Column("ends_at", _INTEGER, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)


def upgrade() -> None:
    """Make the tables."""
    _TABLES.create_all(op.get_bind(), checkfirst=False)
