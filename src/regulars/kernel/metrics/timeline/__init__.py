"""Numbers of the pictures of the timeline, one file a picture."""

from __future__ import annotations

from regulars.kernel.metrics.timeline import (
    aarrr,
    attribution,
    content,
    effort,
    funnel,
    paths,
    retention,
    screening,
    sessions,
    sources,
    stickiness,
)

TIMELINE: tuple[dict[str, str], ...] = (
    *funnel.DEFINITIONS,
    *attribution.DEFINITIONS,
    *sessions.DEFINITIONS,
    *paths.DEFINITIONS,
    *retention.DEFINITIONS,
    *stickiness.DEFINITIONS,
    *sources.DEFINITIONS,
    *aarrr.DEFINITIONS,
    *screening.DEFINITIONS,
    *content.DEFINITIONS,
    *effort.DEFINITIONS,
)
