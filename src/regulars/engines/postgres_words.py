"""What went wrong with a PostgreSQL server, in our own words and never with a password.

PostgreSQL names its errors by five characters (SQLSTATE); those of connecting come without them and
are known by their words, which a server may tell in its own language: then the words are shown.
"""

from __future__ import annotations

from regulars.errors import StoreAway, StoreError, StoreFull, StoreRefused, Where

_AWAY = ("08", "57P")  # connection lost; the server is going down or coming up
_TOO_MANY = "53300"
_FULL = "53100"
_TOO_LONG = ("55P03", "57014", "25P03")  # for a lock, in a statement, idle in a transaction
_READ_ONLY = "25006"
_FORBIDDEN = ("42501", "3F000")
_NO_VALUE = "22"  # out of range, or no text
_AGAIN = ("40001", "40P01")

_AUTHENTICATION = ("authentication failed", "no password supplied", "pg_hba.conf", "role ")


def explain(error: Exception, place: str, password: str = "") -> StoreError:
    """The error of SQLAlchemy or of the driver as one of ours.

    Args:
        error: what was raised.
        place: the server's address without a password.
        password: what no message may show.
    """
    origin = getattr(error, "orig", None) or error
    state = str(getattr(origin, "sqlstate", None) or "")
    words = " ".join(str(origin).split())
    if password:
        words = words.replace(password, "…")
    where = Where(file=place)
    if state == _FULL:
        return StoreFull(
            f"nothing can be written ({words})",
            where=where,
            todo="make room on the server's disk; all goes on by itself then, and nothing was "
            "written",
        )
    if state.startswith(_TOO_LONG):
        return StoreError(
            f"another process kept the store for too long ({words})",
            where=where,
            todo="wait for it to end, then try again; nothing was written",
        )
    if state == _READ_ONLY or "during recovery" in words:
        return StoreError(
            "the database can only be read: it is a standby, or set to read only",
            where=where,
            todo="write the address of the primary",
        )
    if state in _FORBIDDEN:
        return StoreError(
            f"the server does not allow it ({words})",
            where=where,
            todo="let the user own the database: CREATE DATABASE regulars OWNER …",
        )
    if state in _AGAIN:
        return StoreError(
            f"two writers met ({words})", where=where, todo="try again; nothing was written"
        )
    if state.startswith("28") or (not state and _is_any(words, _AUTHENTICATION)):
        return StoreError(
            f"the server does not let us in ({words})",
            where=where,
            todo="check the user; its password is read from the file of PGPASSFILE, ~/.pgpass, or "
            "the address in REGULARS_STORE_URL",
        )
    if state == "3D000" or (not state and "database" in words and "does not exist" in words):
        return StoreError(
            "the server has no such database",
            where=where,
            todo="make it: createdb --encoding=UTF8 --template=template0 NAME",
        )
    if type(origin).__name__ == "DataError" or state.startswith(_NO_VALUE):
        return StoreRefused(
            f"the store cannot keep such a value ({words})",
            where=where,
            todo="mend it; nothing was written",
        )
    if not state or state == _TOO_MANY or state.startswith(_AWAY):
        return _away(error, words, state, where)
    return StoreError(f"the store failed ({words})", where=where, todo="nothing was written")


def _is_any(words: str, parts: tuple[str, ...]) -> bool:
    return any(part in words for part in parts)


def _away(error: Exception, words: str, state: str, where: Where) -> StoreError:
    if state == _TOO_MANY:
        return StoreAway(
            f"the server takes no more connections ({words})",
            where=where,
            todo="raise its max_connections, or end other clients; all goes on by itself then",
        )
    if not hasattr(error, "orig") and type(error).__name__ == "TimeoutError":
        return StoreAway(
            "all connections to the store are busy",
            where=where,
            todo="try again; nothing was written",
        )
    # An error while it commits leaves open what came of it, so nothing is promised here.
    return StoreAway(
        f"the server does not answer ({words})",
        where=where,
        todo="start it, or check its address; all goes on by itself then. What was in progress is "
        "either whole or not there: ask for it again with the same key",
    )
