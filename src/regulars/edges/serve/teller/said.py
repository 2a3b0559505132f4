"""What a client is told: a status, headers and JSON, of a receipt, of what was asked, of an error.

>>> from regulars.errors import Insufficient, StoreFull, Where
>>> said(3, StoreFull("no room", where=Where(file="/srv/shop/store.sqlite"))).headers[1]
(b'retry-after', b'2')
>>> said(4, Insufficient("sold out")).status
409
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec

from regulars.edges.serve.teller.frames import Answer, AnswerTooLong
from regulars.edges.serve.worker.refusals import (
    MalformedBody,
    NoSuchRoute,
    Overloaded,
    OwnerAway,
    TooLarge,
    TooSlow,
    UnknownEncoding,
    WrongMethod,
)
from regulars.errors import (
    AccessInvalid,
    InvalidCommand,
    KeyConflict,
    LedgerRefused,
    NoSuchThing,
    RegularsError,
    RulesForbidden,
    SettingsError,
    StoreError,
    StoreRefused,
    UnknownValue,
    WrongCode,
)
from regulars.ledger.receipt import Receipt

AGAIN_SECONDS = 2
"""When to ask again where the store cannot be written."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in the words of a benefit instead of the ledger's.

    Attributes:
        told: plain data; equal for every replay.
        replayed: whether it had been done before, for the same key.
    """

    told: dict[str, Any]
    replayed: bool = False


Outcome = Receipt | Done | RegularsError | dict[str, Any] | Answer

_STATUS: tuple[tuple[type[RegularsError], int], ...] = (
    (NoSuchThing, 404),
    (WrongCode, 404),
    (LedgerRefused, 409),
    (KeyConflict, 409),
    (InvalidCommand, 422),
    (MalformedBody, 400),
    (UnknownValue, 400),
    (AccessInvalid, 400),
    (TooLarge, 413),
    (TooSlow, 408),
    (UnknownEncoding, 415),
    (NoSuchRoute, 404),
    (WrongMethod, 405),
    (Overloaded, 503),
    (StoreRefused, 422),
    (StoreError, 503),
    (OwnerAway, 503),
    (AnswerTooLong, 422),
    (SettingsError, 422),
    (RulesForbidden, 422),
)
"""The first that fits; what else goes wrong is a mistake of ours."""

PHRASE = {
    200: "Done, and durable; asked again with the same key, the same body comes back.",
    400: "The body, the key or a parameter is not what the route takes.",
    401: "Nobody is known by this key or session, or there is none.",
    403: "Whoever asks may not do that.",
    404: "There is no such asset, hold or entry; asked again, the same comes back.",
    408: "The body did not arrive in time.",
    409: "Refused, and nothing was done; asked again with the same key, the same comes back.",
    413: "Larger than the route takes.",
    415: "Packed in a way that is not taken; gzip is.",
    422: "It makes no sense, whatever the ledger's state.",
    429: "Asked too often; ask again after Retry-After seconds.",
    503: "Perhaps done, perhaps not: ask again with the same key after Retry-After seconds.",
}

JSON = (b"content-type", b"application/json")
_NOT_KEPT = (b"cache-control", b"no-store")
_REPLAYED = (b"idempotent-replayed", b"true")
_ENCODE = msgspec.json.Encoder().encode


def status_of(error: RegularsError) -> int:
    """The HTTP status of an error; who-may-what tells its own (`status`)."""
    own = getattr(error, "status", None)
    if isinstance(own, int):
        return own
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def said(number: int, outcome: Outcome) -> Answer:
    """The answer to the request of this number."""
    if isinstance(outcome, Answer):
        outcome.id = number
        return outcome
    if isinstance(outcome, Receipt):
        headers = [JSON, _REPLAYED] if outcome.replayed else [JSON]
        return Answer(number, 200, headers, _ENCODE(outcome.as_dict()))
    if isinstance(outcome, Done):
        headers = [JSON, _REPLAYED] if outcome.replayed else [JSON]
        return Answer(number, 200, headers, _ENCODE(outcome.told))
    if isinstance(outcome, RegularsError):
        return _refused(number, outcome)
    return Answer(number, 200, [JSON, _NOT_KEPT], _ENCODE(outcome))


def _refused(number: int, error: RegularsError) -> Answer:
    status = status_of(error)
    headers = [JSON]
    if status in (429, 503):
        seconds = getattr(error, "retry_after", None) or AGAIN_SECONDS
        headers.append((b"retry-after", b"%d" % max(1, math.ceil(seconds))))
    elif status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="regulars"'))
    told = error.as_dict()
    told["where"].pop("file", None)  # of our disk, which is nobody's business
    return Answer(number, status, headers, _ENCODE(told))
