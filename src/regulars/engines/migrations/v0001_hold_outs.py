"""The epochs of the global hold-out and the assignments of all tests, both immutable."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables and the triggers that guard them."""
    op.create_table(
        "holdout_epochs",
        sa.Column("epoch", sa.Integer, primary_key=True),
        sa.Column("starts_on", sa.Text, nullable=False),
        sa.Column("ends_on", sa.Text, nullable=False),
        sa.Column("share", sa.REAL, nullable=False),
        sa.Column("salt", sa.Text, nullable=False, unique=True),
        sa.Column("recorded_at", sa.Integer, nullable=False),
        sa.CheckConstraint("share BETWEEN 0 AND 1", name="share_is_a_share"),
        sa.CheckConstraint("starts_on <= ends_on", name="epoch_runs_forward"),
        sqlite_strict=True,
    )
    op.create_table(
        "assignments",
        sa.Column("test", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Integer, primary_key=True),
        sa.Column("play", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("arm", sa.Text, nullable=False),
        sa.Column("bucket", sa.REAL, nullable=False),
        sa.Column("assigned_on", sa.Text, nullable=False),
        sa.Column("playbook", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["epoch"], ["holdout_epochs.epoch"], name="assigned_in_an_epoch"),
        sa.CheckConstraint("arm IN ('hold_out', 'treat')", name="arm_is_known"),
        sa.CheckConstraint("bucket >= 0 AND bucket < 1", name="bucket_is_a_share"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    for table in ("holdout_epochs", "assignments"):
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are immutable: no {event}'); END"
            )
    # INSERT OR REPLACE deletes without a DELETE trigger, so the second record is refused as well.
    op.execute(
        "CREATE TRIGGER assignments_first_wins BEFORE INSERT ON assignments "
        "WHEN EXISTS (SELECT 1 FROM assignments"
        " WHERE test = NEW.test AND customer_id = NEW.customer_id) "
        "BEGIN SELECT RAISE(ABORT, 'assignments are immutable: the first record wins'); END"
    )
    op.execute(
        "CREATE TRIGGER holdout_epochs_apart BEFORE INSERT ON holdout_epochs "
        "WHEN EXISTS (SELECT 1 FROM holdout_epochs WHERE epoch = NEW.epoch"
        " OR (starts_on <= NEW.ends_on AND ends_on >= NEW.starts_on)) "
        "BEGIN SELECT RAISE(ABORT, 'holdout_epochs never overlap'); END"
    )
