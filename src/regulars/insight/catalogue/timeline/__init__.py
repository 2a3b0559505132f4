"""Pictures of the timeline: entries and steps, sources and content, one file each."""

from __future__ import annotations

from regulars.insight.catalogue.timeline import (
    attribution,
    funnel,
    paths,
    retention,
    sessions,
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
)
