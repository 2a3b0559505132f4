"""Webhooks go out for as long as a server runs, each on a thread of its own: none waits for others.

What is added, changed or removed meanwhile is followed within a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from regulars.delivery.webhook.endpoints import Endpoint, Endpoints
from regulars.delivery.webhook.sending import Sender, Sent, Write
from regulars.engines.store import Store
from regulars.errors import UnknownValue
from regulars.kernel.closing import Closing
from regulars.settings import WebhookSettings

_LOOK = 0.5
"""Seconds after which the journal is looked at again."""
_PAUSE_FAILED = 5.0
"""The same after a store that does not answer."""
_END_WITHIN = 2.0
"""Seconds that an end waits for those that are broken off; what they sent is sent again."""

GONE = "it answered 410: it wants nothing any more"
"""Why such an endpoint is paused."""


class Happened:
    """What a server is told of its webhooks: for its log, so without anybody's addresses."""

    def missed(self, name: str, said: str) -> None:
        """The first of some messages was not heard."""

    def heard_again(self, name: str) -> None:
        """And now one was."""

    def gone(self, name: str) -> None:
        """The endpoint is told nothing any more, since it wants nothing."""

    def failed(self, error: Exception) -> None:
        """A pass failed at our end; once until one succeeds."""


@dataclass(slots=True)
class SendingFigures:
    """What was sent since the server began.

    Attributes:
        heard: messages that their receivers took.
        missed: tries that came to nothing.
    """

    heard: int = 0
    missed: int = 0


class WebhookSending(Closing):
    """Sends to all endpoints, beside a ledger.

    Args:
        store: whose journal; it stays the caller's to close, after this.
        endpoints: of the same home.
        rules: which addresses may be called.
        write: into the store.
        now: the present instant in UTC microseconds.
        happened: told what a log should tell.
    """

    def __init__(
        self,
        store: Store,
        endpoints: Endpoints,
        rules: WebhookSettings,
        *,
        write: Write,
        now: Callable[[], int],
        happened: Happened | None = None,
    ) -> None:
        self._store, self._endpoints, self._rules = store, endpoints, rules
        self._write, self._now = write, now
        self._happened = happened or Happened()
        self.figures = SendingFigures()
        self._stopping = threading.Event()
        self._lines: dict[str, _Line] = {}
        self._is_failing = False
        self._counting = threading.Lock()
        self._thread = threading.Thread(target=self._go_on, name="webhooks", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Break off what goes on, and end."""
        self._stopping.set()
        self._thread.join()
        until = time.monotonic() + _END_WITHIN
        for line in self._lines.values():
            line.end(max(until - time.monotonic(), 0))

    def follows(self, endpoint: Endpoint) -> bool:
        """Whether it is told as it is now: under these secrets, these events, at this URL."""
        line = self._lines.get(endpoint.id)
        return line is not None and line.endpoint == endpoint

    def _go_on(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
                self._is_failing = False
            except Exception as error:
                if not self._is_failing:
                    self._happened.failed(error)
                self._is_failing = True
            self._stopping.wait(_LOOK)

    def _follow(self) -> None:
        """Give each active endpoint its thread, and end those of the others."""
        active = {one.id: one for one in self._endpoints.all() if one.is_active}
        for key, line in list(self._lines.items()):
            if key not in active or line.is_over:
                self._lines.pop(key).end(0)
        for one in active.values():
            if one.id in self._lines:
                self._lines[one.id].endpoint = one
            else:
                self._lines[one.id] = self._begin(one)

    def _begin(self, endpoint: Endpoint) -> _Line:
        stopping = threading.Event()
        sender = Sender(
            endpoint.id,
            self._store,
            self._rules,
            write=self._write,
            now=self._now,
            stopping=stopping,
        )
        return _Line(endpoint, sender, stopping, self._happened, self._has_gone, self._count)

    def _count(self, sent: Sent) -> None:
        with self._counting:
            self.figures.heard += sent.heard
            self.figures.missed += sent.missed

    def _has_gone(self, endpoint: Endpoint) -> None:
        with suppress(UnknownValue):  # removed just now
            self._endpoints.pause(endpoint.name, GONE, endpoint_id=endpoint.id)


class _Line:
    """One endpoint's thread."""

    def __init__(
        self,
        endpoint: Endpoint,
        sender: Sender,
        stopping: threading.Event,
        happened: Happened,
        gone: Callable[[Endpoint], None],
        count: Callable[[Sent], None],
    ) -> None:
        self.endpoint = endpoint
        self._sender, self._stopping = sender, stopping
        self._happened, self._gone, self._count = happened, gone, count
        self._is_missing = self._is_failing = False
        self._thread = threading.Thread(
            target=self._go_on, name=f"webhook {endpoint.name}", daemon=True
        )
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it ends: told so, or since the endpoint wanted nothing more."""
        return self._stopping.is_set()

    def end(self, within: float) -> None:
        self._stopping.set()
        self._sender.abort()
        self._thread.join(within)

    def _go_on(self) -> None:
        while not self._stopping.is_set():
            pause = _LOOK
            try:
                while not self._stopping.is_set() and self._sender.is_due():
                    self._told(self._sender.send(self.endpoint))
                self._is_failing = False
            except Exception as error:
                if not (self._is_failing or self._stopping.is_set()):
                    self._happened.failed(error)
                self._is_failing = True
                pause = _PAUSE_FAILED
            self._stopping.wait(pause)

    def _told(self, sent: Sent) -> None:
        self._count(sent)
        if sent.is_gone:
            self._gone(self.endpoint)
            self._happened.gone(self.endpoint.name)
            self._stopping.set()
        elif sent.missed and not self._is_missing:
            self._happened.missed(self.endpoint.name, sent.said)
        elif sent.heard and not sent.missed and self._is_missing:
            self._happened.heard_again(self.endpoint.name)
        if sent.heard or sent.missed:
            self._is_missing = bool(sent.missed)
