"""What makes regulars, what goes together, where value rests, what a customer costs."""

from __future__ import annotations

from regulars.kernel.metrics.acquiring import ACQUIRING
from regulars.kernel.metrics.concentration import CONCENTRATION
from regulars.kernel.metrics.going_together import TOGETHER

SELLING: tuple[dict[str, str], ...] = (*TOGETHER, *CONCENTRATION, *ACQUIRING)
