"""Workbooks (.xlsx): which sheets they have, and how numbers are shown in them.

Only what cells need is read of what a workbook says of itself, whatever program wrote it: many an
export has styles or names that a whole reader stumbles over. Every member is first held against
its declared size, and the small ones that are read in whole are counted while they are.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from xml.etree import ElementTree

from regulars.errors import UnreadableFile
from regulars.intake.files.cell_text import Format, format_of
from regulars.intake.files.containers import (
    DAMAGED,
    EMPTY_ZIP,
    ZIP,
    is_document,
    nested,
    opened_zip,
    refuse_member,
    seekable,
)
from regulars.intake.files.on_disk import unreadable
from regulars.intake.files.part import Part
from regulars.intake.files.worksheet import BadXml, Row, refuse_doctype, rows_of, texts_of

_MOST_TEXT = 512 << 20
_MOST_DESCRIPTION = 64 << 20
_OTHERS = {
    "xl/workbook.bin": "is a binary workbook (.xlsb)",
    "word/document.xml": "is a text document",
    "ppt/presentation.xml": "is a presentation",
    "content.xml": "is an OpenDocument file",
}
_WRONG = (BadXml, ElementTree.ParseError, ValueError, OSError, *DAMAGED)


@dataclass(frozen=True, slots=True)
class Book:
    """An open workbook, and which of its sheets is meant."""

    part: Part
    archive: zipfile.ZipFile
    sheets: dict[str, zipfile.ZipInfo]
    """The visible sheets by title."""
    formats: tuple[Format, ...]
    """By the number of a cell's style."""
    from_1904: bool
    shared: zipfile.ZipInfo | None

    def rows(self) -> Iterator[tuple[Row, float]]:
        """The rows of the sheet that is the part, and how much of it has been read, from 0 to 1.

        Raises:
            UnreadableFile: there is no such sheet, or it breaks off.
        """
        info = self.sheets.get(self.part.sheet or "")
        if info is None:
            raise unreadable(self.part, "is no visible sheet of the workbook", "look at its sheets")
        with self._telling("a sheet"), self.archive.open(info) as stream:
            for row in rows_of(stream.read):
                yield row, stream.tell() / max(info.file_size, 1)

    def texts(self) -> Iterator[str]:
        """The shared texts, to which cells refer by number.

        Raises:
            UnreadableFile: they break off.
        """
        if self.shared is None:
            return
        with self._telling("its texts"), self.archive.open(self.shared) as stream:
            yield from texts_of(stream.read)

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        try:
            yield
        except _WRONG as error:
            raise damaged(self.part, f"{what}: {error}") from error


def damaged(part: Part, why: str) -> UnreadableFile:
    """The error over a workbook that is not as it should be."""
    todo = "open it in a spreadsheet, save it again"
    return unreadable(part, f"is a damaged workbook ({why})", todo)


def is_workbook(part: Part, start: bytes) -> bool:
    """Whether the part is a workbook that can be read.

    Args:
        part: what to look at.
        start: its first bytes.

    Raises:
        UnreadableFile: an archive within an archive, or a document of another kind.
    """
    if start[:4] not in (ZIP, EMPTY_ZIP):
        return False
    with seekable(part) as file, opened_zip(part, file) as archive:
        if not is_document(archive):
            raise nested(part)
        names = set(archive.namelist())
        for name, what in _OTHERS.items():
            if name in names:
                raise unreadable(part, what, "save it as .xlsx or CSV (UTF-8)")
    return True


def sheets_of(part: Part) -> list[str]:
    """The titles of the visible sheets that hold anything.

    Raises:
        UnreadableFile: the workbook is damaged, a bomb, or empty.
    """
    with opened_book(part) as book:
        found = [
            title
            for title in book.sheets
            if next(replace(book, part=replace(part, sheet=title)).rows(), None) is not None
        ]
    if not found:
        raise unreadable(part, "has no visible sheet with anything in it", "export it again")
    return found


