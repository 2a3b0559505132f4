"""What makes regulars, what goes together, what a customer costs."""

from __future__ import annotations

SELLING: tuple[dict[str, str], ...] = ()
