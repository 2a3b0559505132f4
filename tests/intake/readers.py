"""What the tests of reading share: rows as plain data, and workbooks written by hand."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from regulars.intake.files.chunk import LINE, Unfit
from regulars.intake.files.parts import Part
from regulars.intake.files.reading import chunks
from regulars.intake.files.sheet import look


def rows_of(source: Path | Part, **options: Any) -> list[dict[str, Any]]:
    """All rows that are fit, with their line."""
    return [row for chunk in chunks(look(source), **options) for row in chunk.table.to_pylist()]


def unfit_of(source: Path | Part, **options: Any) -> list[Unfit]:
    """All rows that are not."""
    return [unfit for chunk in chunks(look(source), **options) for unfit in chunk.unfit]


def lines_of(source: Path | Part) -> list[int]:
    """The lines of the rows that are fit."""
    return [row[LINE] for row in rows_of(source)]


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(
    path: Path,
    rows: str,
    *,
    texts: str | None = None,
    formats: str = "",
    styles: tuple[int, ...] = (0,),
    before: str = "",
    dates: str = "",
) -> Path:
    """A workbook with one sheet, from the XML of its rows.

    Args:
        path: where to write it.
        rows: `<row>` elements.
        texts: `<si>` elements of the shared texts.
        formats: `<numFmt>` elements.
        styles: the number format of each style.
        before: what stands between the sheet's XML declaration and its root.
        dates: `1` for the calendar that begins in 1904.
    """
    cells = "".join(f'<xf numFmtId="{one}"/>' for one in styles)
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        'package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPES}.sharedStrings+xml"/>'
        "</Types>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}">'
        f'<workbookPr date1904="{dates or 0}"/>'
        '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1"'
        f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="/xl/styles.xml"/>'
        f'<Relationship Id="rId3" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>'
        "<fonts><font/></fonts><fills><fill/></fills><borders><border/></borders>"
        f"<cellStyleXfs><xf/></cellStyleXfs><cellXfs>{cells}</cellXfs></styleSheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts or ""}</sst>',
        "xl/worksheets/sheet1.xml": f'{before}<worksheet xmlns="{MAIN}">'
        f"<sheetData>{rows}</sheetData></worksheet>",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in members.items():
            archive.writestr(name, xml)
    return path


def inline(reference: str, text: str) -> str:
    """The XML of a text cell."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'
