"""What the teller does by itself: what has expired is released or taken away, events passed on."""

from __future__ import annotations

import threading

from regulars.app.benefits.sweeps import sweep
from regulars.app.home import Home
from regulars.edges.serve.log import describe, log
from regulars.edges.serve.teller.opening import Book
from regulars.engines.store_webhooks import waiting
from regulars.kernel.closing import Closing
from regulars.ledger.command import NEVER
from regulars.ledger.sweep import release_expired

SWEEP_SECONDS = 30.0
"""What has expired is swept within so long; it could not be used from its instant on."""


class Chores(Closing):
    """Done beside the desk, from when it is open until the end.

    Args:
        home: whose inbox the events go to.
        book: open, and closed after this.
    """

    def __init__(self, home: Home, book: Book) -> None:
        # Not needed for the first answer: whoever waits for the teller does not wait for it.
        from regulars.app.relaying import Relaying
        from regulars.app.webhook_sending import WebhookSending
        from regulars.delivery.webhook.endpoints import Endpoints
        from regulars.edges.serve.teller.telling import Logged

        self._ledger = book.ledger
        self._shop = home.settings.shop
        self._stopping = threading.Event()
        self._sweeping = threading.Thread(target=self._sweep, name="sweep", daemon=True)
        self._relaying = Relaying(
            book.store,
            home.inbox,
            home.keys,
            limit=home.settings.serve.inbox_limit_mb << 20,
            failed=lambda error: _failed("passing events on failed", error),
            write=book.ledger.beside,
        )
        book.ledger.on_commit(self._relaying.wake)
        self._webhooks = WebhookSending(
            book.store,
            Endpoints(home.keys),
            home.settings.webhooks,
            write=book.ledger.beside,
            now=book.ledger.now,
            happened=Logged(),
        )
        self._sweeping.start()

    def close(self) -> None:
        """Pass on what waits, and end."""
        self._stopping.set()
        self._sweeping.join()
        self._webhooks.close()
        self._relaying.close()

    def figures(self) -> list[tuple[str, str, str, float]]:
        """Of webhooks that go out: name, kind, meaning and value; those that wait as it stands.

        Raises:
            StoreError: the store does not answer.
        """
        with self._ledger.store.read() as connection:
            again, given_up = waiting(connection, NEVER)
        sent = self._webhooks.figures
        return [
            ("webhooks_sent_total", "counter", "Webhooks that their receivers took", sent.heard),
            ("webhooks_failed_total", "counter", "Tries at webhooks that failed", sent.missed),
            ("webhooks_waiting", "gauge", "Webhooks that are sent again later", again),
            ("webhooks_given_up", "gauge", "Webhooks that are not", given_up),
        ]

    def _sweep(self) -> None:
        failing = False
        while True:
            try:
                if released := release_expired(self._ledger):
                    log("teller", "released expired holds", count=released)
                if done := sweep(self._ledger, self._shop.currency, self._shop.time_zone):
                    log("teller", "swept benefits", done=done)
                failing = False
            except Exception as error:
                if not failing:
                    _failed("sweeping failed", error)
                failing = True
            if self._stopping.wait(SWEEP_SECONDS):
                return


def _failed(what: str, error: Exception) -> None:
    log("teller", what, "error", error=describe(error))
