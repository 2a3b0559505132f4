"""Pictures of the timeline: entries and steps, sources and content, one file each."""

from __future__ import annotations

from regulars.insight.catalogue.timeline import (
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
from regulars.insight.picture import Declared

TIMELINE: tuple[Declared, ...] = (
    funnel.DECLARED,
    attribution.DECLARED,
    sessions.DECLARED,
    paths.DECLARED,
    retention.DECLARED,
    stickiness.DECLARED,
    sources.DECLARED,
    aarrr.DECLARED,
    screening.DECLARED,
    content.DECLARED,
    effort.DECLARED,
)
