"""CDNOW: purchases of CDs 1997-98, a text file without headers, columns apart by spaces.

`master id, [sample id,] date, number of CDs, dollars`. The file has no order numbers: what one
customer bought on one day is one order, as the literature counts it. Purchases for 0 dollars are
purchases (the published counts hold only with them).
"""

from __future__ import annotations

import re

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source

_LINE = re.compile(r"^\s*\d{4,6}\s+(\d{1,6}\s+)?(19|20)\d{6}\s+\d+\s+\d+\.\d{2}\s*$")


def _is_cdnow(lines: list[str]) -> bool:
    return bool(lines) and all(_LINE.match(line) for line in lines)


def _from_right(place: int) -> str:
    return rf"regexp_split_to_array(trim(line), '\s+')[-{place}]"


CDNOW = Source(
    name="cdnow",
    title="CDNOW purchases",
    title_zh="CDNOW 购买记录",
    kind="orders",
    platform="cdnow",
    record=Kind.LINE,
    fields=(
        Field("customer_key", ("customer",), required=True),
        Field("placed_at", ("date",), required=True),
        Field("quantity", ("quantity",), required=True),
        Field("paid", ("dollars",), required=True),
    ),
    content=_is_cdnow,
    split={
        "customer": r"regexp_split_to_array(trim(line), '\s+')[1]",
        "date": _from_right(3),
        "quantity": _from_right(2),
        "dollars": _from_right(1),
    },
    time_format="%Y%m%d",
    derive={"order_id": "customer_key || '-' || strftime(placed_at, '%Y%m%d')"},
)
