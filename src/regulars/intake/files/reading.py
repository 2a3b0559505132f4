"""Files as a stream of text tables, each row with its line.

Every format is read in chunks of bounded size, so memory does not grow with the file; the next one
is read while one is worked on. Every row keeps the line on which it begins, counted from 1 as an
editor counts; in workbooks it is the sheet's row, in Parquet the row number. Rows that cannot be
taken apart come beside the table, with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from regulars.errors import UnreadableFile
from regulars.intake.files.book_rows import read_sheet
from regulars.intake.files.chunk import Chunk, Progress, Read, Unfit
from regulars.intake.files.columnar import read_parquet
from regulars.intake.files.delimited import Layout, read_delimited
from regulars.intake.files.json_lines import read_json_lines
from regulars.intake.files.on_disk import refuse_if_changed
from regulars.intake.files.plain_lines import read_lines
from regulars.intake.files.sheet import Sheet
from regulars.intake.files.text import blocks_of
from regulars.intake.files.total_rows import without_totals
from regulars.kernel.ahead import ahead

__all__ = ["Chunk", "Progress", "Unfit", "chunks"]


def chunks(
    sheet: Sheet, progress: Progress | None = None, needed: Collection[str] | None = None
) -> Iterator[Chunk]:
    """The rows of the part in order, in chunks, all cells text (Parquet keeps its types).

    Args:
        sheet: what `look` saw.
        progress: called with bytes done and bytes in all, in the caller's thread.
        needed: the columns that are taken. In a workbook, a number that lost its last digits or a
            formula without a result makes a row unfit only in these; all columns, if not given.

    Raises:
        UnreadableFile: the file breaks off, or changed since the look at it. What has come before
            is then not to be kept.
    """
    refuse_if_changed(sheet.path, sheet.stamp)
    try:
        for read in ahead(_reads(sheet, needed)):
            if progress:
                progress(min(read.done, sheet.size), sheet.size)
            yield without_totals(read.chunk, sheet.key) if sheet.key else read.chunk
    except UnreadableFile:
        refuse_if_changed(sheet.path, sheet.stamp)  # then it is no wonder
        raise
    refuse_if_changed(sheet.path, sheet.stamp)
    if progress:
        progress(sheet.size, sheet.size)


def _reads(sheet: Sheet, needed: Collection[str] | None) -> Iterator[Read]:
    part, headers = sheet.part, sheet.headers
    if sheet.format == "parquet":
        return read_parquet(part, headers, sheet.size)
    if sheet.format == "xlsx":
        return read_sheet(part, headers, sheet.header_line, sheet.size, needed)
    if sheet.format in ("csv", "tsv"):
        layout = Layout(part, headers, sheet.delimiter)
        return read_delimited(layout, sheet.encoding, sheet.skip)
    blocks = blocks_of(part, sheet.encoding)
    if sheet.format == "jsonl":
        return read_json_lines(blocks, sheet.keys, headers)
    return read_lines(blocks)
