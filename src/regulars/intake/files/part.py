"""One table of a file, by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a file.

    >>> Part(Path("orders.zip"), "2026/orders.csv").name
    'orders.zip » 2026/orders.csv'
    >>> Part(Path("book.xlsx"), sheet="一月").name
    'book.xlsx » 一月'
    """

    path: Path
    member: str | None = None
    """The file within an archive."""
    sheet: str | None = None
    """The sheet of a workbook."""

    @property
    def name(self) -> str:
        """For people: the path and what of it."""
        return " » ".join(filter(None, (str(self.path), self.member, self.sheet)))
