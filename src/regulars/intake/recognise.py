"""Which source a file is of, from its headers and first lines; and, if none, what would help.

>>> from regulars.intake.sources import ALL
>>> bound = bind(ALL[0], ("Order_ID", "placed_at", "paid"))
>>> bound.headers["order_id"], bound.ignored
('Order_ID', ())
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from regulars.errors import UnknownLayout, UnknownValue, Where
from regulars.intake.files.chunk import is_nameless
from regulars.intake.files.sheet import Sheet, lower
from regulars.intake.files.total_rows import Key
from regulars.intake.mended import OWN, format_named, is_mending
from regulars.intake.records import Kind, columns_of
from regulars.intake.source import FileKind, Source, plain_header
from regulars.intake.unknown import unknown_layout

_WIDE = 8
"""So many cells no title fills; nor half as many as there are headers."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A source with the actual header of each of its columns in one file."""

    source: Source
    headers: dict[str, str]
    traits: dict[str, str]
    ignored: tuple[str, ...]
    """Headers that no column takes; their cells are not kept."""
    also: tuple[Bound, ...] = ()
    """What the same row tells besides."""
    rest: tuple[tuple[str, str, str], ...] = ()
    """Cells that are kept as JSON: the column, the key there, the header."""

    @property
    def known(self) -> int:
        """How many headers of the file the source knows."""
        return len(self._known)

    @property
    def taken(self) -> frozenset[str]:
        """The headers of the file that some column takes."""
        return self._known.union(header for *_, header in self.rest)

    @property
    def _known(self) -> frozenset[str]:
        own = {*self.headers.values(), *self.traits.values()}
        return frozenset(own.union(*(part.taken for part in self.also)))


def bind(source: Source, headers: Sequence[str]) -> Bound | None:
    """The source bound to these headers, or None if a known header is missing."""
    by_name = _by_plain_name(tuple(headers))

    def find(names: tuple[str, ...]) -> str | None:
        return next(
            (by_name[plain] for name in names if (plain := plain_header(name)) in by_name), None
        )

    found: dict[str, str] = {}
    for field in source.fields:
        header = find(field.headers)
        if header is not None:
            found[field.column] = header
        elif field.known:
            return None
    also = []
    for part in source.also:
        bound = bind(_named_as(source, part), headers)
        if bound is None:
            return None
        also.append(bound)
    traits = {name: header for name, names in source.traits if (header := find(names)) is not None}
    bound = Bound(source, found, traits, (), tuple(also))
    bound = replace(bound, rest=_rest(bound, headers))
    taken = bound.taken
    ignored = tuple(header for header in headers if header not in taken)
    if source.exact and not all(map(is_nameless, ignored)):
        return None
    return replace(bound, ignored=ignored)


def _rest(bound: Bound, headers: Sequence[str]) -> tuple[tuple[str, str, str], ...]:
    """Which headers are kept as JSON, where, and under which keys."""
    source = bound.source
    if not source.rest:
        return ()
    personal = {column.name for column in columns_of(source.record) if column.personal}
    private = {header for column, header in bound.headers.items() if column in personal}
    kept = {bound.headers.get(field.column) for field in source.fields if field.kept}
    taken = bound.taken - kept
    found = []
    for header in headers:
        plain = header.strip()
        fits = (
            (column, plain[len(beginning) :], header)
            for column, beginning in source.rest
            if plain.lower().startswith(beginning)
            and (beginning or header not in taken)
            and header not in private
            and not is_nameless(plain[len(beginning) :])
        )
        if one := next(fits, None):
            found.append(one)
    return tuple(found)


@lru_cache(maxsize=4)
def _by_plain_name(headers: tuple[str, ...]) -> dict[str, str]:
    """The first header of each name as names are compared; all sources are tried on the same."""
    return {plain_header(header): header for header in reversed(headers)}


def _named_as(source: Source, part: Source) -> Source:
    return replace(
        part,
        name=source.name,
        title=source.title,
        title_zh=source.title_zh,
        kind=source.kind,
        platform=source.platform,
        time_zone=source.time_zone,
        time_format=source.time_format,
    )


def recognise(
    sheet: Sheet,
    sources: Sequence[Source],
    *,
    name: str | None = None,
    kind: FileKind | None = None,
) -> tuple[Sheet, Bound]:
    """The sheet as it is to be read, and the source bound to it.

    The headers are the first row that is not blank; only where no source has them, the likeliest of
    the rows below it is taken, and what stands above that is told in the sheet.

    Args:
        sheet: what `look` saw.
        sources: those to choose from.
        name: the source to take, as `--as` says; otherwise the one that knows most headers.
        kind: only sources of this kind, as `--kind` says.

    Raises:
        UnknownLayout: with the headers found, the nearest known source and a template for `--map`;
            or headers stand below what looks like rows.
        UnknownValue: there is no source of this name.
    """
    candidates = [source for source in sources if kind is None or source.kind == kind]
    if name is not None:
        candidates = [source for source in sources if source.name == name]
        if not candidates:
            raise UnknownValue.of("format", name, [source.name for source in sources])
    chosen, is_named = _narrowed(sheet, candidates, sources, name)
    found = _by_content(sheet, chosen, is_named) or _by_headers(sheet, chosen, is_named)
    if found is not None:
        return found
    below = list(lower(sheet))
    matches = [
        match
        for one in below
        if (match := _by_headers(one, *_narrowed(one, candidates, sources, name))) is not None
    ]
    if not matches:
        raise unknown_layout([sheet, *below], candidates or sources)
    best = max(matches, key=lambda match: match[1].known)
    _refuse_rows_above(*best)
    return best


