"""Webhooks of a home: made, listed, tried, replayed; what each was told, and what it missed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.app.one_server import no_other_server
from regulars.app.store import open_store
from regulars.app.webhook_sending import GONE
from regulars.delivery.webhook import address
from regulars.delivery.webhook.calling import Answer, Caller, post
from regulars.delivery.webhook.endpoints import GRACE, Endpoint, Endpoints
from regulars.delivery.webhook.message import messages_of, probe_body
from regulars.delivery.webhook.sending import Sender, Sent
from regulars.engines.store_relay import RelayRows
from regulars.engines.store_webhooks import AttemptRow, WebhookRows
from regulars.ledger.command import NEVER
from regulars.ledger.ledger import now_in_microseconds

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.store import Connection, Store

_MOST = 10_000
"""Messages that were not heard, in a list of them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an endpoint has been told.

    Attributes:
        endpoint: which.
        told: rows of the journal that are behind it, heard or set aside.
        head: the journal's last row.
        missed: messages that are sent again later.
        given_up: messages that are not; `retry` sends them all the same.
    """

    endpoint: Endpoint
    told: int
    head: int
    missed: int
    given_up: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data, without the secrets."""
        one = self.endpoint
        told = {"name": one.name, "url": one.url, "events": list(one.events), "paused": one.paused}
        counts = {"told": self.told, "head": self.head}
        return told | counts | {"missed": self.missed, "given_up": self.given_up}


@dataclass(frozen=True, slots=True)
class Missed:
    """A message that was not heard.

    Attributes:
        n: the row of the journal that tells it.
        id: its `webhook-id`.
        type: as webhooks name it.
        tries: so far.
        next_at: UTC microseconds; `NEVER` where it is given up.
        said: what came of the last try.
    """

    n: int
    id: str
    type: str
    tries: int
    next_at: int
    said: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data; `next_at` is null where it is given up."""
        next_at = None if self.next_at == NEVER else self.next_at
        told = {"n": self.n, "id": self.id, "type": self.type, "tries": self.tries}
        return told | {"next_at": next_at, "said": self.said}


class Webhooks:
    """The webhooks of a home; a server that runs follows at once.

    Args:
        home: of the shop.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._rules = home.settings.webhooks
        self._endpoints = Endpoints(home.keys)

    def add(self, name: str, url: str, events: Sequence[str] = ()) -> Endpoint:
        """Make one; it is told what happens from now on. Its secret is the last of `secrets`.

        Raises:
            AddressRefused: the URL is none, or leads to where nothing may be sent.
            SettingsError: the name is none or is taken.
        """
        address.where_to(address.read_url(url, self._rules), self._rules, address.resolve)
        return self._endpoints.add(name, url, events)

    def all(self) -> list[Standing]:
        """How each stands, by name.

        Raises:
            StoreError: the store does not answer.
        """
        found = self._endpoints.all()
        if not found:
            return []
        with open_store(self._home) as store, store.read() as connection:
            head = RelayRows(connection).book()[1]
            return [_standing(connection, one, head) for one in found]

    def rotate(self, name: str, *, grace: int = GRACE) -> Endpoint:
        """Give it a new secret, the last of `secrets`; for `grace` seconds both sign."""
        return self._endpoints.rotate(name, grace=grace)

    def pause(self, name: str) -> None:
        """Tell it nothing for now; what happens waits for it."""
        self._endpoints.pause(name, "paused")

    def resume(self, name: str) -> None:
        """Tell it again, first of all what waits."""
        self._endpoints.resume(name)

    def remove(self, name: str) -> None:
        """Take it away, and what it missed."""
        gone = self._endpoints.remove(name)
        with open_store(self._home) as store, store.write() as connection:
            WebhookRows(connection, gone.id).forget()

    def test(self, name: str) -> tuple[Answer, float]:
        """Post a message that tells nothing; what came of it, and the seconds that it took."""
        one = self._endpoints.by_name(name)
        at = now_in_microseconds()
        began = time.monotonic()
        with Caller(one.url, self._rules) as caller:
            answer = post(caller, one, f"test:{secrets.token_hex(8)}", probe_body(at), at)
        return answer, time.monotonic() - began

    def replay(self, name: str, since: int) -> None:
        """Send again, under the same ids, what rows of the journal behind `since` tell.

        Raises:
            UnknownValue: there is no such webhook.
            StoreError: the store does not answer.
        """
        one = self._endpoints.by_name(name)
        with open_store(self._home) as store, store.write() as connection:
            rows = WebhookRows(connection, one.id)
            rows.begin(rows.last_before(one.made_at))
            rows.go_back(since)

    def retry(self, name: str) -> int:
        """Send again, at once, all that was not heard, what was given up too; how many."""
        one = self._endpoints.by_name(name)
        with open_store(self._home) as store, store.write() as connection:
            return WebhookRows(connection, one.id).send_now(now_in_microseconds())

    def failures(self, name: str) -> list[Missed]:
        """What was not heard, in the order of the journal."""
        one = self._endpoints.by_name(name)
        with open_store(self._home) as store, store.read() as connection:
            rows = WebhookRows(connection, one.id)
            book = RelayRows(connection).book()[0]
            found = (_missed(book, rows, attempt) for attempt in rows.attempts(_MOST))
            return [each for each in found if each is not None]

    def trouble(self, endpoint: Endpoint) -> tuple[str, int]:
        """What came of the last try at the first message that was not heard, and its instant.

        Nothing and 0 where all was heard.
        """
        with open_store(self._home) as store, store.read() as connection:
            rows = WebhookRows(connection, endpoint.id)
            for attempt in rows.attempts(1):
                row = rows.row(attempt.n)
                return attempt.status, row.at if row else 0
        return "", 0

    def send(self, name: str | None = None) -> dict[str, Sent]:
        """Send what is due, by hand, where no server does; what came of it, by name.

        Args:
            name: of one; by default all that are not paused.

        Raises:
            HomeBusy: a server runs, and sends by itself.
        """
        named = self._endpoints.all() if name is None else [self._endpoints.by_name(name)]
        with (
            no_other_server(
                self._home, busy="a server runs, and sends by itself", todo="leave it to the server"
            ),
            open_store(self._home) as store,
        ):
            return {one.name: self._send(store, one) for one in named if one.is_active}

    def _send(self, store: Store, one: Endpoint) -> Sent:
        def write(do: Any) -> object:
            with store.write() as connection:
                return do(connection)

        sender = Sender(one.id, store, self._rules, write=write, now=now_in_microseconds)
        total = Sent()
        while sender.is_due() and not total.is_gone:
            sent = sender.send(one)
            total.heard += sent.heard
            total.missed += sent.missed
            total.said, total.is_gone = sent.said or total.said, sent.is_gone
        if total.is_gone:
            self._endpoints.pause(one.name, GONE, endpoint_id=one.id)
        return total


def _standing(connection: Connection, one: Endpoint, head: int) -> Standing:
    rows = WebhookRows(connection, one.id)
    cursor = rows.cursor()
    attempts = rows.attempts(_MOST)
    given_up = sum(each.next_at == NEVER for each in attempts)
    told = rows.last_before(one.made_at) if cursor is None else cursor
    return Standing(one, told, head, len(attempts) - given_up, given_up)


def _missed(book: str, rows: WebhookRows, attempt: AttemptRow) -> Missed | None:
    row = rows.row(attempt.n)
    told = messages_of(book, row)[attempt.place : attempt.place + 1] if row else []
    if not told:
        return None
    return Missed(
        attempt.n, told[0].id, told[0].type, attempt.tries, attempt.next_at, attempt.status
    )
