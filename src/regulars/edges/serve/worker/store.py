"""The routes of the store: taken from the client, passed on to the teller, and its answer given on.

Nothing is decided here, neither who asks nor whether they may.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from regulars.edges.serve.teller.frames import HEALTH, METRICS, Answer, Request
from regulars.edges.serve.teller.routes import BODY_LIMIT, Route, found, named
from regulars.edges.serve.teller.said import said
from regulars.edges.serve.worker.answers import answer
from regulars.edges.serve.worker.body import Held, Receive, read, unpacked
from regulars.edges.serve.worker.forward import Send
from regulars.edges.serve.worker.refusals import MalformedBody, NoSuchRoute, WrongMethod
from regulars.edges.serve.worker.to_teller import ToTeller
from regulars.errors import RegularsError, Where

PREFIXES = ("/v1/ledger/", "/v1/benefits/", "/v1/session")
"""Paths that begin so are the store's, also those that there are not."""

_HEADERS: dict[bytes, str] = {
    b"authorization": "authorization",
    b"cookie": "cookie",
    b"origin": "origin",
    b"sec-fetch-site": "fetched_from",
    b"host": "host",
    b"idempotency-key": "key",
}
"""Headers that the teller looks at; each may stand there once."""
_ASKED_WITHIN = 3.0


class StoreRoutes:
    """Answers the store's routes.

    Args:
        teller: the way to it.
    """

    def __init__(self, teller: ToTeller) -> None:
        self._teller = teller
        self._held = Held()

    async def answer(
        self, path: str, scope: MutableMapping[str, Any], receive: Receive, send: Send
    ) -> tuple[str, int]:
        """Answer a request; a label for counting and the status come back.

        Raises:
            ClientGone: the client left in the middle.
        """
        label = "store"
        try:
            route, parameter = named(scope["method"], path)
            if route is None:
                told = _no_route(path)
            else:
                label = route.name
                request, encoding = _request(route, parameter, scope)
                body = await read(receive, BODY_LIMIT, self._held)
                try:
                    request.body = unpacked(body, encoding, BODY_LIMIT)
                    told = await self._teller.ask(request)
                finally:
                    self._held.bytes -= len(body)
        except RegularsError as error:
            told = said(0, error)
        await answer(send, told.status, told.headers, told.body)
        return label, told.status

    async def health(self) -> tuple[int, bytes]:
        """Status and JSON of the store's own health; raises `StoreAway`."""
        told = await self._asked(HEALTH)
        return told.status, told.body

    async def metrics(self) -> bytes:
        """The store's figures; nothing while it is away."""
        try:
            return (await self._asked(METRICS)).body
        except RegularsError:
            return b""

    async def _asked(self, name: str) -> Answer:
        return await self._teller.ask(Request(0, name), _ASKED_WITHIN, found_within=0.0)


def _request(route: Route, parameter: str, scope: MutableMapping[str, Any]) -> tuple[Request, str]:
    """The request without its body, and how that is packed."""
    made = Request(0, route.name, parameter, scope.get("query_string") or b"")
    encoding = ""
    met = set()
    for name, value in scope["headers"]:
        field = _HEADERS.get(name)
        if field is not None:
            if name in met:
                raise MalformedBody(
                    "the header stands twice",
                    where=Where(column=name.decode()),
                    todo="send it once",
                )
            met.add(name)
            setattr(made, field, value)
        elif name == b"content-encoding":
            encoding = value.decode("latin-1").strip().lower()
        elif name == b"x-forwarded-proto":
            made.is_secure = value.strip().lower() == b"https"
    made.address = (scope.get("client") or ("",))[0]
    return made, encoding


def _no_route(path: str) -> Answer:
    methods = sorted({route.method for route in found(path)})
    if not methods:
        return said(0, NoSuchRoute("there is no such route", todo="see /openapi.json"))
    listed = ", ".join(methods)
    told = said(0, WrongMethod(f"this route takes {listed}", todo=f"send it as {listed}"))
    told.headers.append((b"allow", listed.encode()))
    return told
