"""Files that hold no table we can read: each told by its content, with what to do instead."""

from __future__ import annotations

import re

from regulars.intake.files.containers import open_part
from regulars.intake.files.on_disk import unreadable
from regulars.intake.files.part import Part

_AS_CSV = "save it as .xlsx or CSV (UTF-8)"
_UNPACK = "unpack it and import what is in it"
_EXPORT = "export the data as CSV (UTF-8) or .xlsx"

_MAGICS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "is a PDF", _EXPORT),
    (b"PARE", "is an encrypted Parquet file", "write it without encryption"),
    (b"\x89PNG", "is a picture", _EXPORT),
    (b"\xff\xd8\xff", "is a picture", _EXPORT),
    (b"GIF89a", "is a picture", _EXPORT),
    (b"SQLite format 3\0", "is an SQLite database", _EXPORT),
    (b"Rar!\x1a\x07", "is a RAR archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive", _UNPACK),
    (b"\xfd7zXZ\0", "is packed with xz", _UNPACK),
    (b"BZh91AY&SY", "is packed with bzip2", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd", _UNPACK),
    (b"Obj\x01", "is an Avro file", "write it as Parquet or CSV"),
    (b"ARROW1\0\0", "is an Arrow file", "write it as Parquet or CSV"),
)
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_TAR = 257
_HTML = re.compile(r"<(!doctype html|html|head|meta|table|body|style|script|div)\b", re.IGNORECASE)
_JSON_ARRAY = re.compile(r"\[\s*([\[{\]]|$)")
_BINARY = 0.1
"""The share of zero bytes from which on a file is no text with some odd rows."""


def refuse_foreign(part: Part, start: bytes) -> None:
    """See that the part may be text, from its first bytes.

    Raises:
        UnreadableFile: it is something else, and what.
    """
    for magic, what, todo in _MAGICS:
        if start.startswith(magic):
            raise unreadable(part, what, todo)
    if start[_TAR : _TAR + 5] == b"ustar":
        raise unreadable(part, "is a tar archive", _UNPACK)
    if start.startswith(_OLE):
        if _holds(part, _ENCRYPTED):
            raise unreadable(
                part, "is an encrypted workbook", "open it with its password and save it without"
            )
        raise unreadable(part, "is a workbook of the old kind (.xls)", _AS_CSV)


def refuse_binary(part: Part, start: bytes) -> None:
    """See that the part is not full of zero bytes, as no text is but UTF-16.

    Raises:
        UnreadableFile: it is.
    """
    if start.count(0) > _BINARY * len(start):
        raise unreadable(part, "is no text", "export it as CSV (UTF-8)")


def refuse_markup(part: Part, text: str) -> None:
    """See that text is not a page or document in disguise, as many an `.xls` is.

    Raises:
        UnreadableFile: it is HTML, XML or a JSON array.
    """
    bare = text.lstrip("\ufeff \t\r\n")
    if _HTML.match(bare):
        raise unreadable(
            part,
            "is a web page (HTML), whatever its name says",
            "open it in a spreadsheet and " + _AS_CSV,
        )
    if bare.startswith("<?xml"):
        raise unreadable(part, "is XML", "open it in a spreadsheet and " + _AS_CSV)
    if _JSON_ARRAY.match(bare):
        raise unreadable(
            part,
            "is one JSON array",
            "write one object a line (JSON lines), for example with: jq -c '.[]'",
        )


def refuse_json(part: Part, first_line: str) -> None:
    """See that text which begins with a brace is not JSON over several lines.

    Raises:
        UnreadableFile: it is.
    """
    bare = first_line.strip()
    if bare == "{" or bare.startswith('{"'):
        raise unreadable(
            part,
            "is JSON, but not one object a line",
            "write one object a line (JSON lines), for example with: jq -c .",
            line=1,
        )


def _holds(part: Part, wanted: bytes) -> bool:
    before = b""
    with open_part(part) as stream:
        while block := stream.read(1 << 20):
            if wanted in before + block:
                return True
            before = block[-len(wanted) :]
    return False
