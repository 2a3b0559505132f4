"""Pictures of selling."""

from __future__ import annotations

from regulars.insight.picture import Declared

SELLING: tuple[Declared, ...] = ()
