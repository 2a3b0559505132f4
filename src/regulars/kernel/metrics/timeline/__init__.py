"""Numbers of the pictures of the timeline, one file a picture."""

from __future__ import annotations

from regulars.kernel.metrics.timeline import attribution

TIMELINE: tuple[dict[str, str], ...] = (
    *attribution.DEFINITIONS,
)
