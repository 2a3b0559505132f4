"""How a file shows that it brings rejected rows back (see `mending`): by three headers of ours.

>>> format_named(["order_id,paid,regulars_reject,regulars_format", "A,10,5f,plain"], ",")
'plain'
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

ROW = "regulars_reject"
"""Which row of quarantine it is."""
FORMAT = "regulars_format"
"""Of which format the file was that it came from."""
REASON = "regulars_reason"
"""What was wrong with it, for people."""
OWN = (ROW, FORMAT, REASON)


def is_mending(headers: Sequence[str]) -> bool:
    """Whether a file with these headers brings rejected rows back."""
    return ROW in headers


def format_named(first_lines: Sequence[str], delimiter: str) -> str | None:
    """The format that the first row of a mending file names; none for files without text."""
    if not delimiter:
        return None
    rows = list(csv.reader(io.StringIO("\n".join(first_lines)), delimiter=delimiter))
    if len(rows) < 2:
        return None
    return dict(zip(rows[0], rows[1], strict=False)).get(FORMAT) or None
