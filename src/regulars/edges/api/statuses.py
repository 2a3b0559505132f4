"""The HTTP status of each kind of error: one table."""

from __future__ import annotations

from regulars.edges.serve.worker.refusals import NoSuchRoute, WrongMethod
from regulars.errors import (
    AccessRefused,
    CannotTell,
    ConnectionRefused,
    HomeBusy,
    NoSuchCustomer,
    NotKnown,
    NotUnderstood,
    RegularsError,
    StoreError,
    UnknownValue,
)

STATUS: dict[type[RegularsError], int] = {
    UnknownValue: 400,
    ConnectionRefused: 401,
    NotKnown: 401,
    AccessRefused: 403,
    NoSuchCustomer: 404,
    NoSuchRoute: 404,
    WrongMethod: 405,
    NotUnderstood: 409,
    CannotTell: 409,
    HomeBusy: 503,
    StoreError: 503,
}

AGAIN_SECONDS = 5
"""Told with 503: when to ask again."""


def status_of(error: RegularsError) -> int:
    """The status of an error; of several kinds that it is, the narrowest tells.

    >>> status_of(NoSuchCustomer("nobody")), status_of(RegularsError("bad"))
    (404, 500)
    """
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
