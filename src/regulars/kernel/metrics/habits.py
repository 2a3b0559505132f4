"""When and how people buy."""

from __future__ import annotations

HABITS: tuple[dict[str, str], ...] = ()
