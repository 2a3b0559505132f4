"""Pictures of pool."""

from __future__ import annotations

from regulars.insight.picture import Declared

POOL: tuple[Declared, ...] = ()
