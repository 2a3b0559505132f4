"""Requests as they come in, each passed through the gate and then to the ledger.

Commands go to the ledger's writer and are answered once they are durable; questions are read on a
few threads of their own, so that none of them keeps a command waiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from regulars.edges.serve.log import describe, log, places
from regulars.edges.serve.teller.benefits import Benefits
from regulars.edges.serve.teller.bodies import command_of, number_of, query_of
from regulars.edges.serve.teller.figures import Condition, Counts, health, text
from regulars.edges.serve.teller.frames import HEALTH, METRICS, Answer, Request
from regulars.edges.serve.teller.gate import Gate, Passed
from regulars.edges.serve.teller.routes import BY_NAME, Route
from regulars.edges.serve.teller.said import JSON, Outcome, said
from regulars.edges.serve.worker.refusals import NoSuchRoute
from regulars.engines.store import Store
from regulars.errors import RegularsError, StoreError
from regulars.kernel.closing import Closing
from regulars.ledger.ledger import Ledger

Reply = Callable[[int, str, Outcome], None]
"""Takes the number and the route of a request, and what came of it; from any thread."""

_READERS = 4
_TEXT = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")


class OurMistake(RegularsError):
    """Something that must not happen has happened; the log tells where."""

    code = "error"


class Desk(Closing):
    """Takes requests, and sees that each is answered.

    Args:
        store: the book of record.
        ledger: on it.
        gate: says who asks, and whether they may.
        sessions: answers the routes of sessions; it may take its time.
        benefits: answers the routes of benefits.
    """

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        gate: Gate,
        sessions: Callable[[Route, Request, Passed], Outcome],
        benefits: Benefits,
    ) -> None:
        self._ledger = ledger
        self._benefits = benefits
        self._gate = gate
        self._sessions = sessions
        self._condition = Condition(store, ledger)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="reader")
        # One at a time: hashing a password takes 19 MB and a processor for a while.
        self._logins = ThreadPoolExecutor(1, thread_name_prefix="login")
        self._lock = threading.Lock()
        self._waiting = 0
        self.counts = Counts()

    def close(self) -> None:
        """Answer what waits; the ledger is closed after this."""
        self._readers.shutdown()
        self._logins.shutdown()

    def take(self, requests: Sequence[Request], reply: Reply) -> None:
        """See that each is answered, now or later."""
        with self._lock:
            self._waiting += len(requests)

        def answered(number: int, route: str, outcome: Outcome) -> None:
            with self._lock:
                self._waiting -= 1
            reply(number, route, outcome)

        asking = []
        for one in requests:
            if one.route in (HEALTH, METRICS):
                self._read(one, answered, self._of_ours, one.route)
            elif one.route in BY_NAME:
                asking.append((BY_NAME[one.route], one))
            else:
                answered(one.id, "other", NoSuchRoute("there is no such route", todo="see /docs"))
        if not asking:
            return
        try:
            passing = self._gate.admit(asking)
        except StoreError as error:
            for _, one in asking:
                answered(one.id, one.route, error)
            return
        except Exception as error:
            for _, one in asking:
                answered(one.id, one.route, _mistake(one.route, error))
            return
        for (route, one), passed in zip(asking, passing, strict=True):
            if isinstance(passed, RegularsError):
                answered(one.id, route.name, passed)
            else:
                self._pass(route, one, passed, answered)

    def _pass(self, route: Route, one: Request, passed: Passed, answered: Reply) -> None:
        if route.changes and route.command is None:
            self._pass_benefit(route, one, passed, answered)
            return
        if route.command is None:
            does = self._sessions if route.name.startswith("session.") else self._look
            self._read(one, answered, does, route, one, passed)
            return
        try:
            query_of(route, one.query)
            command = command_of(route, one.key, one.body)
            self._ledger.submit(
                command, passed.who.by, lambda outcome: answered(one.id, route.name, outcome)
            )
        except RegularsError as error:
            answered(one.id, route.name, error)
        except Exception as error:
            answered(one.id, route.name, _mistake(route.name, error))

    def _pass_benefit(self, route: Route, one: Request, passed: Passed, answered: Reply) -> None:
        def told(outcome: Outcome) -> None:
            answered(one.id, route.name, outcome)

        def do() -> None:
            try:
                self._benefits.do(what, key, passed.who.by, told)
            except RegularsError as error:
                told(error)
            except Exception as error:
                told(_mistake(route.name, error))

        try:
            what, key = self._benefits.read(route, one)
        except RegularsError as error:
            told(error)
        except Exception as error:
            told(_mistake(route.name, error))
        else:
            if self._benefits.is_quick(what):
                do()
            else:
                self._readers.submit(do)

    def _read(
        self, one: Request, answered: Reply, does: Callable[..., Outcome], *told: Any
    ) -> None:
        def read() -> None:
            outcome: Outcome
            try:
                outcome = does(*told)
            except RegularsError as error:
                outcome = error
            except Exception as error:
                outcome = _mistake(one.route, error)
            answered(one.id, one.route, outcome)

        pool = self._logins if one.route.startswith("session.") else self._readers
        pool.submit(read)

    def _look(self, route: Route, one: Request, _passed: Passed) -> Outcome:
        """The answer to a question about the ledger, or about benefits."""
        if route.name.startswith("benefits."):
            return self._benefits.look(route, one)
        told = query_of(route, one.query)
        if route.name == "ledger.balance":
            return self._ledger.balance(**told).as_dict()
        if route.name == "ledger.statement":
            return self._ledger.statement(**told).as_dict()
        if route.name == "ledger.entry":
            return self._ledger.entry(number_of("n", one.parameter)).as_dict()
        head = self._ledger.head()
        return {"id": head.id, "n": head.n, "hash": head.hash.hex(), "at": head.at}

    def _of_ours(self, name: str) -> Outcome:
        if name == METRICS:
            body = text(self.counts, self._ledger, self._waiting).encode()
            return Answer(0, 200, [_TEXT], body)
        status, told = health(self._condition)
        answer = said(0, told)
        answer.status = status
        answer.headers = [JSON]
        return answer


def _mistake(route: str, error: Exception) -> OurMistake:
    log("teller", "bug", "error", route=route, error=describe(error), at_lines=places(error))
    return OurMistake("something went wrong here", todo="ask again with the same key")
