"""The pool of customers, its forecast, goals."""

from __future__ import annotations

POOL: tuple[dict[str, str], ...] = ()
