"""What a sample is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sample:
    """A file of one source, as text, and what an import of it must report."""

    source: str
    file: str
    text: str
    expected: dict[str, Any] = field(default_factory=dict)
