"""Logging in and out, for operators: a cookie that no script reads."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.access.changes import Logins
from regulars.access.cookie import set_cookie
from regulars.access.limits import Rates
from regulars.access.policy import check_origin
from regulars.edges.serve.teller.bodies import read_body
from regulars.edges.serve.teller.frames import Answer, Request
from regulars.edges.serve.teller.gate import Passed
from regulars.edges.serve.teller.routes import Route
from regulars.edges.serve.teller.said import Outcome, said
from regulars.errors import AccessInvalid

_MICROSECONDS = 1_000_000
_LONGEST = 1024


class SessionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who logs in."""

    name: str
    password: str


_DECODE = msgspec.json.Decoder(SessionBody).decode


class Sessions:
    """Answers the routes of sessions.

    Args:
        logins: begins and ends them.
        rates: how often it may be tried.
    """

    def __init__(self, logins: Logins, rates: Rates) -> None:
        self._logins = logins
        self._rates = rates

    def __call__(self, route: Route, request: Request, passed: Passed) -> Outcome:
        """The answer to one of the routes."""
        if route.name == "session.begin":
            return self._begin(request)
        if route.name == "session.end":
            return self._end(request, passed)
        who = passed.who
        told: dict[str, Any] = {who.kind: who.name, "scopes": sorted(who.scopes)}
        told["roles"] = list(who.roles)
        if passed.session is not None:
            told["ends_at"] = passed.session.ends_at
        return told

    def _begin(self, request: Request) -> Answer:
        if request.origin or request.fetched_from:  # a page asks, not a program
            check_origin(*(
                header.decode("latin-1")
                for header in (request.origin, request.fetched_from, request.host)
            ))  # fmt: skip
        body: SessionBody = read_body(request.body, _DECODE)
        if len(body.name) > _LONGEST or len(body.password) > _LONGEST:
            raise AccessInvalid("name or password is too long", todo="take shorter ones")
        self._rates.check_login(body.name, request.address)
        token, session = self._logins.begin(body.name, body.password)
        self._rates.logged_in(body.name, request.address)
        seconds = (session.ends_at - session.begun_at) // _MICROSECONDS
        answer = said(0, {"operator": session.operator, "ends_at": session.ends_at})
        return _with_cookie(answer, token, request, seconds)

    def _end(self, request: Request, passed: Passed) -> Answer:
        if passed.session is None:
            raise AccessInvalid("a key has no session", todo="revoke it: regulars access revoke")
        self._logins.end(passed.session)
        return _with_cookie(said(0, {"operator": passed.session.operator}), "", request, 0)


def _with_cookie(answer: Answer, token: str, request: Request, seconds: int) -> Answer:
    cookie = set_cookie(token, is_secure=request.is_secure, seconds=seconds)
    answer.headers.append((b"set-cookie", cookie.encode()))
    return answer
