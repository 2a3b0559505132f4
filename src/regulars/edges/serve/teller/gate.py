"""Who asks, and whether they may: nothing passes by here; without a policy nobody may."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from regulars.access.access import Access
from regulars.access.changes import Logins
from regulars.access.cookie import token_in
from regulars.access.limits import Rates
from regulars.access.policy import authorise
from regulars.access.principal import ANYBODY, Principal
from regulars.edges.serve.teller.frames import Request
from regulars.edges.serve.teller.routes import Route
from regulars.edges.serve.worker.keys import key_in
from regulars.engines.store import Store
from regulars.engines.store_access import SessionRow
from regulars.errors import RegularsError
from regulars.kernel.closing import Closing


@dataclass(frozen=True, slots=True)
class Passed:
    """Somebody who may; with their session, if that is how they are known."""

    who: Principal
    session: SessionRow | None = None


class Gate(Protocol):
    """Looks at every request before anything else does."""

    def admit(self, asking: Sequence[tuple[Route, Request]]) -> list[Passed | RegularsError]:
        """Of each request who asks, or why not; all are judged by one state of the store.

        Raises:
            StoreError: the store does not tell.
        """
        ...


class AccessGate(Closing):
    """Judges by keys, sessions and the policy of each route.

    Args:
        store: where keys and sessions are.
        access: reads them.
        logins: notes that a session was used.
        rates: how often who may ask.
    """

    def __init__(self, store: Store, access: Access, logins: Logins, rates: Rates) -> None:
        self._store = store
        self._access = access
        self._logins = logins
        self._rates = rates
        self._lock = threading.Lock()  # several lines ask, and what was read is one whole
        self._noting = ThreadPoolExecutor(1, thread_name_prefix="seen")

    def close(self) -> None:
        """Note what is still to be noted."""
        self._noting.shutdown()

    def admit(self, asking: Sequence[tuple[Route, Request]]) -> list[Passed | RegularsError]:
        """Of each request who asks, or why not."""
        with self._lock:
            with self._store.read() as connection:
                self._access.refresh(connection)
            return [self._judged(route, request) for route, request in asking]

    def _judged(self, route: Route, request: Request) -> Passed | RegularsError:
        try:
            passed = self._known(route, request)
            policy = authorise(
                passed.who,
                (route.method, route.path),
                origin=_text(request.origin),
                fetched_from=_text(request.fetched_from),
                host=_text(request.host),
            )
            who = request.address if passed.who is ANYBODY else passed.who.by
            self._rates.check(policy.rate, who)
        except RegularsError as error:
            return error
        return passed

    def _known(self, route: Route, request: Request) -> Passed:
        if route.name == "session.begin":
            return Passed(ANYBODY)  # who logs in is not known yet, whatever they show
        if request.authorization:
            return Passed(self._access.of_key(key_in(request.authorization) or ""))
        token = token_in(_text(request.cookie), is_secure=request.is_secure)
        if token is None:
            return Passed(ANYBODY)
        principal, session = self._access.of_token(token)
        if self._access.is_due(session):
            session = self._access.was_seen(session)
            self._noting.submit(self._note, session)
        return Passed(principal, session)

    def _note(self, session: SessionRow) -> None:
        with suppress(RegularsError):  # it is noted with a later request
            self._logins.seen(session)


def _text(header: bytes) -> str:
    return header.decode("latin-1")
