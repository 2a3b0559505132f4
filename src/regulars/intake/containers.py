"""Opening a part of a file: its bytes as they were before gzip or zip.

Nothing is written under a name that a file brings along. A file that expands beyond all reason is
a bomb and refused: what it says of its own size is checked first, what really comes out of it is
counted while it is read.
"""

from __future__ import annotations

import gzip
import io
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from regulars.errors import UnreadableFile, Where
from regulars.intake.parts import Part

GZIP, ZIP, EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"

RATIO, FROM = 200, 64 << 20
"""A file that expands more than 200-fold is a bomb, once it has come to more than 64 MB."""
MOST_BYTES = 16 << 30
MOST_MEMBERS = 10_000

_START = 1 << 16
_IN_MEMORY = 64 << 20
_ENCRYPTED = 1 << 0
_UTF8_NAME = 1 << 11
_OUR_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NO_DATA = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")

DAMAGED = (EOFError, zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, NotImplementedError)
"""What the libraries raise over a damaged archive."""


def unreadable(
    part: Part | Path, what: str, todo: str, *, line: int | None = None
) -> UnreadableFile:
    """The error that says what is wrong with this part."""
    name = part.name if isinstance(part, Part) else str(part)
    return UnreadableFile(what, where=Where(file=name, line=line), todo=todo)


def bomb(part: Part, size: int) -> UnreadableFile:
    """The error over what expands beyond all reason."""
    return unreadable(
        part,
        f"expands to more than {size >> 20:,} MB: a bomb, or no export of a shop",
        "look at where it comes from; if it is what it should be, unpack it and import that",
    )


class Stream(io.RawIOBase):
    """A part's bytes, expanded, in order; counts them and tells a bomb and a broken end."""

    def __init__(self, part: Part, raw: IO[bytes], expanded: IO[bytes], packed: int) -> None:
        super().__init__()
        self._part, self._raw, self._expanded, self._packed = part, raw, expanded, packed
        self._plain = raw is expanded
        self._count = 0

    @property
    def done(self) -> int:
        """How many bytes of the file on disk have been read."""
        return self._raw.tell()

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
        if not self._plain:
            self._refuse_bomb()
        return block

    def _refuse_bomb(self) -> None:
        # Against what has been read so far: a bomb shows itself long before its end.
        packed = min(self._packed, self._raw.tell() or self._packed)
        if self._count > MOST_BYTES or (self._count > FROM and self._count > RATIO * packed):
            raise bomb(self._part, self._count)

    def close(self) -> None:
        """Close the file on disk."""
        if not self.closed:
            self._expanded.close()
            self._raw.close()
        super().close()


def members_of(path: Path) -> list[Part]:
    """The files in an archive; of any other file, itself."""
    if not _is_archive(path):
        return [Part(path)]
    with _archive(path) as archive:
        names = list(_files(path, archive))
    if not names:
        raise unreadable(path, "is an archive without a file in it", "export it again")
    return [Part(path, name) for name in names]


def start_of(part: Part) -> bytes:
    """The first bytes of the part, at most 64 KB.

    Raises:
        UnreadableFile: an archive within an archive, or nothing to open.
    """
    with open_part(part) as stream:
        start = stream.read(_START)
    packed = part.member is not None or _start_on_disk(part.path)[:2] == GZIP
    if packed and start[:2] == GZIP:
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
    start = _start_on_disk(part.path)
    if part.member is not None:
        return _open_member(part, part.member)
    raw = _open(part.path)
    if start[:2] != GZIP:
        return Stream(part, raw, raw, 0)
    return Stream(part, raw, gzip.GzipFile(fileobj=raw, mode="rb"), part.path.stat().st_size)


@contextmanager
def seekable(part: Part) -> Iterator[IO[bytes]]:
    """The part as a file to jump about in: itself, or a copy that has no name and goes with us."""
    if part.member is None and _start_on_disk(part.path)[:2] != GZIP:
        with _open(part.path) as file:
            yield file
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as copy, open_part(part) as stream:
        while block := stream.read(1 << 20):
            copy.write(block)
        copy.seek(0)
        yield copy


