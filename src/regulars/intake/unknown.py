"""A file that no source knows: what would help.

>>> from regulars.intake.sources import ALL
>>> print(template(("Order ID", "placed at", "paid"), "orders").splitlines()[5])
order_id = "Order ID"  # needed; the platform's number of the order
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import SequenceMatcher

from regulars.errors import UnknownLayout, Where
from regulars.intake.files.sheet import Sheet
from regulars.intake.records import Kind, columns_of
from regulars.intake.source import FileKind, Source, plain_header
from regulars.kernel.mask import mask_numbers

_ALIKE = 0.8
_COMPARED = 200
"""Headers of a file that are compared with those we know; comparing is slow."""

_RECORD_OF: dict[FileKind, Kind] = {
    "orders": Kind.LINE,
    "customers": Kind.CUSTOMER,
    "products": Kind.PRODUCT,
    "spend": Kind.SPEND,
    "events": Kind.EVENT,
}
"""What a row of a mapped file becomes."""

_NOT_MAPPED: dict[FileKind, tuple[str, ...]] = {
    "orders": ("told_by", "is_goods"),
    "events": ("connection", "received_at", "properties", "context"),
}
"""What no header of a file is for."""


def unknown_layout(sheets: Sequence[Sheet], sources: Sequence[Source]) -> UnknownLayout:
    """The error over a file that no source knows: its headers, the nearest source, a template.

    Args:
        sheets: the file with its headers on the first line, and on those below.
        sources: that were tried.
    """
    sheet = _likeliest_of(sheets, sources)
    present = {plain_header(header) for header in sheet.headers}
    nearest = max(sources, key=lambda source: _nearness(source, present))
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
        where=Where(file=sheet.part.name, line=sheet.header_line or None),
        todo="name the format with --as, or complete this and pass it with --map FILE.toml:\n\n"
        + template(sheet.headers, nearest.kind),
    )


def _likeliest_of(sheets: Sequence[Sheet], sources: Sequence[Source]) -> Sheet:
    """The one whose headers some source nearly has, or else the first that has several."""

    def likely(sheet: Sheet) -> tuple[float, bool]:
        present = {plain_header(header) for header in sheet.headers}
        near = max((_nearness(source, present) for source in sources), default=0.0)
        return near, sum(map(bool, sheet.headers)) > 1

    return max(sheets, key=likely)


def _nearness(source: Source, present: Collection[str]) -> float:
    """Which share of the headers that a source needs is there."""
    known = [field for field in source.fields if field.known] or list(source.fields)
    hits = [any(plain_header(name) in present for name in field.headers) for field in known]
    return sum(hits) / max(len(hits), 1)


def template(headers: Sequence[str], kind: FileKind) -> str:
    """A mapping file for these headers, with the likeliest header at each column filled in."""
    record = _RECORD_OF[kind]
    needed = {
        "orders": ("order_id", "placed_at"),
        "products": ("product_id",),
        "spend": ("day", "spend"),
        "events": ("name", "at"),
    }.get(kind, ())
    lines = [
        f'kind = "{kind}"',
        '# platform = "taobao"  # whose numbers these are; "shop" if not said',
        '# time_format = "%d.%m.%Y"  # only where times are not written year first',
        "",
        "[columns]",
    ]
    ours = {"customer_key": "customer_id"} | ({"placed_at": "at"} if kind == "events" else {})
    columns = {
        ours.get(column.name, column.name): column
        for column in columns_of(record)
        if column.type != "traits" and column.name not in _NOT_MAPPED.get(kind, ())
    }
    known = _known_headers(kind)
    guesses: dict[str, str] = {}
    # First those that are the same: what is meant for one column is no likely one for another.
    for alike in (1.0, _ALIKE):
        for name, column in columns.items():
            if name not in guesses:
                names = (name, *known.get(column.name, ()))
                if guess := _likeliest(names, headers[:_COMPARED], guesses.values(), alike):
                    guesses[name] = guess
    for name, column in columns.items():
        guess = mask_numbers(guesses.get(name, "")).replace('"', "'")
        mark = "" if guess or name in needed else "# "
        why = "needed; " if name in needed else ""
        lines.append(f'{mark}{name} = "{guess}"  # {why}{column.en}')
    if kind == "orders":
        lines += ["", "[status]  # the file's words", '# "Paid" = "paid"']
    if kind == "events":
        lines += ["", "[names]  # the file's words", '# "view" = "Product Viewed"']
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
    known: Sequence[str], headers: Sequence[str], taken: Collection[str], alike: float
) -> str:
    """The header that is spelt most like one of those under which a column is known."""
    free = [(plain_header(header), header) for header in headers if header not in taken]
    best, found = alike, ""
    for one in dict.fromkeys(map(plain_header, known)):
        matcher = SequenceMatcher(b=one)
        for plain, header in free:
            matcher.set_seq1(plain)
            if matcher.real_quick_ratio() < best:  # which is never too small
                continue
            ratio = matcher.ratio()
            if ratio > best or (ratio == best and not found):
                best, found = ratio, header
    return found
