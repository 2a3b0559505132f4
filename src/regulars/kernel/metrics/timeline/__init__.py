"""Numbers of the pictures of the timeline, one file a picture."""

from __future__ import annotations

TIMELINE: tuple[dict[str, str], ...] = ()
