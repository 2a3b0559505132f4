"""Price bands, moves between them, margins."""

from __future__ import annotations

PRICES: tuple[dict[str, str], ...] = ()
