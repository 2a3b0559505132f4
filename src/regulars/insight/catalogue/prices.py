"""Pictures of prices."""

from __future__ import annotations

from regulars.insight.picture import Declared

PRICES: tuple[Declared, ...] = ()
