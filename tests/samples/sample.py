"""What a sample is."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sample:
    """A file of one source, as text, and what an import of it must report.

    `currency` and `time_zone` are those of the shop that it is of. `together` is the header by
    which rows belong together, where some cells stand on the first of them only. Without
    `has_headers` the first line is a row.
    """

    source: str
    file: str
    text: str
    expected: dict[str, Any] = field(default_factory=dict)
    currency: str = "CNY"
    time_zone: str = "Asia/Shanghai"
    together: str | None = None
    has_headers: bool = True


def table(header: str, *rows: Mapping[str, str]) -> str:
    """A CSV file under a full header, of rows that name the cells that are not empty."""
    names = next(csv.reader([header]))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
