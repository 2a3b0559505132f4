"""Tables of benefits: published terms, codes, and how each order, envelope and gift stands.

What is owed stands in the ledger; these say what it was owed for. A row is written in the
transaction of the entry that it names (`n`, of the journal).
"""

from __future__ import annotations

import sqlalchemy as sa

from regulars.engines.schema.metadata import BYTES, INTEGER, METADATA

TERMS = sa.Table(
    "benefit_terms",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True, comment="coupon, gift, points, tiers, …"),
    sa.Column("name", sa.Text, primary_key=True, comment="'' of what a shop has one of"),
    sa.Column("version", INTEGER, primary_key=True, autoincrement=False, comment="1, 2, …"),
    sa.Column("body", sa.Text, nullable=False, comment="JSON: benefit.definition.terms"),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal: when it was published"),
    sqlite_strict=True,
)
"""A version is never changed; the newest is what holds, an empty body ends it."""

CODES = sa.Table(
    "benefit_codes",
    METADATA,
    sa.Column("digest", sa.Text, primary_key=True, comment="keyed hash of the code"),
    sa.Column("coupon", sa.Text, nullable=False, comment="its name"),
    sa.Column("batch", sa.Text, nullable=False, comment="made together"),
    sa.Column("uses", INTEGER, nullable=False, comment="1 of a bulk code; 0 has no bound"),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal: when it was made"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

BENEFIT_ORDERS = sa.Table(
    "benefit_orders",
    METADATA,
    sa.Column("owner", sa.Text, primary_key=True, comment="order:…, as it owns its hold"),
    sa.Column("customer_id", INTEGER, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("hold", INTEGER, nullable=False, comment="of the journal"),
    sa.Column("capture", INTEGER, nullable=False, comment="of the journal; 0 before it is paid"),
    sa.Column("body", sa.Text, nullable=False, comment="JSON: what was quoted, line by line"),
    sa.Column("refunded", sa.Text, nullable=False, comment="JSON: of each line, so far"),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal: the last change"),
    sa.CheckConstraint("state IN ('held', 'paid', 'released')", name="order_state_is_known"),
    sqlite_strict=True,
)
"""What an order has used; a released one gives way when the order asks anew."""

BENEFIT_EARNED = sa.Table(
    "benefit_earned",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True, comment="order:…, event:…"),
    sa.Column("customer_id", INTEGER, nullable=False),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal: the earning"),
    sa.Column("base", INTEGER, nullable=False, comment="smallest coins that earned; 0 of an event"),
    sa.Column("points", INTEGER, nullable=False),
    sa.Column("growth", INTEGER, nullable=False),
    sa.Column("base_back", INTEGER, nullable=False, comment="of them, refunded so far"),
    sa.Column("points_back", INTEGER, nullable=False, comment="taken back so far, owed included"),
    sa.Column("growth_back", INTEGER, nullable=False),
    sa.CheckConstraint("base_back BETWEEN 0 AND base", name="no_more_base_than_there_was"),
    sa.CheckConstraint("points_back BETWEEN 0 AND points", name="no_more_points_than_there_were"),
    sa.CheckConstraint("growth_back BETWEEN 0 AND growth", name="no_more_growth_than_there_was"),
    sqlite_strict=True,
)

sa.Index("earned_by_customer", BENEFIT_EARNED.c.customer_id)

MEMBERS = sa.Table(
    "benefit_members",
    METADATA,
    sa.Column("customer_id", INTEGER, primary_key=True, autoincrement=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("since", INTEGER, nullable=False, comment="reached, or last judged"),
    sa.Column("until", INTEGER, nullable=False, comment="judged anew; 2^53-1 is never"),
    sa.Column("shown_as", sa.Text, nullable=False, comment="on the leaderboard; '' stays off it"),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal: the last change"),
    sqlite_strict=True,
)
sa.Index("members_to_judge", MEMBERS.c.until)

ENVELOPES = sa.Table(
    "benefit_envelopes",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True, comment="public, unguessable"),
    sa.Column("asset", sa.Text, nullable=False, comment="of its money: money:CUR, or points"),
    sa.Column("shares", sa.Text, nullable=False, comment="JSON: amounts, in the order of claims"),
    sa.Column("body", sa.Text, nullable=False, comment="JSON: how it was made"),
    sa.Column("expires_at", INTEGER, nullable=False),
    sa.Column("n", INTEGER, nullable=False, comment="of the journal: when it was filled"),
    sa.Column("closed", INTEGER, nullable=False, comment="of the journal; 0 while it is open"),
    sqlite_strict=True,
)
sa.Index("envelopes_by_expiry", ENVELOPES.c.closed, ENVELOPES.c.expires_at)

GIFTS_SENT = sa.Table(
    "benefit_gifts",
    METADATA,
    sa.Column("n", INTEGER, primary_key=True, autoincrement=False, comment="of the grant"),
    sa.Column("customer_id", INTEGER, nullable=False),
    sa.Column("gift", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("address", BYTES, comment="sealed under the customer's key"),
    sa.Column("tracking", sa.Text, nullable=False),
    sa.Column("changed", INTEGER, nullable=False, comment="of the journal: the last change"),
    sa.CheckConstraint(
        "state IN ('waiting', 'ready', 'sent', 'received', 'taken_back')",
        name="gift_state_is_known",
    ),
    sqlite_strict=True,
)
sa.Index("gifts_of_customer", GIFTS_SENT.c.customer_id)
