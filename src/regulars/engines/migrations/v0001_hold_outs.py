"""The epochs of the global hold-out and the assignments of all tests, both immutable."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from regulars.engines.immutable import refuse_changes

revision = "0001"
down_revision = None

_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REAL: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

# INSERT OR REPLACE deletes without a DELETE trigger, so the second record is refused as well.
_FIRST_WINS = """
CREATE TRIGGER assignments_first_wins BEFORE INSERT ON assignments
WHEN EXISTS (SELECT 1 FROM assignments WHERE test = NEW.test AND customer_id = NEW.customer_id)
BEGIN SELECT RAISE(ABORT, 'assignments are immutable: the first record wins'); END
"""
_APART = """
CREATE TRIGGER holdout_epochs_apart BEFORE INSERT ON holdout_epochs
WHEN EXISTS (SELECT 1 FROM holdout_epochs WHERE epoch = NEW.epoch
             OR (starts_on <= NEW.ends_on AND ends_on >= NEW.starts_on))
BEGIN SELECT RAISE(ABORT, 'holdout_epochs never overlap'); END
"""
# PostgreSQL has no INSERT OR REPLACE: what it has instead is an UPDATE. But two who record an epoch
# at the same time do not see each other's, so they come one after the other.
_APART_FUNCTION = """
CREATE FUNCTION keep_epochs_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext(TG_TABLE_SCHEMA || '.holdout_epochs'));
  IF EXISTS (SELECT 1 FROM holdout_epochs
             WHERE starts_on <= NEW.ends_on AND ends_on >= NEW.starts_on) THEN
    RAISE EXCEPTION 'holdout_epochs never overlap'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
_APART_TRIGGER = """
CREATE TRIGGER holdout_epochs_apart BEFORE INSERT ON holdout_epochs
FOR EACH ROW EXECUTE FUNCTION keep_epochs_apart()
"""


def upgrade() -> None:
    """Make both tables and the triggers that guard them."""
    op.create_table(
        "holdout_epochs",
        sa.Column("epoch", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("starts_on", sa.Text, nullable=False),
        sa.Column("ends_on", sa.Text, nullable=False),
        sa.Column("share", _REAL, nullable=False),
        sa.Column("salt", sa.Text, nullable=False, unique=True),
        sa.Column("recorded_at", _INTEGER, nullable=False),
        sa.CheckConstraint("share BETWEEN 0 AND 1", name="share_is_a_share"),
        sa.CheckConstraint("starts_on <= ends_on", name="epoch_runs_forward"),
        sqlite_strict=True,
    )
    op.create_table(
        "assignments",
        sa.Column("test", sa.Text, primary_key=True),
        sa.Column("customer_id", _INTEGER, primary_key=True),
        sa.Column("play", sa.Text, nullable=False),
        sa.Column("epoch", _INTEGER, nullable=False),
        sa.Column("arm", sa.Text, nullable=False),
        sa.Column("bucket", _REAL, nullable=False),
        sa.Column("assigned_on", sa.Text, nullable=False),
        sa.Column("playbook", sa.Text, nullable=False),
        sa.Column("recorded_at", _INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["epoch"], ["holdout_epochs.epoch"], name="assigned_in_an_epoch"),
        sa.CheckConstraint("arm IN ('hold_out', 'treat')", name="arm_is_known"),
        sa.CheckConstraint("bucket >= 0 AND bucket < 1", name="bucket_is_a_share"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    refuse_changes("holdout_epochs", "assignments")
    if op.get_bind().dialect.name == "postgresql":
        statements = (_APART_FUNCTION, _APART_TRIGGER)
    else:
        statements = (_FIRST_WINS, _APART)
    for statement in statements:
        op.execute(statement)
