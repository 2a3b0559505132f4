"""Pictures of the timeline: entries and steps, sources and content, one file each."""

from __future__ import annotations

from regulars.insight.catalogue.timeline import attribution
from regulars.insight.picture import Declared

TIMELINE: tuple[Declared, ...] = (
    attribution.DECLARED,
)