@contextmanager
def opened_book(part: Part) -> Iterator[Book]:
    """The workbook, open; `part` may name one of its sheets.

    Raises:
        UnreadableFile: it is damaged, encrypted, or a bomb.
    """
    whole = replace(part, sheet=None)
    with seekable(whole) as file, opened_zip(whole, file) as archive:
        for info in archive.filelist:
            refuse_member(whole, info)
        try:
            book = _book(part, _Package(whole, archive))
        except _WRONG as error:
            raise damaged(whole, str(error)) from error
        yield book


def _book(part: Part, package: _Package) -> Book:
    main = next(
        (target for kind, target in package.relations("").values() if kind == "officeDocument"),
        "xl/workbook.xml",
    )
    relations = package.relations(main)
    by_kind = dict(relations.values())
    root = package.tree(main)
    sheets = {}
    for sheet in _all(root, "sheet"):
        if sheet.get("state", "visible") != "visible":
            continue
        kind, target = relations.get(_relation(sheet), ("", ""))
        if not target:
            raise BadXml(f"its sheet {sheet.get('name')!r} is nowhere in it")
        if kind == "worksheet":  # and no chart
            sheets[sheet.get("name", "")] = package.info(target)
    is_1904 = any(one.get("date1904") in ("1", "true") for one in _all(root, "workbookPr"))
    folder = posixpath.dirname(main)
    styles = by_kind.get("styles", f"{folder}/styles.xml")
    texts = by_kind.get("sharedStrings", f"{folder}/sharedStrings.xml")
    shared = package.info(texts) if texts in package else None
    if shared is not None:
        refuse_member(part, shared, _MOST_TEXT)
    return Book(
        part=part,
        archive=package.archive,
        sheets=sheets,
        formats=_formats(package.tree(styles)) if styles in package else (),
        from_1904=is_1904,
        shared=shared,
    )


def _formats(root: ElementTree.Element) -> tuple[Format, ...]:
    codes = {
        int(one.get("numFmtId", "0")): one.get("formatCode", "") for one in _all(root, "numFmt")
    }
    return tuple(
        format_of(int(style.get("numFmtId", "0")), codes)
        for styles in _all(root, "cellXfs")
        for style in styles
    )


class _Package:
    """The members of a workbook's zip, found as its parts refer to one another."""

    def __init__(self, part: Part, archive: zipfile.ZipFile) -> None:
        self.part, self.archive = part, archive
        # Not every program writes names as its own references spell them.
        self._members = {_plain(info.filename): info for info in archive.filelist}

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._members

    def info(self, name: str) -> zipfile.ZipInfo:
        """The member of this name.

        Raises:
            BadXml: there is none.
        """
        if name not in self:
            raise BadXml(f"{name} is missing")
        return self._members[_plain(name)]

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """What the member refers to, by id: the kind and the name of each."""
        folder, base = posixpath.split(name)
        listing = posixpath.join(folder, "_rels", f"{base}.rels")
        if listing not in self:
            return {}
        return {
            one.get("Id", ""): (
                one.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join(folder, one.get("Target", ""))),
            )
            for one in self.tree(listing)
        }

    def tree(self, name: str) -> ElementTree.Element:
        """The XML of a small member.

        Raises:
            BadXml: it is none of a workbook's.
            UnreadableFile: it is not small.
        """
        info = self.info(name)
        refuse_member(self.part, info, _MOST_DESCRIPTION)
        parser = ElementTree.XMLParser()  # noqa: S314 - without entities, and of bounded size
        with self.archive.open(info) as stream:
            block = stream.read(1 << 16)
            refuse_doctype(block)
            while block:
                parser.feed(block)
                block = stream.read(1 << 20)
        root: ElementTree.Element = parser.close()
        return root


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _all(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """All elements of this name, in whatever namespace."""
    return (one for one in root.iter() if one.tag.rpartition("}")[2] == name)


def _relation(sheet: ElementTree.Element) -> str:
    return next((value for key, value in sheet.items() if key.endswith("relationships}id")), "")
