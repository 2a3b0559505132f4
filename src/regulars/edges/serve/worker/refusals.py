"""What a worker refuses, each with its status; the sentence and what to do are written where found.

>>> error = TooLarge("the body is larger than 500 KB", todo="send smaller batches")
>>> status_of(error), status_of(KeyError())
(413, 500)
"""

from __future__ import annotations

from regulars.errors import ConnectionRefused, InboxFull, IntakeError, RegularsError, VaultError


class MalformedBody(IntakeError):
    """The body is no JSON object, or not the one that the route takes."""

    code = "intake.malformed"


class TooLarge(IntakeError):
    """The body is larger than the route takes, as sent or unpacked."""

    code = "intake.too_large"


class TooSlow(IntakeError):
    """The body did not arrive in time."""

    code = "intake.too_slow"


class UnknownEncoding(IntakeError):
    """The body is packed in a way that is not taken."""

    code = "intake.encoding"


class WrongMethod(IntakeError):
    """The route takes another method."""

    code = "intake.method"


class ForeignPage(IntakeError):
    """A web page of a site that may not send."""

    code = "intake.origin"


class Overloaded(IntakeError):
    """More is waiting than is taken at once; nothing of this was kept."""

    code = "intake.overloaded"


class OwnerAway(RegularsError):
    """The owner of the warehouse does not answer."""

    code = "serve.owner_away"


class NoSuchRoute(RegularsError):
    """Neither a worker nor the owner knows the path."""

    code = "serve.no_such_route"


STATUS: dict[type[RegularsError], int] = {
    MalformedBody: 400,
    ConnectionRefused: 401,
    ForeignPage: 403,
    NoSuchRoute: 404,
    WrongMethod: 405,
    TooSlow: 408,
    TooLarge: 413,
    UnknownEncoding: 415,
    Overloaded: 503,
    InboxFull: 503,
    VaultError: 503,
    OwnerAway: 503,
}

PHRASE: dict[int, str] = {
    200: "Kept: it survives a power cut, and will be counted.",
    400: "Not a JSON object of the form that the route takes.",
    401: "No key or signature, or a wrong one.",
    403: "A page of this site may not send.",
    404: "There is no such route.",
    405: "The route takes another method.",
    408: "The body did not arrive in time.",
    413: "Larger than the route takes.",
    415: "Packed in a way that is not taken; gzip is.",
    503: "Nothing was kept; send it again after Retry-After seconds.",
}


def status_of(error: BaseException) -> int:
    """The HTTP status of an error."""
    return STATUS.get(type(error), 500)  # type: ignore[arg-type]
