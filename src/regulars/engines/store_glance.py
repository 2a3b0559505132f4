"""A glance at the store's file, for verbs that usually find nothing to do there.

To open the store as such takes a third of a second, most of it for loading what it is made with.
"""

from __future__ import annotations

from pathlib import Path

import pysqlite3

_QUESTION = "SELECT (SELECT n FROM book) > coalesce((SELECT n FROM relays WHERE name = ?), 0)"


def journal_waits(path: Path, name: str) -> bool:
    """Whether the journal in the file has rows that this relay has not passed on.

    A file that cannot be read so counts as one that has: who opens it is told what is wrong.
    """
    if not path.exists():
        return False
    try:
        connection = pysqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except pysqlite3.Error:
        return True
    try:
        found = connection.execute(_QUESTION, [name]).fetchone()
    except pysqlite3.Error as error:
        return "no such table" not in str(error)  # of a version that had no journal
    finally:
        connection.close()
    return bool(found[0])
