"""How published terms, orders and red envelopes stand, as plain data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from regulars.benefit.catalogue import Catalogue
from regulars.benefit.envelope.kept import envelope_of
from regulars.benefit.order.standing import found
from regulars.engines.store import Connection
from regulars.kernel.clock import end_of_day

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def terms_as_dicts(connection: Connection) -> list[dict[str, Any]]:
    """All that is published, by kind and name."""
    by_kind = Catalogue.read(connection).by_kind
    return [
        {"kind": kind, "name": name, "version": one.version, "term": msgspec.to_builtins(one.term)}
        for (kind, name), one in sorted(by_kind.items())
    ]


def order_as_dict(connection: Connection, order: str, at: int) -> dict[str, Any]:
    """An order: what it holds or has used, line by line, and what was refunded.

    Raises:
        NoSuchBenefit: nothing was ever held for it.
    """
    return found(connection, order).as_dict(at)


def envelope_as_dict(connection: Connection, name: str) -> dict[str, Any]:
    """A red envelope: how much and how many shares, and what is left; no share before its claim.

    Raises:
        WrongCode: there is none of this id.
    """
    one = envelope_of(connection, name)
    return {
        "envelope": one.id,
        "asset": one.asset,
        "total": one.made.total,
        "count": len(one.shares),
        "claimed": one.claimed,
        "left": one.left,
        "mode": one.made.mode,
        "expires_at": one.expires_at,
        "closed": bool(one.closed),
        "shares": list(one.shares[: one.claimed]),
    }


def span(first: date, last: date, zone: str) -> tuple[int, int]:
    """From the beginning of the first day to the end of the last, in UTC microseconds."""
    return tuple(  # type: ignore[return-value] # two of them
        (end_of_day(day, zone) - _EPOCH) // _MICROSECOND
        for day in (first - timedelta(days=1), last)
    )
