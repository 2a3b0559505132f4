"""A source: how one platform's export maps onto canonical records, written down as data.

One file per source under `sources/`; the reader, recogniser, normaliser and the contract suite
work from this description alone. Adding a source is described in docs/sources.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from regulars.intake.records import CellType, Kind, Status

FileKind = Literal["orders", "customers", "products", "spend", "events"]


@dataclass(frozen=True, slots=True)
class Field:
    """Where a canonical column stands in the file.

    `headers` are the names that real exports use, matched without case, spaces and full-width
    brackets. `known` makes the header part of the layout's fingerprint: without it the file is not
    of this source. `required` rejects a row in which the cell is empty. `type` is given for a
    column that is not canonical but that `derive` computes with; `kept` says that such a cell also
    goes where the source's further cells go (`Source.rest`). `nothing` are words that stand for an
    empty cell, such as a dash for no refund.
    """

    column: str
    headers: tuple[str, ...]
    known: bool = False
    required: bool = False
    type: CellType | None = None
    nothing: tuple[str, ...] = ()
    kept: bool = False


@dataclass(frozen=True, slots=True)
class FillDown:
    """Cells that stand on the first row of a thing only.

    `key` is the column that says which thing; `mark` is never empty on its first row; the cells of
    `columns` (and of `mark`) are taken over by the rows that follow with the same key.
    """

    key: str
    mark: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One layout of one platform.

    Attributes:
        name: what `--as` takes.
        title: for people, in English and Chinese.
        kind: orders, customers, products, spend or events, what `--kind` takes.
        platform: the namespace of order, product and customer numbers.
        record: the kind of record that a row becomes.
        fields: canonical columns and their headers.
        traits: names of further attributes and their headers (customers only).
        also: what the same row tells besides, as sources of their own: a row of an order export
            that names the order's goods tells of an order and of its lines. Name, title, kind and
            platform are those of this source; only record, fields, statuses, derive, where and
            unpack are looked at. A row is taken in or rejected as a whole.
        where: SQL over the cells that tells whether a row tells of this record at all (order
            fields that stand on the order's first row only); a row that tells nothing is rejected.
        silent_rows: whether a row that tells nothing is no slip but continues the row above (one
            more picture of a product); it then counts no more than a blank one.
        unpack: several things in one cell: the SQL of a list of texts; each becomes a record
            with the text in the column `item`, its place from 1 in `item_no`.
        fill_down: cells that stand on the first row of a thing only.
        stands_alone: lines that carry customer and time themselves; others wait for their order.
        live: it is told as it happens, so what is told of customers and products counts from then
            on and not, as what a file tells first, from ever.
        amounts_elsewhere: orders whose amounts stand in their lines and payments.
        key_is_personal: the platform's buyer number is an account name and goes into the vault.
        key_of_order: the buyer number is new with every order; the customers file says who it is
            (its `also_known_as`).
        statuses: the platform's words for a status; a word that is not here rejects its row.
        names: the platform's words for what happened (events only), with the names that the Segment
            spec has for them; a word that is not here rejects its row. Empty: names stay as told.
        rest: where cells go that no column takes, as JSON: the column, and how such headers begin
            (the beginning is cut off; the first that fits counts). Cells under a beginning that is
            not empty are kept there whether or not a column takes them too.
        derive: SQL over the canonical columns, in place of the plain cell.
        content: for files without headers, tells from the first lines whether it is this source;
            each line is then one cell named `line`, and `split` has the expression of each column.
        columns: for files without headers whose cells stand apart by commas, what their columns are
            called; then `split` is not needed, and files that do have headers are known by these.
        sound: SQL over the cell `line` that tells whether it can be taken apart at all.
        once: SQL over `line` that the expressions of `split` share, by name, worked out once.
        exact: the file holds the listed headers and no others (for layouts with few headers).
        time_zone: of times without a zone, where it is not the shop's own.
        time_format: one strptime format, where the usual ones do not do; `unix` for seconds or
            milliseconds since 1970.
    """

    name: str
    title: str
    title_zh: str
    kind: FileKind
    platform: str
    record: Kind
    fields: tuple[Field, ...] = ()
    traits: tuple[tuple[str, tuple[str, ...]], ...] = ()
    also: tuple[Source, ...] = ()
    where: str | None = None
    unpack: str | None = None
    silent_rows: bool = False
    fill_down: FillDown | None = None
    stands_alone: bool = True
    live: bool = False
    amounts_elsewhere: bool = False
    key_is_personal: bool = False
    key_of_order: bool = False
    statuses: Mapping[str, Status] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    rest: tuple[tuple[str, str], ...] = ()
    derive: Mapping[str, str] = field(default_factory=dict)
    content: Callable[[list[str]], bool] | None = None
    split: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    sound: str | None = None
    once: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False
    time_format: str | None = None
    time_zone: str | None = None

    @property
    def records(self) -> tuple[Kind, ...]:
        """Every kind of record that a row may become."""
        return (self.record, *(part.record for part in self.also))

    @property
    def customer_namespace(self) -> str:
        """Where the buyer numbers of this source are unique."""
        return f"{self.platform}:order" if self.key_of_order else self.platform


def besides(record: Kind, fields: tuple[Field, ...], **rest: Any) -> Source:
    """What a row tells besides its first record, for `Source.also`; the names come from there."""
    return Source("", "", "", "orders", "", record, fields, **rest)


def plain_header(header: str) -> str:
    r"""A header as it is compared: no case, no spaces, no byte order mark, brackets made narrow.

    >>> plain_header("\ufeff 收货地址 "), plain_header("用户实付金额（元）")
    ('收货地址', '用户实付金额(元)')
    """
    narrow = header.translate({0xFF08: "(", 0xFF09: ")", 0xFF0F: "/", 0x3000: " ", 0xFEFF: None})
    if narrow.startswith('="') and narrow.endswith('"'):
        narrow = narrow[2:-1]
    return "".join(narrow.lower().split()).strip("'\"").replace("_", "").replace("-", "")
