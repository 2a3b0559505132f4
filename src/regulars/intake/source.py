"""A source: how one platform's export maps onto canonical records, written down as data.

One file per source under `sources/`; the reader, recogniser, normaliser and the contract suite
work from this description alone. Adding a source is described in docs/sources.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from regulars.intake.records import CellType, Kind, Status

FileKind = Literal["orders", "customers", "products"]


@dataclass(frozen=True, slots=True)
class Field:
    """Where a canonical column stands in the file.

    `headers` are the names that real exports use, matched without case, spaces and full-width
    brackets. `known` makes the header part of the layout's fingerprint: without it the file is not
    of this source. `required` rejects a row in which the cell is empty. `type` is given for a
    column that is not canonical but that `derive` computes with.
    """

    column: str
    headers: tuple[str, ...]
    known: bool = False
    required: bool = False
    type: CellType | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One layout of one platform.

    Attributes:
        name: what `--as` takes.
        title: for people, in English and Chinese.
        kind: orders, customers or products, what `--kind` takes.
        platform: the namespace of order, product and customer numbers.
        record: the kind of record that a row becomes.
        fields: canonical columns and their headers.
        traits: names of further attributes and their headers (customers only).
        stands_alone: lines that carry customer and time themselves; others wait for their order.
        key_is_personal: the platform's buyer number is an account name and goes into the vault.
        statuses: the platform's words for a status; a word that is not here rejects its row.
        derive: SQL over the canonical columns, in place of the plain cell.
        content: for files without headers, tells from the first lines whether it is this source;
            each line is then one cell named `line`, and `split` has the expression of each column.
        exact: the file holds the listed headers and no others (for layouts with few headers).
        time_zone: of times without a zone, where it is not the shop's own.
        time_format: one strptime format, where the usual ones do not do.
    """

    name: str
    title: str
    title_zh: str
    kind: FileKind
    platform: str
    record: Kind
    fields: tuple[Field, ...] = ()
    traits: tuple[tuple[str, tuple[str, ...]], ...] = ()
    stands_alone: bool = True
    key_is_personal: bool = False
    statuses: Mapping[str, Status] = field(default_factory=dict)
    derive: Mapping[str, str] = field(default_factory=dict)
    content: Callable[[list[str]], bool] | None = None
    split: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False
    time_format: str | None = None
    time_zone: str | None = None


def plain_header(header: str) -> str:
    r"""A header as it is compared: no case, no spaces, no byte order mark, brackets made narrow.

    >>> plain_header("\ufeff 收货地址 "), plain_header("用户实付金额（元）")
    ('收货地址', '用户实付金额(元)')
    """
    narrow = header.translate({0xFF08: "(", 0xFF09: ")", 0xFF0F: "/", 0x3000: " ", 0xFEFF: None})
    if narrow.startswith('="') and narrow.endswith('"'):
        narrow = narrow[2:-1]
    return "".join(narrow.lower().split()).strip("'\"").replace("_", "").replace("-", "")
