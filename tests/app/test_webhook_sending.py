"""Beside a ledger, while a server runs: each endpoint on its own, followed as it changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from delivery.webhook.receiver import Receiver, answer
from regulars.app.webhook_sending import GONE, Happened, WebhookSending
from regulars.delivery.webhook.endpoints import Endpoints
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store_webhooks import waiting
from regulars.ledger.command import NEVER, Define, Leg, Post, Told
from regulars.ledger.ledger import Ledger
from regulars.settings import WebhookSettings
from running_server import until


class Kept(Happened):
    """What a log would tell."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def missed(self, name: str, said: str) -> None:
        self.all.append(f"{name} missed: {said}")

    def heard_again(self, name: str) -> None:
        self.all.append(f"{name} heard again")

    def gone(self, name: str) -> None:
        self.all.append(f"{name} gone")

    def failed(self, error: Exception) -> None:
        self.all.append(f"failed: {error}")


@pytest.fixture
def ledger(tmp_path) -> Iterator[Ledger]:
    with SqliteStore.open(tmp_path / "store.sqlite") as store, Ledger(store) as ledger:
        ledger.ask(Define(key="points", asset="points"), "cli")
        yield ledger


@pytest.fixture
def receivers() -> Iterator[list[Receiver]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Receiver()) for _ in range(2)]


@pytest.fixture
def happened() -> Kept:
    return Kept()


@pytest.fixture
def endpoints(tmp_path) -> Endpoints:
    return Endpoints(tmp_path)


@pytest.fixture
def sending(ledger, receivers, endpoints, happened) -> Iterator[WebhookSending]:
    rules = WebhookSettings(
        allow_private=True,
        http_hosts=("127.0.0.1",),
        ports=tuple(one.port for one in receivers),
    )
    with WebhookSending(
        ledger.store,
        endpoints,
        rules,
        write=ledger.beside,
        now=ledger.now,
        happened=happened,
    ) as sending:
        yield sending


def tell(ledger: Ledger, *keys: str) -> None:
    legs = (Leg("points", "issuer", -1), Leg("points", "customer:7", 1))
    for key in keys:
        events = (Told("Points Earned", 7, {"key": key}),)
        ledger.ask(Post(key=key, legs=legs, events=events), "cli")


def test_an_endpoint_that_is_added_is_told_soon_and_one_that_is_removed_no_more(
    sending, ledger, receivers, endpoints, happened
):
    endpoints.add("erp", receivers[0].url)
    tell(ledger, "a", "b")
    until(lambda: receivers[0].keys == ["a", "b"])
    endpoints.remove("erp")
    endpoints.add("other", receivers[1].url)
    tell(ledger, "c")
    until(lambda: receivers[1].keys == ["c"])
    assert receivers[0].keys == ["a", "b"]
    assert happened.all == []


def test_one_that_says_nothing_holds_no_other_up_and_the_end_does_not_wait_for_it(
    sending, ledger, receivers, endpoints
):
    receivers[0].answers = [receivers[0].stall]
    endpoints.add("mute", receivers[0].url)
    endpoints.add("erp", receivers[1].url)
    tell(ledger, "a", "b", "c")
    until(lambda: receivers[0].heard and receivers[1].keys == ["a", "b", "c"])
    began = time.monotonic()
    sending.close()
    assert time.monotonic() - began < 5
    assert "webhook mute" not in [one.name for one in threading.enumerate()]


def test_one_that_is_gone_is_paused_and_told_what_waits_when_it_is_resumed(
    sending, ledger, receivers, endpoints, happened
):
    receivers[0].answers = [answer(200), answer(410)]
    endpoints.add("erp", receivers[0].url)
    tell(ledger, "a", "b", "c")
    until(lambda: endpoints.by_name("erp").paused == GONE)
    assert receivers[0].keys == ["a", "b"]
    until(lambda: happened.all == ["erp gone"])
    endpoints.resume("erp")
    until(lambda: receivers[0].keys == ["a", "b", "b", "c"])


def test_that_one_does_not_get_through_is_told_once_and_so_is_that_it_does_again(
    sending, ledger, receivers, endpoints, happened
):
    receivers[0].answers = [answer(422), answer(422)]
    endpoints.add("erp", receivers[0].url)
    tell(ledger, "a", "b")
    until(lambda: len(receivers[0].keys) == 2)
    tell(ledger, "c")
    until(lambda: "c" in receivers[0].keys)
    until(lambda: len(happened.all) == 2)
    assert happened.all == ["erp missed: HTTP 422", "erp heard again"]
    figures = sending.figures
    assert (figures.missed, figures.heard) == (2, len(receivers[0].keys) - 2)
    with ledger.store.read() as connection:
        assert waiting(connection, NEVER) == (2, 0)


def test_a_new_secret_signs_from_the_next_pass_on(sending, ledger, receivers, endpoints):
    endpoints.add("erp", receivers[0].url)
    tell(ledger, "a")
    until(lambda: receivers[0].keys == ["a"])
    new = endpoints.rotate("erp", grace=0).secrets[-1].text
    until(lambda: sending.follows(endpoints.by_name("erp")))
    tell(ledger, "b")
    until(lambda: receivers[0].keys == ["a", "b"])
    assert receivers[0].heard[1].verified(new)


def test_a_file_of_endpoints_that_does_not_read_is_told_once_and_mended_goes_on(
    sending, ledger, receivers, endpoints, happened
):
    endpoints.path.write_text("{")
    until(lambda: happened.all)
    endpoints.path.unlink()
    endpoints.add("erp", receivers[0].url)
    tell(ledger, "a")
    until(lambda: receivers[0].keys == ["a"])
    assert len(happened.all) == 1
