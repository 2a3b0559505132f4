"""Log lines of the server: one JSON object a line on stderr, with nothing personal in it."""

from __future__ import annotations

import os
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from regulars.errors import RegularsError

Level = Literal["info", "warning", "error"]


def log(process: str, event: str, level: Level = "info", **fields: Any) -> None:
    """Write one line.

    Args:
        process: supervisor or owner.
        event: what happened, in a few fixed words.
        level: `error` where somebody has to do something.
        fields: numbers and names of ours; no keys, bodies or addresses.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"at": now, "level": level, "event": event, process: os.getpid(), **fields}
    # At once and as a whole, several processes write there. A log that cannot be written, on a full
    # disk or since its reader has gone, is no reason to stop serving.
    with suppress(OSError):
        os.write(2, msgspec.json.encode(line, enc_hook=str) + b"\n")


def describe(error: BaseException) -> str:
    """An error in words; of one that is not ours only its kind, since it may quote what came in.

    >>> describe(KeyError("13812345678"))
    'KeyError'
    """
    return str(error) if isinstance(error, RegularsError | OSError) else type(error).__name__


def places(error: BaseException) -> list[str]:
    """The lines of code that an error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.name}:{frame.lineno}" for frame in frames]
