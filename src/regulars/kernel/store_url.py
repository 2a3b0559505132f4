"""The address of the book of record, looked at before any driver is: what is wrong, in words.

It may hold a password, so nothing here ever repeats it.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = ("postgresql", "postgres")
_EXAMPLE = "write it as postgresql://user@host:5432/database"
_SECRET = ("password", "sslpassword")


def mistake_in(url: str, *, may_hold_password: bool) -> tuple[str, str] | None:
    """What is wrong with the address, and what to do; None where nothing is.

    >>> mistake_in("postgresql://li@db.example/regulars", may_hold_password=False)
    >>> mistake_in("mysql://li@db.example/regulars", may_hold_password=False)
    ('this is no address of a PostgreSQL database', 'write it as postgresql://user@host:5432/database')
    >>> mistake_in("postgresql://li:s3cret@db.example/regulars", may_hold_password=False)[0]
    'a password does not belong into this file'

    Args:
        url: as it was written.
        may_hold_password: whether it stands where secrets may.
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises where it is none
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        return "this is no address of a PostgreSQL database", _EXAMPLE
    if parts.scheme not in SCHEMES:
        return "this is no address of a PostgreSQL database", _EXAMPLE
    if not may_hold_password and (
        parts.password is not None or any(name in _SECRET for name, _ in options)
    ):
        return (
            "a password does not belong into this file",
            "take it out; put it into ~/.pgpass or the file of PGPASSFILE, or the whole address "
            "into the environment as REGULARS_STORE_URL",
        )
    if not unquote(parts.path).strip("/"):
        return "the address names no database", _EXAMPLE
    return None
