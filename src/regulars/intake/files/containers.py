"""Opening a part of a file: its bytes as they were before gzip or zip.

Nothing is written under a name that a file brings along. A file that expands beyond all reason is
a bomb and refused: what it says of its own size is checked first, what really comes out of it is
counted while it is read.
"""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from regulars.errors import UnreadableFile
from regulars.intake.files.on_disk import magic_of, open_file, stat_of, unreadable
from regulars.intake.files.part import Part

GZIP, ZIP, EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"

RATIO, FROM = 200, 64 << 20
"""A file that expands more than 200-fold is a bomb, once it has come to more than 64 MB."""
MOST_BYTES = 16 << 30
MOST_MEMBERS = 10_000

DAMAGED = (EOFError, zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, NotImplementedError)
"""What the libraries raise over a damaged archive."""

_START = 1 << 16
_IN_MEMORY = 64 << 20
_ENCRYPTED = 1 << 0
_UTF8_NAME = 1 << 11
_OUR_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NO_DATA = (".DS_Store", "Thumbs.db", "desktop.ini")


def refuse_bomb(part: Part, expanded: int, packed: int, most: int = MOST_BYTES) -> None:
    """See that a part does not expand beyond all reason.

    Raises:
        UnreadableFile: it does.
    """
    if expanded > most or (expanded > FROM and expanded > RATIO * max(packed, 1)):
        raise unreadable(
            part,
            f"expands to {expanded >> 20:,} MB or more: a bomb, or no export of a shop",
            "look at where it comes from; if it is what it should be, unpack it and import that",
        )


class Stream(io.RawIOBase):
    """A part's bytes, expanded, in order; counts them and tells a bomb and a broken end."""

    def __init__(
        self, part: Part, raw: IO[bytes], expanded: IO[bytes], packed: int, begin: int = 0
    ) -> None:
        super().__init__()
        self._part, self._raw, self._expanded = part, raw, expanded
        self._packed, self._begin = packed, begin
        self._count = 0

    @property
    def is_packed(self) -> bool:
        """Whether it lies on disk behind gzip or in a zip."""
        return self._expanded is not self._raw

    @property
    def done(self) -> int:
        """How many bytes of the part, as they lie on disk, have been read."""
        return max(0, min(self._raw.tell() - self._begin, self._packed))

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, count: int = -1) -> bytes:
        """The next bytes, as many as asked for unless the part ends.

        Raises:
            UnreadableFile: it breaks off here, or is a bomb.
        """
        try:
            block = self._expanded.read(count)
        except DAMAGED as error:
            raise unreadable(
                self._part,
                f"breaks off after {self._count:,} bytes of what it holds ({error})",
                "it is damaged or was cut off: fetch it again",
            ) from error
        except OSError as error:
            raise unreadable(
                self._part, f"cannot be read ({error.strerror})", "check the disk"
            ) from error
        self._count += len(block)
        if self.is_packed:
            # Against what has been read so far: a bomb shows itself long before its end.
            refuse_bomb(self._part, self._count, self.done)
        return block

    def close(self) -> None:
        """Close the file on disk."""
        if not self.closed:
            self._expanded.close()
            self._raw.close()
        super().close()


def members_of(path: Path) -> list[Part]:
    """The files in an archive; of any other file, itself.

    Raises:
        UnreadableFile: the archive is empty, damaged, encrypted or a bomb.
    """
    if not _is_archive(path):
        return [Part(path)]
    with open_file(path) as file, opened_zip(Part(path), file) as archive:
        found = list(_files(path, archive))
    if not found:
        raise unreadable(path, "is an archive without a file in it", "export it again")
    return found


def start_of(part: Part) -> bytes:
    """The first bytes of the part, at most 64 KB.

    Raises:
        UnreadableFile: it cannot be opened, or is an archive within an archive.
    """
    with open_part(part) as stream:
        start = stream.read(_START)
        if stream.is_packed and start[:2] == GZIP:
            raise nested(part)
    return start


def nested(part: Part) -> UnreadableFile:
    """The error over an archive within an archive."""
    return unreadable(part, "is an archive within an archive", "unpack the outer one first")


