"""Tables of the hold-outs: written once and never changed.

Triggers refuse UPDATE and DELETE on any path, including a database browser's.
"""

from __future__ import annotations

import sqlalchemy as sa

from regulars.engines.schema.metadata import INTEGER, METADATA, REAL

HOLDOUT_EPOCHS = sa.Table(
    "holdout_epochs",
    METADATA,
    sa.Column(
        "epoch",
        INTEGER,
        primary_key=True,
        autoincrement=False,
        comment="1, 2, … in order of recording",
    ),
    sa.Column("starts_on", sa.Text, nullable=False, comment="ISO date, first day"),
    sa.Column("ends_on", sa.Text, nullable=False, comment="ISO date, last day"),
    sa.Column("share", REAL, nullable=False, comment="held out; fixed for the epoch"),
    sa.Column("salt", sa.Text, nullable=False, unique=True),
    sa.Column("recorded_at", INTEGER, nullable=False, comment="UTC microseconds"),
    sa.CheckConstraint("share BETWEEN 0 AND 1", name="share_is_a_share"),
    sa.CheckConstraint("starts_on <= ends_on", name="epoch_runs_forward"),
    sqlite_strict=True,
)
"""The dated epochs of the global hold-out; they never overlap."""

ASSIGNMENTS = sa.Table(
    "assignments",
    METADATA,
    sa.Column("test", sa.Text, primary_key=True, comment="'global:<epoch>' or 'play:<test>'"),
    sa.Column("customer_id", INTEGER, primary_key=True),
    sa.Column("play", sa.Text, nullable=False, comment="the play's id, or 'global'"),
    sa.Column("epoch", INTEGER, nullable=False, comment="the epoch of the day of assignment"),
    sa.Column("arm", sa.Text, nullable=False, comment="'hold_out' or 'treat'"),
    sa.Column("bucket", REAL, nullable=False, comment="in [0, 1); held out below the share"),
    sa.Column("assigned_on", sa.Text, nullable=False, comment="ISO date of the plan"),
    sa.Column("playbook", sa.Text, nullable=False, comment="version of the playbook"),
    sa.Column("recorded_at", INTEGER, nullable=False, comment="UTC microseconds"),
    sa.ForeignKeyConstraint(["epoch"], ["holdout_epochs.epoch"], name="assigned_in_an_epoch"),
    sa.CheckConstraint("arm IN ('hold_out', 'treat')", name="arm_is_known"),
    sa.CheckConstraint("bucket >= 0 AND bucket < 1", name="bucket_is_a_share"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Who was in which arm of which test: the first record of a customer in a test wins for ever."""
