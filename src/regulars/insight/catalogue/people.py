"""Pictures of people."""

from __future__ import annotations

from regulars.insight.picture import Declared

PEOPLE: tuple[Declared, ...] = ()
