"""Tables of the ledger: the journal, its postings, and what follows from them.

`journal` is the audit trail: all that was ever done, in one gap-free order, chained by hashes. Its
rows and those of `postings` and `requests` are never changed. `accounts`, `holds`, `hold_lines` and
`reversed` follow from the journal; they are kept beside it so that limits can stand in constraints.

What grows is appended to at its end only, so that the ten millionth row costs what the first one
did: there is no index of postings by account. Each posting names the one before it on its account.
"""

from __future__ import annotations

import sqlalchemy as sa

from regulars.engines.schema.metadata import BYTES, INTEGER, METADATA

BOOK = sa.Table(
    "book",
    METADATA,
    sa.Column("one", INTEGER, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False, comment="of this book; random, made once"),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal's last row"),
    sa.Column("hash", BYTES, nullable=False, comment="of the journal's last row"),
    sa.Column("at", INTEGER, nullable=False, comment="of the journal's last row"),
    sa.Column("last_account", INTEGER, nullable=False),
    sa.Column("last_posting", INTEGER, nullable=False),
    sa.Column("access_n", INTEGER, nullable=False, comment="the last row that changed who may"),
    sa.CheckConstraint("one = 1", name="there_is_one_book"),
    sqlite_strict=True,
)
"""One row: the journal's head. Who has locked it is the only one that writes (the lane)."""

JOURNAL = sa.Table(
    "journal",
    METADATA,
    sa.Column("n", INTEGER, primary_key=True, autoincrement=False, comment="1, 2, … without gaps"),
    sa.Column("at", INTEGER, nullable=False, comment="UTC microseconds; never falls"),
    sa.Column("kind", sa.Text, nullable=False, comment="post, hold, capture, … or access.…"),
    sa.Column("actor", sa.Text, nullable=False, comment="who: key:…, operator:…, cli:…, system"),
    sa.Column("key", sa.Text, nullable=False, comment="of the request; '' where there is none"),
    sa.Column("body", sa.Text, nullable=False, comment="JSON: what was done, as it is told"),
    sa.Column("postings_after", INTEGER, nullable=False, comment="the last posting before its own"),
    sa.Column("hash", BYTES, nullable=False, comment="SHA-256 of the hash before and this row"),
    sqlite_strict=True,
)
"""All that was ever done. `body` holds the events that the relay passes on to landing."""

REQUESTS = sa.Table(
    "requests",
    METADATA,
    sa.Column("digest", BYTES, primary_key=True, comment="16 bytes: of who asked, and their key"),
    sa.Column("body", BYTES, nullable=False, comment="16 bytes: of what was asked"),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal; 0 where it was refused"),
    sa.Column("refusal", sa.Text, comment="JSON: why, where it was refused"),
    sa.CheckConstraint("(n = 0) = (refusal IS NOT NULL)", name="done_or_refused"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""What has been asked and what came of it, for ever: a key asked again has the same answer."""

ASSETS = sa.Table(
    "assets",
    METADATA,
    sa.Column("asset_id", INTEGER, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal: when it was defined"),
    sqlite_strict=True,
)

ACCOUNTS = sa.Table(
    "accounts",
    METADATA,
    sa.Column("account_id", INTEGER, primary_key=True, autoincrement=False),
    sa.Column("asset_id", INTEGER, nullable=False),
    sa.Column("owner", sa.Text, nullable=False, comment="customer:17, stock, campaign:…, issuer"),
    sa.Column("expires_at", INTEGER, nullable=False, comment="of the lot; 2^53-1 is never"),
    sa.Column("floor", INTEGER, comment="available is never below; NULL has no bound"),
    sa.Column("balance", INTEGER, nullable=False, comment="sum of its postings"),
    sa.Column("held", INTEGER, nullable=False, comment="sum of its open holds"),
    sa.Column("postings", INTEGER, nullable=False, comment="how many it has"),
    sa.Column("last_posting", INTEGER, nullable=False, comment="0 where it has none"),
    sa.ForeignKeyConstraint(["asset_id"], ["assets.asset_id"], name="account_of_an_asset"),
    sa.CheckConstraint("held >= 0", name="held_is_no_debt"),
    sa.CheckConstraint("floor IS NULL OR balance - held >= floor", name="available_above_floor"),
    sqlite_strict=True,
)
"""An owner's lot of an asset. An owner has several where what they have expires on several days."""

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
    METADATA,
    sa.Column("posting_id", INTEGER, primary_key=True, autoincrement=False, comment="1, 2, …"),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal"),
    sa.Column("account_id", INTEGER, nullable=False),
    sa.Column("amount", INTEGER, nullable=False, comment="+ into the account, - out of it"),
    sa.Column("balance", INTEGER, nullable=False, comment="of the account after it"),
    sa.Column("previous", INTEGER, nullable=False, comment="the account's posting before; 0: none"),
    sa.CheckConstraint("amount <> 0", name="a_posting_moves_something"),
    sqlite_strict=True,
)
"""Lines of the journal; those of one row are neighbours, and their sum is 0 in every asset."""

HOLDS = sa.Table(
    "holds",
    METADATA,
    sa.Column("n", INTEGER, primary_key=True, autoincrement=False, comment="of the journal"),
    sa.Column("owner", sa.Text, nullable=False, comment="what it is for: order:…, offer:…"),
    sa.Column("expires_at", INTEGER, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("settled", INTEGER, nullable=False, comment="of the journal; 0 while it is open"),
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
    METADATA,
    sa.Column("n", INTEGER, primary_key=True, autoincrement=False, comment="of the hold"),
    sa.Column("line", INTEGER, primary_key=True, autoincrement=False, comment="0, 1, …"),
    sa.Column("account_id", INTEGER, nullable=False, comment="held here"),
    sa.Column("to_owner", sa.Text, nullable=False, comment="to whom it goes when captured"),
    sa.Column("amount", INTEGER, nullable=False),
    sa.CheckConstraint("amount > 0", name="a_hold_holds_something"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

REVERSED = sa.Table(
    "reversed",
    METADATA,
    sa.Column("posting_id", INTEGER, primary_key=True, autoincrement=False),
    sa.Column("amount", INTEGER, nullable=False, comment="of it, reversed so far"),
    sa.Column("whole", INTEGER, nullable=False, comment="of the posting, without its sign"),
    sa.CheckConstraint("amount BETWEEN 1 AND whole", name="no_more_than_there_was"),
    sqlite_strict=True,
)
"""How much of a posting has been taken back."""

RELAYS = sa.Table(
    "relays",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal: passed on up to it"),
    sqlite_strict=True,
)
"""How far those who pass the journal on have come."""
