"""Numbers of the pictures of the timeline, one file a picture."""

from __future__ import annotations

from regulars.kernel.metrics.timeline import (
    attribution,
    funnel,
    paths,
    retention,
    sessions,
    stickiness,
)

TIMELINE: tuple[dict[str, str], ...] = (
    *funnel.DEFINITIONS,
    *attribution.DEFINITIONS,
    *sessions.DEFINITIONS,
    *paths.DEFINITIONS,
    *retention.DEFINITIONS,
    *stickiness.DEFINITIONS,
)
