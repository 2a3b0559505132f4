"""The ASGI application of an intake worker.

On the hot path stands as little Python as can be: one look at the headers, one at the form of the
body, one place in the group that is written next.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any

from regulars.app.home import Home
from regulars.edges.serve.log import log
from regulars.edges.serve.worker import answers
from regulars.edges.serve.worker.body import ClientGone, Receive
from regulars.edges.serve.worker.commit import GroupCommit
from regulars.edges.serve.worker.cors import Origins
from regulars.edges.serve.worker.elsewhere import Elsewhere
from regulars.edges.serve.worker.forward import BrokenOff, Forward, Send
from regulars.edges.serve.worker.intake import Intake
from regulars.edges.serve.worker.metrics import FOLDER, Metrics
from regulars.edges.serve.worker.refusals import (
    ForeignPage,
    MalformedBody,
    WrongMethod,
    status_of,
)
from regulars.edges.serve.worker.routes import BY_PATH, MEASURES, WEBHOOK, WEBHOOKS
from regulars.edges.serve.worker.store import PREFIXES, StoreRoutes
from regulars.edges.serve.worker.to_teller import ToTeller
from regulars.errors import RegularsError
from regulars.intake.connection import Connections

Scope = MutableMapping[str, Any]

_TICK_SECONDS = 1.0


class Worker:
    """One intake worker.

    Args:
        home: the shop's home.
    """

    def __init__(self, home: Home) -> None:
        serve = home.settings.serve
        connections = Connections(home.keys)
        self._origins = Origins(serve.origins)
        self._metrics = Metrics(home.running / FOLDER)
        self._commit = GroupCommit(
            home.inbox, home.keys, serve.inbox_limit_mb << 20, self._metrics.committed
        )
        self._intake = Intake(connections, self._commit)
        self._forward = Forward(home.running)
        self._teller = ToTeller(home.running)
        self._store = StoreRoutes(self._teller)
        self._elsewhere = Elsewhere(self._commit, self._forward, self._metrics, self._store)
        self._tending: asyncio.Task[None] | None = None
        self._kept = {
            name: (
                self._metrics.requests.labels(name, "200"),
                self._metrics.messages.labels(name),
            )
            for name in {*(route.name for route in BY_PATH.values()), *WEBHOOK, "m"}
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the worker."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def open(self) -> None:
        """Open vault and inbox, and begin to tend them."""
        await self._commit.open()
        self._teller.open()
        self._metrics.leave_copy()
        self._tending = asyncio.create_task(self._tend())
        log("worker", "open")

    async def close(self) -> None:
        """Finish what waits, and let go."""
        if self._tending is not None:
            self._tending.cancel()
            with suppress(asyncio.CancelledError):
                await self._tending
        await self._commit.close()
        await self._forward.close()
        await self._teller.close()
        self._metrics.leave_copy()
        log("worker", "closed")

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self.open()
                except RegularsError as error:
                    log("worker", "cannot begin", "error", code=error.code, reason=error.message)
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _tend(self) -> None:
        was_full = False
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            await self._commit.tend()
            self._teller.tend()
            self._metrics.held.set(self._commit.held.bytes)
            self._metrics.inbox.set(self._commit.inbox_bytes)
            self._metrics.leave_copy()
            failed = self._commit.failed
            if failed is not None and not was_full:
                log("worker", "nothing can be made durable", "error", reason=failed.message)
            elif failed is None and was_full:
                log("worker", "writing again")
            was_full = failed is not None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        is_intake = path in BY_PATH or path.startswith(WEBHOOKS) or path in MEASURES
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        label = "other"
        try:
            if path.startswith(PREFIXES):
                label, status = await self._store.answer(path, scope, receive, send)
                self._metrics.requests.labels(label, str(status)).inc()
                return
            if not is_intake:
                label, status = await self._elsewhere.answer(path, scope, receive, send)
                self._metrics.requests.labels(label, str(status)).inc()
                return
            if scope["method"] == "OPTIONS":
                await answers.answer(send, 204, self._origins.preflight(origin), b"")
                return
            self._check(scope["method"], origin)
            if route := BY_PATH.get(path):
                label = route.name
                count = await self._intake.messages(route, headers, receive)
            elif path in MEASURES:
                label, count = "m", 0
            else:
                connection, route = self._intake.named(path)
                label = route.name
                count = await self._intake.webhook(connection, route, headers, receive)
            requests, messages = self._kept[label]
            requests.inc()
            messages.inc(count)
            allowed = self._origins.allowed(origin)
            await answers.answer(send, 200, [answers.JSON, *allowed], answers.KEPT)
        except ClientGone:
            self._metrics.requests.labels(label, "gone").inc()
            # One that is still there has sent a body that cannot be read to its end.
            broken = MalformedBody("the body broke off", todo="send it again")
            with suppress(Exception):
                await answers.refuse(send, broken, self._origins.allowed(origin))
        except BrokenOff:
            self._metrics.requests.labels(label, "broken").inc()
            raise
        except RegularsError as error:
            self._metrics.requests.labels(label, str(status_of(error))).inc()
            await answers.refuse(send, error, self._origins.allowed(origin))
        except Exception as error:
            # A bug of ours: it is told, and nothing is acknowledged.
            self._metrics.requests.labels(label, "500").inc()
            kind = type(error).__name__
            log("worker", "bug", "error", route=label, kind=kind, at_line=answers.place(error))
            await answers.bug(send, self._origins.allowed(origin))

    def _check(self, method: str, origin: bytes | None) -> None:
        if origin is not None and not self._origins.allow(origin):
            raise ForeignPage(
                "pages of this site may not send",
                todo="add the site to [serve] origins in regulars.toml",
            )
        if method != "POST":
            raise WrongMethod("this route takes POST", todo="send it as POST")
