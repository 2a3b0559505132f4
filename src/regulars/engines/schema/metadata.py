"""What the tables of the store have in common: one collection, and types that both stores know.

Integers have 64 bits in both; SQLite's STRICT tables know them by one name only.
"""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits, signed."""
REAL: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
"""64 bits."""
BYTES = sa.LargeBinary()
"""BLOB, or BYTEA."""