def size_of(part: Part) -> int:
    """The bytes on disk that reading the part goes through, for progress."""
    if part.member is None:
        return _stat(part.path).st_size
    with _archive(part.path) as archive:
        return _find(part, archive, part.member).compress_size


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time of the last change: other when the file has been written to."""
    found = _stat(path)
    return found.st_size, found.st_mtime_ns


def refuse_if_changed(path: Path, stamp: tuple[int, int]) -> None:
    """See that the file is still the one that was looked at.

    Raises:
        UnreadableFile: it is not.
    """
    if stamp_of(path) != stamp:
        raise unreadable(
            path,
            "changed while it was being read; nothing was taken in",
            "wait until it is written, then import it",
        )


def _stat(path: Path) -> "os.stat_result":
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _cannot(path, error) from error
    if stat.S_ISDIR(found.st_mode):
        raise unreadable(path, "is a folder", "name the files in it")
    if not stat.S_ISREG(found.st_mode):
        raise unreadable(path, "is no file but a pipe or device", "save it to a file first")
    return found


def _open(path: Path) -> IO[bytes]:
    _stat(path)
    try:
        return path.open("rb")
    except OSError as error:
        raise _cannot(path, error) from error


def _cannot(path: Path, error: Exception) -> UnreadableFile:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return unreadable(path, f"cannot be read ({why})", "check the path and who may read it")


def _start_on_disk(path: Path) -> bytes:
    with _open(path) as file:
        try:
            start = file.read(4)
        except OSError as error:
            raise _cannot(path, error) from error
    if not start:
        raise unreadable(path, "is empty", "export it again")
    return start


def _is_archive(path: Path) -> bool:
    """A zip that is an archive, and not a document which happens to be kept as one."""
    if _start_on_disk(path) not in (ZIP, EMPTY_ZIP):
        return False
    with _archive(path) as archive:
        return not is_document(archive)


def is_document(archive: zipfile.ZipFile) -> bool:
    """Whether a zip is a workbook, text document or the like."""
    names = set(archive.namelist())
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    with _open(path) as file, opened_zip(Part(path), file) as archive:
        yield archive


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
            part, f"is a damaged archive or workbook ({error})", "fetch or export it again"
        ) from error
    with archive:
        if len(archive.filelist) > MOST_MEMBERS:
            raise unreadable(
                part,
                f"holds {len(archive.filelist):,} files: a bomb, or no export of a shop",
                "unpack it and import the files you mean",
            )
        yield archive


def _files(path: Path, archive: zipfile.ZipFile) -> Iterator[str]:
    """The names of the files of an archive, told as they were meant."""
    known: set[str] = set()
    total = 0
    for info in archive.filelist:
        name = _name(info)
        if info.is_dir() or name.startswith(_NO_DATA[0]) or _last(name) in _NO_DATA:
            continue
        if _last(name).startswith("._"):
            continue
        part = Part(path, name)
        refuse_member(part, info)
        total += info.file_size
        if name in known:
            raise unreadable(part, "stands twice in the archive", "unpack it and import the files")
        known.add(name)
        yield name
    # The members of an archive may lie over one another: each is modest, all together are not.
    if total > MOST_BYTES or (total > FROM and total > RATIO * path.stat().st_size):
        raise bomb(Part(path), total)


def _last(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1]


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


def refuse_member(part: Part, info: zipfile.ZipInfo) -> None:
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
    if info.file_size > MOST_BYTES or (
        info.file_size > FROM and info.file_size > RATIO * max(info.compress_size, 1)
    ):
        raise bomb(part, info.file_size)


def _find(part: Part, archive: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    for info in archive.filelist:
        if _name(info) == member:
            refuse_member(part, info)
            return info
    raise unreadable(part, "is not in the archive", "look at what the archive holds")


def _open_member(part: Part, member: str) -> Stream:
    raw = _open(part.path)
    try:
        archive = zipfile.ZipFile(raw)
        info = _find(part, archive, member)
        return Stream(part, _From(raw, info.header_offset), archive.open(info), info.compress_size)
    except DAMAGED as error:
        raw.close()
        raise unreadable(part, f"cannot be opened ({error})", "fetch the archive again") from error
    except BaseException:
        raw.close()
        raise
