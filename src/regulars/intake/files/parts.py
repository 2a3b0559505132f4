"""The parts of a file: itself, the members of an archive, the sheets of a workbook.

What a file is shows in its first bytes, never in its name. A text or Parquet file is one part,
plain or behind gzip; a zip archive has one part per file in it; a workbook one per visible sheet
that holds anything, also where the workbook lies in an archive. Archives within archives are
refused.
"""

from __future__ import annotations

from pathlib import Path

from regulars.intake.files.containers import members_of, start_of
from regulars.intake.files.part import Part
from regulars.intake.files.workbook import is_workbook, sheets_of

__all__ = ["Part", "parts_of"]


def parts_of(path: Path) -> list[Part]:
    """The parts of the file, in its own order; what they hold is not judged yet.

    Raises:
        UnreadableFile: missing, a folder, forbidden or empty; an archive that is damaged,
            encrypted, nested or a bomb; a workbook without a filled sheet.
    """
    found: list[Part] = []
    for part in members_of(path):
        if is_workbook(part, start_of(part)):
            found += [Part(path, part.member, sheet) for sheet in sheets_of(part)]
        else:
            found.append(part)
    return found