def _narrowed(
    sheet: Sheet, candidates: Sequence[Source], sources: Sequence[Source], name: str | None
) -> tuple[Sequence[Source], bool]:
    """The sources to choose from, and whether the one is named, as in a mending file."""
    if name is None and is_mending(sheet.headers):
        named = format_named(sheet.first_lines, sheet.delimiter)
        # A layout that the user mapped is not known by its name alone.
        if found := [source for source in sources if source.name == named]:
            return found, True
    return candidates, name is not None


def _by_content(
    sheet: Sheet, candidates: Sequence[Source], is_named: bool
) -> tuple[Sheet, Bound] | None:
    """The source that knows the file by the look of its lines."""
    mending = is_mending(sheet.headers)
    headers = [header for header in sheet.headers if header not in OWN]
    for source in candidates:
        if source.content is None:
            continue
        if source.columns:
            is_csv = sheet.format == "csv" and sheet.delimiter == "," and not mending
            if is_csv and source.content(list(sheet.first_lines)):
                found = bind(source, source.columns)
                assert found is not None  # noqa: S101 - its own columns
                return sheet.as_table(source.columns), found
            continue
        bound = Bound(source, {f.column: f.headers[0] for f in source.fields}, {}, ())
        if mending and headers == ["line"]:
            return sheet, bound
        is_json = sheet.format in ("jsonl", "lines") and source.sound is not None
        if sheet.format != "parquet" and (
            (is_named and is_json) or source.content(list(sheet.first_lines))
        ):
            return sheet.as_lines(), bound
    return None


def _by_headers(
    sheet: Sheet, candidates: Sequence[Source], is_named: bool
) -> tuple[Sheet, Bound] | None:
    """The source that knows most of the headers."""
    headers = [header for header in sheet.headers if header not in OWN]
    bounds = [
        bound
        for source in candidates
        if (source.content is None or source.columns)
        and (bound := bind(source, headers)) is not None
        # One common word such as customer_id does not make a layout.
        if bound.known >= 2 or is_named or bound.source.exact
    ]
    if not bounds:
        return None
    best = max(bounds, key=lambda bound: bound.known)
    ignored = _without_empty_columns(sheet, best.ignored)
    return replace(sheet, key=_key_of(best)), replace(best, ignored=ignored)


def _without_empty_columns(sheet: Sheet, ignored: tuple[str, ...]) -> tuple[str, ...]:
    """Columns not kept, named for people; but for those with neither header nor cells."""
    if not sheet.first_lines or not any(map(is_nameless, ignored)):
        return ignored
    rows = csv.reader(io.StringIO("\n".join(sheet.first_lines)), delimiter=sheet.delimiter or ",")
    filled = {place for row in rows for place, cell in enumerate(row) if cell.strip()}
    places = {header: place for place, header in enumerate(sheet.headers)}
    return tuple(
        f"column {places[header] + 1}, which has no header"
        if is_nameless(header)
        else " ".join(header.split())
        for header in ignored
        if not is_nameless(header) or places[header] in filled
    )


_KEYS = {
    Kind.ORDER: "order_id",
    Kind.LINE: "order_id",
    Kind.PAYMENT: "order_id",
    Kind.CUSTOMER: "customer_key",
    Kind.PRODUCT: "product_id",
    Kind.SPEND: "day",
    Kind.EVENT: "placed_at",
}


def _key_of(bound: Bound) -> Key | None:
    """The column that says what a row is of."""
    header = bound.headers.get(_KEYS[bound.source.record])
    is_day = bound.source.record in (Kind.SPEND, Kind.EVENT)
    return None if header is None else Key(header, is_day=is_day)


def _refuse_rows_above(sheet: Sheet, bound: Bound) -> None:
    """See that nothing which may be a row of the file stands above its headers and is lost."""
    fields = [field for field in bound.source.fields if field.column in bound.headers]
    needed = [field for field in fields if field.required] or [f for f in fields if f.known]
    places = [sheet.headers.index(bound.headers[field.column]) for field in needed]
    for line, cells in sheet.above:
        told = [cells[place] for place in places if place < len(cells) and cells[place].strip()]
        filled = sum(bool(cell.strip()) for cell in cells)
        is_wide = filled >= _WIDE or 1 < filled >= len(sheet.headers) / 2
        if is_wide and len(told) == len(places) and any(map(str.isdigit, "".join(told))):
            raise UnknownLayout(
                f"this looks like a row, but the headers of {bound.source.name} stand below it, in"
                f" line {sheet.header_line}",
                where=Where(file=sheet.part.name, line=line),
                todo="move the headers to the top, or remove the lines above them",
            )
