"""simulate: a made shop with known truth, to grade models and try things on (docs/simulate.md)."""

from __future__ import annotations

from regulars.simulate.files import NotSimulated
from regulars.simulate.making import Made, simulate
from regulars.simulate.worlds import WORLDS, World

__all__ = ["WORLDS", "Made", "NotSimulated", "World", "simulate"]
