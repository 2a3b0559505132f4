"""Which source a file is of, from its headers and first lines; and, if none, what would help.

>>> from regulars.intake.sources import ALL
>>> bound = bind(ALL[0], ("Order_ID", "placed_at", "paid"))
>>> bound.headers["order_id"], bound.ignored
('Order_ID', ())
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from regulars.errors import UnknownLayout, UnknownValue, Where
from regulars.intake.files.sheet import Sheet
from regulars.intake.mended import OWN, format_named, is_mending
from regulars.intake.records import Kind, columns_of
from regulars.intake.source import FileKind, Source, plain_header
from regulars.kernel.mask import mask_numbers

_ALIKE = 0.8

RECORD_OF: dict[FileKind, Kind] = {
    "orders": Kind.LINE,
    "customers": Kind.CUSTOMER,
    "products": Kind.PRODUCT,
    "spend": Kind.SPEND,
}
"""What a row of a mapped file becomes."""


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

    @property
    def known(self) -> int:
        """How many headers of the file are taken."""
        return len(self.taken)

    @property
    def taken(self) -> frozenset[str]:
        """The headers of the file that some column takes."""
        own = {*self.headers.values(), *self.traits.values()}
        return frozenset(own.union(*(part.taken for part in self.also)))


def bind(source: Source, headers: Sequence[str]) -> Bound | None:
    """The source bound to these headers, or None if a known header is missing."""
    by_name = {plain_header(header): header for header in reversed(headers)}

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
    ignored = tuple(header for header in headers if header not in bound.taken)
    if source.exact and ignored:
        return None
    return replace(bound, ignored=ignored)


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

    Args:
        sheet: what `look` saw.
        sources: those to choose from.
        name: the source to take, as `--as` says; otherwise the one that knows most headers.
        kind: only sources of this kind, as `--kind` says.

    Raises:
        UnknownLayout: with the headers found, the nearest known source and a template for `--map`.
        UnknownValue: there is no source of this name.
    """
    headers = [header for header in sheet.headers if header not in OWN]
    mending = is_mending(sheet.headers)
    if mending and name is None:
        name = format_named(sheet.first_lines, sheet.delimiter)
        # A layout that the user mapped is not known by its name alone.
        name = name if name in {source.name for source in sources} else None
    candidates = [source for source in sources if kind is None or source.kind == kind]
    if name is not None:
        candidates = [source for source in sources if source.name == name]
        if not candidates:
            raise UnknownValue.of("format", name, [source.name for source in sources])
    for source in candidates:
        lines = list(sheet.first_lines)
        if source.content and mending and headers == ["line"]:
            return sheet, Bound(source, {f.column: f.headers[0] for f in source.fields}, {}, ())
        if source.content and sheet.format != "parquet" and source.content(lines):
            return sheet.as_lines(), Bound(
                source, {f.column: f.headers[0] for f in source.fields}, {}, ()
            )
    bounds = [
        bound
        for source in candidates
        if source.content is None and (bound := bind(source, headers)) is not None
        # One common word such as customer_id does not make a layout.
        if bound.known >= 2 or name is not None or bound.source.exact
    ]
    if not bounds:
        raise _unknown(sheet, candidates or list(sources))
    best = max(bounds, key=lambda bound: bound.known)
    return sheet, best


def _unknown(sheet: Sheet, sources: Sequence[Source]) -> UnknownLayout:
    present = {plain_header(header) for header in sheet.headers}

    def nearness(source: Source) -> float:
        known = [field for field in source.fields if field.known] or list(source.fields)
        hits = [any(plain_header(name) in present for name in field.headers) for field in known]
        return sum(hits) / max(len(hits), 1)

    nearest = max(sources, key=nearness)
    missing = [
        " or ".join(field.headers)
        for field in nearest.fields
        if field.known and not any(plain_header(name) in present for name in field.headers)
    ]
    # A file without headers shows its first row here, which may be somebody's.
    headers = ", ".join(mask_numbers(header) for header in sheet.headers[:40])
    lacks = f", which also needs: {', '.join(missing)}" if missing else ""
    return UnknownLayout(
        f"no known format has these headers: {headers}. Nearest: {nearest.name}{lacks}",
        where=Where(file=str(sheet.path), line=sheet.header_line or None),
        todo="name the format with --as, or complete this and pass it with --map FILE.toml:\n\n"
        + template(sheet.headers, nearest.kind),
    )


def template(headers: Sequence[str], kind: FileKind) -> str:
    """A mapping file for these headers, with the likeliest header at each column filled in."""
    record = RECORD_OF[kind]
    needed = {
        "orders": ("order_id", "placed_at"),
        "products": ("product_id",),
        "spend": ("day", "spend"),
    }.get(kind, ())
    lines = [
        f'kind = "{kind}"',
        '# platform = "taobao"  # whose numbers these are; "shop" if not said',
        '# time_format = "%d.%m.%Y"  # only where times are not written year first',
        "",
        "[columns]",
    ]
    guesses = _known_headers(kind)
    taken: set[str] = set()
    for column in columns_of(record):
        if column.type == "traits":
            continue
        name = "customer_id" if column.name == "customer_key" else column.name
        guess = _likeliest(name, guesses.get(column.name, ()), headers, taken)
        taken.add(guess)
        mark = "" if guess or name in needed else "# "
        why = "needed; " if name in needed else ""
        lines.append(f'{mark}{name} = "{guess}"  # {why}{column.en}')
    if kind == "orders":
        lines += ["", "[status]  # the file's words", '# "Paid" = "paid"']
    return "\n".join(lines) + "\n"


def _known_headers(kind: FileKind) -> dict[str, tuple[str, ...]]:
    """Under which headers the sources that we know have each column, in Chinese and English."""
    from regulars.intake.sources import ALL

    found: dict[str, tuple[str, ...]] = {}
    for source in ALL:
        if source.kind == kind:
            for field in (*source.fields, *(one for part in source.also for one in part.fields)):
                found[field.column] = (*found.get(field.column, ()), *field.headers)
    return found


def _likeliest(
    name: str, known: Sequence[str], headers: Sequence[str], taken: Collection[str]
) -> str:
    """The header that is, or is spelt most like, one under which the column is known."""
    scored = [
        (SequenceMatcher(None, plain_header(one), plain_header(header)).ratio(), header)
        for one in (name, *known)
        for header in headers
        if header not in taken
    ]
    score, header = max(scored, default=(0.0, ""))
    return mask_numbers(header).replace('"', "'") if score >= _ALIKE else ""
