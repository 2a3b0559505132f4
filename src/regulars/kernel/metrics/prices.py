"""Price bands, moves between them, margins; what a category focus would look like."""

from __future__ import annotations

from regulars.kernel.metrics.category_focus import CATEGORY_FOCUS
from regulars.kernel.metrics.price_ladder import PRICE_LADDER

PRICES: tuple[dict[str, str], ...] = (*PRICE_LADDER, *CATEGORY_FOCUS)
