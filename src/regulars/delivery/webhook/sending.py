"""Sending to one endpoint: what the journal tells, in its order, until each message was heard.

    1. what was not heard before and is due again
    2. rows behind the cursor that tell something it wants: post, one after the other
    3. move the cursor, and set aside in the same transaction what was not heard

Killed between 2 and 3, the same messages are posted again, under the same ids. A message that is
not heard does not keep the others from being sent; an endpoint that does not answer is left alone
for a while, and what waits for it stays behind the cursor.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from regulars.delivery.webhook.address import Resolve
from regulars.delivery.webhook.calling import Answer, Caller, post
from regulars.delivery.webhook.endpoints import Endpoint
from regulars.delivery.webhook.message import Message, messages_of, wants_expiries
from regulars.delivery.webhook.retry import rest, seconds_to_next
from regulars.engines.store import Connection, Store
from regulars.engines.store_relay import RelayRows
from regulars.engines.store_webhooks import AttemptRow, WebhookRows
from regulars.kernel.failpoint import reach
from regulars.ledger.command import NEVER
from regulars.settings import WebhookSettings

Write = Callable[[Callable[[Connection], object]], object]
"""Does something in a transaction that writes; what it gives comes back."""

_ROWS = 1000
"""Of the journal in one pass."""
_MISSED = 100
"""Of those that were not heard, in one pass."""
_PASS = 10.0
"""Seconds after which a pass ends: then it is seen whether the endpoint is still the same."""
_MOVE = 1.0
"""Seconds after which the cursor is moved during a pass, and not only at its end."""
_MOVE_IDLE = 10.0
"""The same where nothing was to be told: it costs a sync, and only spares reading rows again."""
_SECOND = 1_000_000


@dataclass(slots=True)
class Sent:
    """What came of a pass.

    Attributes:
        heard: messages that were.
        missed: that were not, and are kept for later.
        said: what came of the last of those; empty where there was none.
        is_gone: it answered that it wants nothing any more.
    """

    heard: int = 0
    missed: int = 0
    said: str = ""
    is_gone: bool = False


class Sender:
    """Sends to one endpoint, from one thread.

    Args:
        endpoint_id: under which the store knows it.
        store: whose journal.
        rules: which addresses may be called.
        write: into the store.
        now: the present instant in UTC microseconds.
        stopping: once it is set nothing more begins.
        resolve: the addresses of a name.
        context: of TLS.
    """

    def __init__(
        self,
        endpoint_id: str,
        store: Store,
        rules: WebhookSettings,
        *,
        write: Write,
        now: Callable[[], int],
        stopping: threading.Event | None = None,
        resolve: Resolve | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._id, self._store, self._rules = endpoint_id, store, rules
        self._write, self._now = write, now
        self._stopping = stopping or threading.Event()
        self._resolve, self._context = resolve, context
        self._caller: Caller | None = None
        self._cursor = self._looked = -1
        self._moved_at = time.monotonic()
        self.failures = 0
        """In a row, of whichever messages."""
        self.rests_until = 0
        """UTC microseconds: until then nothing is sent."""
        self._rests_since = 0

    def is_due(self) -> bool:
        """Whether there may be something to send now.

        Raises:
            StoreError: the store does not answer.
        """
        at = self._now()
        if self._is_resting(at):
            return False
        with self._store.read() as connection:
            rows = WebhookRows(connection, self._id)
            if rows.cursor() != self._cursor:
                return True
            return RelayRows(connection).book()[1] > self._looked or bool(rows.due(at, 1))

    def _is_resting(self, at: int) -> bool:
        """Whether it is left alone still; a clock that was put back since ends that."""
        return self._rests_since <= at < self.rests_until

    def send(self, endpoint: Endpoint) -> Sent:
        """One pass.

        Args:
            endpoint: as it is now.

        Raises:
            StoreError: the store does not answer, or could not be written.
        """
        sent = Sent()
        if self._is_resting(self._now()):
            return sent
        book, head = self._look(endpoint)
        with Caller(
            endpoint.url, self._rules, resolve=self._resolve, context=self._context
        ) as self._caller:
            until = time.monotonic() + _PASS
            if self._send_missed(endpoint, book, sent, until):
                self._send_new(endpoint, book, head, sent, until)
        self._caller = None
        return sent

    def abort(self) -> None:
        """Break off what goes on; from any thread, after `stopping` was set."""
        if (caller := self._caller) is not None:
            caller.abort()

    def _look(self, endpoint: Endpoint) -> tuple[str, int]:
        """The book and its last row; where it was never told, it is told what came after it."""
        with self._store.read() as connection:
            book, head = RelayRows(connection).book()
            rows = WebhookRows(connection, self._id)
            cursor = rows.cursor()
            begin = rows.last_before(endpoint.made_at) if cursor is None else 0
        if cursor is None:
            self._write(lambda connection: WebhookRows(connection, self._id).begin(begin))
            cursor = begin
        if cursor != self._cursor:
            self._cursor = self._looked = cursor
        return book, head

    def _send_missed(self, endpoint: Endpoint, book: str, sent: Sent, until: float) -> bool:
        """Those that are due again; whether others may be sent after them."""
        with self._store.read() as connection:
            rows = WebhookRows(connection, self._id)
            due = [(one, rows.row(one.n)) for one in rows.due(self._now(), _MISSED)]
        for attempt, row in due:
            if self._is_over(until):
                return False
            told = messages_of(book, row)[attempt.place : attempt.place + 1] if row else []
            wanted = [message for message in told if message.is_wanted(endpoint.events)]
            answer = self._post(endpoint, wanted[0]) if wanted else None
            if answer is None or answer.is_good:
                self._heard(attempt, sent if answer else None)
                continue
            if not self._note(answer, sent):
                return False
            self._keep(self._again(attempt.n, attempt.place, attempt.tries, answer))
            if self._rests(answer):
                return False
        return len(due) < _MISSED

    def _send_new(self, endpoint: Endpoint, book: str, head: int, sent: Sent, until: float) -> None:
        """Rows behind the cursor."""
        upto = min(head, self._looked + _ROWS)
        with self._store.read() as connection:
            rows = RelayRows(connection).telling(
                self._looked, upto, expiries=wants_expiries(endpoint.events)
            )
        before = sent.heard
        for row in rows:
            if self._is_over(until):
                upto = row.n - 1
                break
            wanted = [one for one in messages_of(book, row) if one.is_wanted(endpoint.events)]
            aside = self._send_row(endpoint, wanted, sent, until)
            if aside is None:
                upto = row.n - 1
                break
            is_late = bool(wanted) and time.monotonic() - self._moved_at > _MOVE
            if (aside or is_late) and not self._move(row.n, aside):
                return
            if self._is_resting(self._now()):
                return
        self._looked = max(upto, self._looked)
        is_old = time.monotonic() - self._moved_at > _MOVE_IDLE
        if upto > self._cursor and (sent.heard > before or is_old):
            self._move(upto, [])

    def _send_row(
        self, endpoint: Endpoint, messages: list[Message], sent: Sent, until: float
    ) -> list[AttemptRow] | None:
        """Messages of one row; those not heard. None: it is not through, and comes again whole.

        Of a row that tells very many, those that the pass has no time for wait for the next one.
        """
        aside: list[AttemptRow] = []
        for place, message in enumerate(messages):
            if place and time.monotonic() > until:
                return aside + self._waiting(messages[place:])
            answer = self._post(endpoint, message)
            if answer.is_good:
                sent.heard += 1
                self.failures = 0
                reach("webhook.heard")
                continue
            if not self._note(answer, sent):
                return None
            aside.append(self._again(message.n, message.place, 0, answer))
            if self._rests(answer):
                return aside + self._waiting(messages[place + 1 :])
        return aside

    def _waiting(self, messages: list[Message]) -> list[AttemptRow]:
        at = self._now()
        return [AttemptRow(one.n, one.place, 0, at, "waits") for one in messages]

    def _post(self, endpoint: Endpoint, message: Message) -> Answer:
        assert self._caller is not None  # noqa: S101 - within `send`
        return post(self._caller, endpoint, message.id, message.body, self._now())

    def _heard(self, attempt: AttemptRow, sent: Sent | None) -> None:
        """One that was set aside was heard; or, with `None`, there is nothing to send any more."""
        if sent is not None:
            sent.heard += 1
            self.failures = 0
        self._write(lambda connection: self._rows(connection).heard(attempt.n, attempt.place))

    def _keep(self, again: AttemptRow) -> None:
        self._write(lambda connection: self._rows(connection).set_aside([again]))

    def _note(self, answer: Answer, sent: Sent) -> bool:
        """Keep what was said; whether it counts as a try, and others may follow."""
        if self._stopping.is_set():
            return False
        sent.said = answer.said
        if answer.is_gone:
            sent.is_gone = True
            return False
        sent.missed += 1
        return True

    def _again(self, n: int, place: int, tries: int, answer: Answer) -> AttemptRow:
        wait = seconds_to_next(tries + 1)
        next_at = NEVER if wait is None else self._now() + wait * _SECOND
        return AttemptRow(n, place, tries + 1, next_at, answer.said)

    def _rests(self, answer: Answer) -> bool:
        """Whether the endpoint is left alone now, after one more message was not heard."""
        self.failures += 1
        seconds = rest(self.failures, is_alive=answer.is_alive, wish=answer.wish)
        self._rests_since = self._now()
        self.rests_until = self._rests_since + seconds * _SECOND if seconds else 0
        return bool(seconds)

    def _move(self, to: int, aside: list[AttemptRow]) -> bool:
        """Move the cursor; not where somebody has set it back since it was seen."""
        from_ = self._cursor

        def do(connection: Connection) -> bool:
            rows = self._rows(connection)
            if not rows.move(from_, to):
                return False
            rows.set_aside(aside)
            return True

        has_moved = bool(self._write(do))
        reach("webhook.moved")
        if has_moved:
            self._cursor, self._looked = to, max(to, self._looked)
            self._moved_at = time.monotonic()
        return has_moved

    def _rows(self, connection: Connection) -> WebhookRows:
        return WebhookRows(connection, self._id)

    def _is_over(self, until: float) -> bool:
        return self._stopping.is_set() or time.monotonic() > until