def open_part(part: Part) -> Stream:
    """The part's bytes, expanded.

    Raises:
        UnreadableFile: missing, a folder, forbidden, no file at all, encrypted, or a bomb by its
            own account.
    """
    magic = magic_of(part.path)
    raw = open_file(part.path)
    try:
        if part.member is not None:
            archive = zipfile.ZipFile(raw)
            info = _find(part, archive)
            return Stream(part, raw, archive.open(info), info.compress_size, info.header_offset)
        size = stat_of(part.path).st_size
        if magic[:2] != GZIP:
            return Stream(part, raw, raw, size)
        return Stream(part, raw, cast("IO[bytes]", gzip.GzipFile(fileobj=raw)), size)
    except (*DAMAGED, ValueError, OSError) as error:
        raw.close()
        raise unreadable(part, f"cannot be opened ({error})", "fetch the archive again") from error
    except BaseException:
        raw.close()
        raise


@contextmanager
def seekable(part: Part) -> Iterator[IO[bytes]]:
    """The part as a file to jump about in: itself, or a copy that has no name and goes with us."""
    if part.member is None and magic_of(part.path)[:2] != GZIP:
        with open_file(part.path) as file:
            yield file
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy:
        with open_part(part) as stream:
            while block := stream.read(1 << 20):
                copy.write(block)
        copy.seek(0)
        yield copy


def size_of(part: Part) -> int:
    """The bytes on disk that reading the part goes through, for progress."""
    if part.member is None:
        return stat_of(part.path).st_size
    with open_file(part.path) as file, opened_zip(part, file) as archive:
        return _find(part, archive).compress_size


@contextmanager
def opened_zip(part: Part, file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """The zip in an open file, with few enough members.

    Raises:
        UnreadableFile: it is damaged, or has too many members.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (*DAMAGED, ValueError, OSError) as error:
        raise unreadable(
            part, f"is a damaged archive or workbook ({error})", "save it as CSV, or fetch it again"
        ) from error
    with archive:
        if len(archive.filelist) > MOST_MEMBERS:
            raise unreadable(
                part,
                f"holds {len(archive.filelist):,} files: a bomb, or no export of a shop",
                "unpack it and import the files you mean",
            )
        yield archive


def is_document(archive: zipfile.ZipFile) -> bool:
    """Whether a zip is a workbook, a text document or the like, and no archive of files."""
    names = set(archive.namelist())
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names


def refuse_member(part: Part, info: zipfile.ZipInfo, most: int = MOST_BYTES) -> None:
    """See that a member can be opened, and that its own account of its size is no bomb's.

    Raises:
        UnreadableFile: it is encrypted, packed by a method other than the usual one, or a bomb.
    """
    if info.flag_bits & _ENCRYPTED:
        raise unreadable(
            part, "is encrypted", "unpack it with its password and import what is in it"
        )
    if info.compress_type not in _OUR_METHODS:  # others cannot be expanded bit by bit
        raise unreadable(
            part,
            f"is packed by an unusual method (number {info.compress_type})",
            "unpack it and import what is in it",
        )
    refuse_bomb(part, info.file_size, info.compress_size, most)


def _is_archive(path: Path) -> bool:
    if magic_of(path) not in (ZIP, EMPTY_ZIP):
        return False
    with open_file(path) as file, opened_zip(Part(path), file) as archive:
        return not is_document(archive)


def _files(path: Path, archive: zipfile.ZipFile) -> Iterator[Part]:
    known: set[str] = set()
    total = 0
    for info in archive.filelist:
        name = _name(info)
        last = name.replace("\\", "/").rsplit("/", 1)[-1]
        if info.is_dir() or name.startswith("__MACOSX/") or last in _NO_DATA or last[:2] == "._":
            continue
        part = Part(path, name)
        refuse_member(part, info)
        if name in known:
            raise unreadable(part, "stands twice in the archive", "unpack it and import the files")
        known.add(name)
        total += info.file_size
        yield part
    # The members of an archive may lie over one another: each is modest, all together are not.
    refuse_bomb(Part(path), total, stat_of(path).st_size)


def _name(info: zipfile.ZipInfo) -> str:
    """A member's name: without the mark for UTF-8 it is often GBK, and zipfile reads it as cp437.

    >>> info = zipfile.ZipInfo("订单.csv".encode("gbk").decode("cp437"))
    >>> _name(info)
    '订单.csv'
    """
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        written = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return written.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _find(part: Part, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    for info in archive.filelist:
        if _name(info) == part.member:
            refuse_member(part, info)
            return info
    raise unreadable(part, "is not in the archive", "look at what the archive holds")
