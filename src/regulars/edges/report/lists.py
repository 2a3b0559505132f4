r"""Lists as CSV inside the page: what is shown can be taken along, without a server.

>>> import pyarrow as pa
>>> csv_text(pa.table({"name": ["=1+1", "李"], "n": [1, None]}))
"name,n\r\n'=1+1,1\r\n李,\r\n"
"""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(table: pa.Table) -> str:
    """The table as CSV. Text that a spreadsheet would run as a formula is put behind a quote."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.column_names)
    for batch in table.to_batches():
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def csv_address(table: pa.Table) -> str:
    """The CSV as a data address, with the mark by which Excel knows UTF-8."""
    data = b64encode(("\ufeff" + csv_text(table)).encode()).decode()
    return f"data:text/csv;charset=utf-8;base64,{data}"


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
