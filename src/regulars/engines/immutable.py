"""Triggers that refuse any change of rows that are written once, for use in migrations."""

from __future__ import annotations

from alembic import op

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% are immutable: no %', TG_TABLE_NAME, TG_OP
  USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def refuse_changes(*tables: str) -> None:
    """From now on no row of these tables is changed or deleted, on any path."""
    on_server = op.get_bind().dialect.name == "postgresql"
    if on_server:
        op.execute(_FUNCTION)
    for table in tables:
        for event in ("UPDATE", "DELETE"):
            if on_server:
                op.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                )
            else:
                op.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} are immutable: no {event}'); END"
                )
        if on_server:
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
