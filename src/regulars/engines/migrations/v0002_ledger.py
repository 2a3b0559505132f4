"""The ledger: its journal, postings, accounts, holds, and the head that is its lane."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

from regulars.engines.immutable import refuse_changes

revision = "0002"
down_revision = "0001"

_TABLES = sa.MetaData()
_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

BOOK = sa.Table(
    "book",
    _TABLES,
    sa.Column("one", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("n", _INTEGER, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("at", _INTEGER, nullable=False),
    sa.Column("last_account", _INTEGER, nullable=False),
    sa.Column("last_posting", _INTEGER, nullable=False),
    sa.Column("access_n", _INTEGER, nullable=False),
    sa.CheckConstraint("one = 1", name="there_is_one_book"),
    sqlite_strict=True,
)

JOURNAL = sa.Table(
    "journal",
    _TABLES,
    sa.Column("n", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("at", _INTEGER, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("postings_after", _INTEGER, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sqlite_strict=True,
)

REQUESTS = sa.Table(
    "requests",
    _TABLES,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("n", _INTEGER, nullable=False),
    sa.Column("refusal", sa.Text),
    sa.CheckConstraint("(n = 0) = (refusal IS NOT NULL)", name="done_or_refused"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

ASSETS = sa.Table(
    "assets",
    _TABLES,
    sa.Column("asset_id", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("n", _INTEGER, nullable=False),
    sqlite_strict=True,
)

ACCOUNTS = sa.Table(
    "accounts",
    _TABLES,
    sa.Column("account_id", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("asset_id", _INTEGER, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("expires_at", _INTEGER, nullable=False),
    sa.Column("floor", _INTEGER),
    sa.Column("balance", _INTEGER, nullable=False),
    sa.Column("held", _INTEGER, nullable=False),
    sa.Column("postings", _INTEGER, nullable=False),
    sa.Column("last_posting", _INTEGER, nullable=False),
    sa.ForeignKeyConstraint(["asset_id"], ["assets.asset_id"], name="account_of_an_asset"),
    sa.CheckConstraint("held >= 0", name="held_is_no_debt"),
    sa.CheckConstraint("floor IS NULL OR balance - held >= floor", name="available_above_floor"),
    sqlite_strict=True,
)

sa.Index(
    "accounts_of_owner", ACCOUNTS.c.asset_id, ACCOUNTS.c.owner, ACCOUNTS.c.expires_at, unique=True
)
LOTS_EXPIRE = sa.text("balance > 0 AND expires_at < 9007199254740991")
sa.Index(
    "lots_by_expiry",
    ACCOUNTS.c.asset_id,
    ACCOUNTS.c.expires_at,
    sqlite_where=LOTS_EXPIRE,
    postgresql_where=LOTS_EXPIRE,
)

POSTINGS = sa.Table(
    "postings",
    _TABLES,
    sa.Column("posting_id", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("n", _INTEGER, nullable=False),
    sa.Column("account_id", _INTEGER, nullable=False),
    sa.Column("amount", _INTEGER, nullable=False),
    sa.Column("balance", _INTEGER, nullable=False),
    sa.Column("previous", _INTEGER, nullable=False),
    sa.CheckConstraint("amount <> 0", name="a_posting_moves_something"),
    sqlite_strict=True,
)

HOLDS = sa.Table(
    "holds",
    _TABLES,
    sa.Column("n", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("expires_at", _INTEGER, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("settled", _INTEGER, nullable=False),
    sa.CheckConstraint("state IN ('open', 'captured', 'voided', 'expired')", name="state_is_known"),
    sa.CheckConstraint("(state = 'open') = (settled = 0)", name="settled_or_open"),
    sqlite_strict=True,
)
_OPEN = sa.text("state = 'open'")
sa.Index(
    "one_open_hold_each", HOLDS.c.owner, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
)
sa.Index("open_holds_by_expiry", HOLDS.c.expires_at, sqlite_where=_OPEN, postgresql_where=_OPEN)

HOLD_LINES = sa.Table(
    "hold_lines",
    _TABLES,
    sa.Column("n", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("line", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("account_id", _INTEGER, nullable=False),
    sa.Column("to_owner", sa.Text, nullable=False),
    sa.Column("amount", _INTEGER, nullable=False),
    sa.CheckConstraint("amount > 0", name="a_hold_holds_something"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

REVERSED = sa.Table(
    "reversed",
    _TABLES,
    sa.Column("posting_id", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("amount", _INTEGER, nullable=False),
    sa.Column("whole", _INTEGER, nullable=False),
    sa.CheckConstraint("amount BETWEEN 1 AND whole", name="no_more_than_there_was"),
    sqlite_strict=True,
)

RELAYS = sa.Table(
    "relays",
    _TABLES,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("n", _INTEGER, nullable=False),
    sqlite_strict=True,
)


def upgrade() -> None:
    """Make the tables, an empty book, and the triggers that guard what is never changed."""
    _TABLES.create_all(op.get_bind(), checkfirst=False)
    op.bulk_insert(
        BOOK,
        [
            {
                "one": 1,
                "id": secrets.token_hex(8),
                "n": 0,
                "hash": bytes(32),
                "at": 0,
                "last_account": 0,
                "last_posting": 0,
                "access_n": 0,
            }
        ],
    )
    refuse_changes("journal", "postings", "requests", "assets")
