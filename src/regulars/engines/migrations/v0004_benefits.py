"""Benefits: terms, codes, orders, earnings, members, envelopes, gifts; webhooks that go out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from regulars.engines.immutable import refuse_changes

revision = "0004"
down_revision = "0003"

_TABLES = sa.MetaData()
_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

sa.Table(
    "benefit_terms",
    _TABLES,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("n", _INTEGER, nullable=False),
    sqlite_strict=True,
)

sa.Table(
    "benefit_codes",
    _TABLES,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("coupon", sa.Text, nullable=False),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("uses", _INTEGER, nullable=False),
    sa.Column("n", _INTEGER, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

sa.Table(
    "benefit_orders",
    _TABLES,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("customer_id", _INTEGER, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("hold", _INTEGER, nullable=False),
    sa.Column("capture", _INTEGER, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("refunded", sa.Text, nullable=False),
    sa.Column("n", _INTEGER, nullable=False),
    sa.CheckConstraint("state IN ('held', 'paid', 'released')", name="order_state_is_known"),
    sqlite_strict=True,
)

_EARNED = sa.Table(
    "benefit_earned",
    _TABLES,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("customer_id", _INTEGER, nullable=False),
    sa.Column("n", _INTEGER, nullable=False),
    sa.Column("base", _INTEGER, nullable=False),
    sa.Column("points", _INTEGER, nullable=False),
    sa.Column("growth", _INTEGER, nullable=False),
    sa.Column("base_back", _INTEGER, nullable=False),
    sa.Column("points_back", _INTEGER, nullable=False),
    sa.Column("growth_back", _INTEGER, nullable=False),
    sa.CheckConstraint("base_back BETWEEN 0 AND base", name="no_more_base_than_there_was"),
    sa.CheckConstraint("points_back BETWEEN 0 AND points", name="no_more_points_than_there_were"),
    sa.CheckConstraint("growth_back BETWEEN 0 AND growth", name="no_more_growth_than_there_was"),
    sqlite_strict=True,
)

sa.Index("earned_by_customer", _EARNED.c.customer_id)

_MEMBERS = sa.Table(
    "benefit_members",
    _TABLES,
    sa.Column("customer_id", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("since", _INTEGER, nullable=False),
    sa.Column("until", _INTEGER, nullable=False),
    sa.Column("shown_as", sa.Text, nullable=False),
    sa.Column("n", _INTEGER, nullable=False),
    sqlite_strict=True,
)
sa.Index("members_to_judge", _MEMBERS.c.until)

_ENVELOPES = sa.Table(
    "benefit_envelopes",
    _TABLES,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("asset", sa.Text, nullable=False),
    sa.Column("shares", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("expires_at", _INTEGER, nullable=False),
    sa.Column("n", _INTEGER, nullable=False),
    sa.Column("closed", _INTEGER, nullable=False),
    sqlite_strict=True,
)
sa.Index("envelopes_by_expiry", _ENVELOPES.c.closed, _ENVELOPES.c.expires_at)

_GIFTS_SENT = sa.Table(
    "benefit_gifts",
    _TABLES,
    sa.Column("n", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("customer_id", _INTEGER, nullable=False),
    sa.Column("gift", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("address", sa.LargeBinary()),
    sa.Column("tracking", sa.Text, nullable=False),
    sa.Column("changed", _INTEGER, nullable=False),
    sa.CheckConstraint(
        "state IN ('waiting', 'ready', 'sent', 'received', 'taken_back')",
        name="gift_state_is_known",
    ),
    sqlite_strict=True,
)
sa.Index("gifts_of_customer", _GIFTS_SENT.c.customer_id)

sa.Table(
    "webhook_attempts",
    _TABLES,
    sa.Column("endpoint", sa.Text, primary_key=True),
    sa.Column("n", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("place", _INTEGER, primary_key=True, autoincrement=False),
    sa.Column("tries", _INTEGER, nullable=False),
    sa.Column("next_at", _INTEGER, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)


def upgrade() -> None:
    """Make the tables."""
    _TABLES.create_all(op.get_bind(), checkfirst=False)
    refuse_changes("benefit_terms", "benefit_codes")
