"""Sending: each message is heard at least once, in the journal's order, whoever fails meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from delivery.webhook.receiver import Receiver, answer, drop
from regulars.delivery.webhook import sending
from regulars.delivery.webhook.calling import Answer
from regulars.delivery.webhook.endpoints import Endpoint, Endpoints
from regulars.delivery.webhook.retry import DELAYS
from regulars.delivery.webhook.sending import Sender, Sent
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store
from regulars.engines.store_relay import RelayRows
from regulars.engines.store_webhooks import AttemptRow, WebhookRows
from regulars.ledger.command import NEVER, Define, Leg, Post, Told
from regulars.ledger.ledger import Ledger
from regulars.settings import WebhookSettings

AT = 1_772_500_000_000_000
SECOND = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> int:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += int(seconds * SECOND)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(request, tmp_path, clock) -> Iterator[Ledger]:
    """On a file; in both databases, one after the other, where the test names `store`."""
    with ExitStack() as open_:
        if "store" in request.fixturenames:
            store: Store = request.getfixturevalue("store")
        else:
            store = open_.enter_context(SqliteStore.open(tmp_path / "own.sqlite"))
        ledger = open_.enter_context(Ledger(store, clock))
        ledger.ask(Define(key="points", asset="points"), "cli")
        clock.sleep(1)
        yield ledger


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def endpoint(tmp_path, receiver, ledger, clock) -> Endpoint:
    return Endpoints(tmp_path, clock).add("erp", receiver.url)


def sender_of(endpoint: Endpoint, ledger: Ledger, receiver: Receiver) -> Sender:
    return Sender(
        endpoint.id, ledger.store, receiver.rules, write=ledger.beside, now=ledger.now
    )  # fmt: skip


@pytest.fixture
def sender(endpoint, ledger, receiver) -> Sender:
    return sender_of(endpoint, ledger, receiver)


def tell(ledger: Ledger, *keys: str, event: str = "Points Earned", twice: bool = False) -> None:
    """A post for each key, that tells an event of it; or two."""
    legs = (Leg("points", "issuer", -1), Leg("points", "customer:7", 1))
    for key in keys:
        events = [Told(event, 7, {"key": key})]
        if twice:
            events.append(Told(event, 7, {"key": f"{key}'"}))
        ledger.ask(Post(key=key, legs=legs, events=tuple(events)), "cli")


def rows(store: Store, endpoint: Endpoint) -> tuple[int | None, list[AttemptRow]]:
    with store.read() as connection:
        own = WebhookRows(connection, endpoint.id)
        return own.cursor(), own.attempts(1000)


def all_of(sender: Sender, endpoint: Endpoint) -> Sent:
    """Passes until nothing is due."""
    total = Sent()
    while sender.is_due():
        sent = sender.send(endpoint)
        total.heard += sent.heard
        total.missed += sent.missed
        total.said = sent.said or total.said
        if sent.is_gone:
            total.is_gone = True
            break
    return total


def test_events_are_heard_in_the_order_of_the_journal_signed(
    store, ledger, sender, endpoint, receiver, clock
):
    tell(ledger, "a", "b", twice=True)
    assert all_of(sender, endpoint) == Sent(heard=4)
    assert receiver.keys == ["a", "a'", "b", "b'"]
    assert len({one.id for one in receiver.heard}) == 4
    (secret,) = endpoint.live(clock())
    first = receiver.heard[0]
    assert first.headers["webhook-timestamp"] == str(clock() // SECOND)
    assert first.headers["webhook-signature"].count("v1,") == 1
    assert b'"type":"points.earned"' in first.body
    assert secret not in str(first)
    assert rows(ledger.store, endpoint) == (3, [])
    assert not sender.is_due()


def test_the_library_of_standard_webhooks_verifies_what_is_sent_under_each_live_secret(
    tmp_path, receiver
):
    """By the real clock: the library takes nothing that is older than five minutes."""
    endpoints = Endpoints(tmp_path)
    with SqliteStore.open(tmp_path / "store.sqlite") as store, Ledger(store) as ledger:
        ledger.ask(Define(key="points", asset="points"), "cli")
        old = endpoints.add("erp", receiver.url).secrets[-1].text
        made = endpoints.rotate("erp")
        tell(ledger, "a")
        assert sender_of(made, ledger, receiver).send(made).heard == 1
    (heard,) = receiver.heard
    for secret in (old, made.secrets[-1].text):
        assert heard.verified(secret)["data"]["properties"]["key"] == "a"
    strange = Endpoints(tmp_path).add("other", receiver.url).secrets[-1].text
    with pytest.raises(Exception, match="No matching signature"):
        heard.verified(strange)


def test_what_happened_before_the_endpoint_was_made_is_not_told(ledger, tmp_path, receiver, clock):
    tell(ledger, "before")
    clock.sleep(1)
    endpoint = Endpoints(tmp_path, clock).add("erp", receiver.url)
    tell(ledger, "after")
    sender = sender_of(endpoint, ledger, receiver)
    assert all_of(sender, endpoint) == Sent(heard=1)
    assert receiver.keys == ["after"]


def test_only_events_that_it_wants(ledger, tmp_path, receiver, clock):
    endpoint = Endpoints(tmp_path, clock).add("erp", receiver.url, ["Coupon Claimed"])
    tell(ledger, "a")
    tell(ledger, "b", event="Coupon Claimed")
    tell(ledger, "c")
    sender = sender_of(endpoint, ledger, receiver)
    assert all_of(sender, endpoint) == Sent(heard=1)
    assert receiver.keys == ["b"]
    assert not sender.is_due()


def test_what_is_not_heard_at_first_is_sent_again_before_what_came_later(
    store, ledger, sender, endpoint, receiver, clock
):
    receiver.answers = [answer(500)]
    tell(ledger, "a", "b")
    assert sender.send(endpoint) == Sent(missed=1, said="HTTP 500")
    assert not sender.is_due(), "it is left alone for a moment"
    assert rows(ledger.store, endpoint)[1] == [
        AttemptRow(2, 0, 1, clock() + DELAYS[0] * SECOND, "HTTP 500")
    ]
    clock.sleep(DELAYS[0])
    assert all_of(sender, endpoint) == Sent(heard=2)
    assert receiver.keys == ["a", "a", "b"]
    assert receiver.heard[0].id == receiver.heard[1].id
    assert receiver.heard[0].body == receiver.heard[1].body
    assert rows(ledger.store, endpoint) == (3, [])


def test_a_message_that_is_never_heard_keeps_no_other_back_and_is_given_up_in_the_end(
    ledger, sender, endpoint, receiver, clock
):
    class Picky(list):
        def pop(self, _: int = 0):
            return answer(500 if receiver.keys[-1] == "bad" else 200)

        def __bool__(self) -> bool:
            return True

    receiver.answers = Picky()
    tell(ledger, "bad", "b", "c")
    began = clock()
    while "c" not in receiver.keys:
        sender.send(endpoint)
        clock.sleep(5)
    assert clock() - began <= 60 * SECOND
    for _ in range(30):
        clock.sleep(3600 * 4)
        all_of(sender, endpoint)
    assert receiver.keys.count("bad") == len(DELAYS) + 1
    assert receiver.keys.count("b") == receiver.keys.count("c") == 1
    (given_up,) = rows(ledger.store, endpoint)[1]
    assert (given_up.tries, given_up.next_at) == (len(DELAYS) + 1, NEVER)


def test_given_up_or_not_it_is_sent_at_once_when_somebody_asks(
    store, ledger, sender, endpoint, receiver, clock
):
    receiver.answers = [answer(422)]
    tell(ledger, "a")
    all_of(sender, endpoint)
    with ledger.store.write() as connection:
        own = WebhookRows(connection, endpoint.id)
        own.set_aside([AttemptRow(2, 0, 10, NEVER, "HTTP 500")])
        assert own.send_now(clock()) == 1
    assert all_of(sender, endpoint) == Sent(heard=1)
    assert rows(ledger.store, endpoint)[1] == []


def test_an_endpoint_that_is_away_is_not_called_once_for_each_message(
    ledger, sender, endpoint, receiver, clock
):
    receiver.answers = [drop] * 1000
    tell(ledger, *(str(n) for n in range(40)))
    for _ in range(360):  # an hour
        sender.send(endpoint)
        clock.sleep(10)
    assert len(receiver.heard) < 25
    cursor, missed = rows(ledger.store, endpoint)
    assert len(missed) < 20
    assert cursor is not None
    assert cursor < 30, "what waits stays in its order"
    receiver.answers = []
    clock.sleep(300)
    for _ in range(40):
        all_of(sender, endpoint)
        clock.sleep(3600)
    assert sorted(set(receiver.keys), key=int) == [str(n) for n in range(40)]
    assert rows(ledger.store, endpoint) == (41, [])


def test_one_that_answers_and_refuses_is_told_the_next_at_once(ledger, sender, endpoint, receiver):
    receiver.answers = [answer(422), answer(400)]
    tell(ledger, "a", "b", "c")
    sent = sender.send(endpoint)
    assert (sent.heard, sent.missed) == (1, 2)
    assert receiver.keys == ["a", "b", "c"]


def test_of_a_row_that_tells_several_each_is_kept_and_none_is_heard_twice(
    ledger, sender, endpoint, receiver, clock
):
    receiver.answers = [answer(200), answer(503)]
    with_three = Post(
        key="x",
        legs=(Leg("points", "issuer", -1), Leg("points", "customer:7", 1)),
        events=tuple(Told("Points Earned", 7, {"key": key}) for key in "abc"),
    )
    ledger.ask(with_three, "cli")
    assert sender.send(endpoint) == Sent(heard=1, missed=1, said="HTTP 503")
    clock.sleep(DELAYS[0])
    all_of(sender, endpoint)
    assert receiver.keys == ["a", "b", "b", "c"]
    assert rows(ledger.store, endpoint) == (2, [])


def test_a_row_that_tells_more_than_a_pass_has_time_for_goes_on_in_the_next(
    ledger, sender, endpoint, receiver, monkeypatch
):
    seconds = [0.0]
    monkeypatch.setattr(sending, "time", SimpleNamespace(monotonic=lambda: seconds[0]))

    def slowly(handler):
        seconds[0] += 6
        answer(200)(handler)

    receiver.answers = [slowly] * 6
    with_six = Post(
        key="x",
        legs=(Leg("points", "issuer", -1), Leg("points", "customer:7", 1)),
        events=tuple(Told("Points Earned", 7, {"key": key}) for key in "abcdef"),
    )
    ledger.ask(with_six, "cli")
    tell(ledger, "g")
    assert sender.send(endpoint) == Sent(heard=2), "of ten seconds"
    assert len(rows(ledger.store, endpoint)[1]) == 4
    all_of(sender, endpoint)
    assert receiver.keys == list("abcdefg")
    assert rows(ledger.store, endpoint) == (3, [])


def test_one_that_asks_to_be_left_alone_is(ledger, sender, endpoint, receiver, clock):
    receiver.answers = [answer(429, {"Retry-After": "120"})]
    tell(ledger, "a")
    sender.send(endpoint)
    clock.sleep(119)
    assert not sender.is_due()
    clock.sleep(1)
    assert all_of(sender, endpoint) == Sent(heard=1)


def test_a_clock_that_is_put_back_a_day_does_not_silence_it_for_a_day(
    ledger, sender, endpoint, receiver, clock
):
    receiver.answers = [answer(429, {"Retry-After": "120"})]
    tell(ledger, "a")
    sender.send(endpoint)
    assert not sender.is_due()
    tell(ledger, "b")
    clock.sleep(-86_400)
    assert sender.is_due()
    assert sender.send(endpoint).heard == 1
    assert receiver.keys == ["a", "b"]


def test_one_that_is_gone_is_told_nothing_more_and_nothing_is_lost(
    ledger, sender, endpoint, receiver
):
    receiver.answers = [answer(200), answer(410)]
    tell(ledger, "a", "b", "c")
    sent = sender.send(endpoint)
    assert (sent.heard, sent.is_gone) == (1, True)
    assert receiver.keys == ["a", "b"]
    assert rows(ledger.store, endpoint) == (2, []), "should it come back, b is told first"


def test_gone_while_something_is_sent_again(ledger, sender, endpoint, receiver, clock):
    receiver.answers = [answer(500), answer(410)]
    tell(ledger, "a", "b")
    sender.send(endpoint)
    clock.sleep(DELAYS[0])
    assert sender.send(endpoint).is_gone
    assert receiver.keys == ["a", "a"]
    assert len(rows(ledger.store, endpoint)[1]) == 1


def test_replayed_all_behind_a_row_is_told_again_under_the_same_ids(
    store, ledger, sender, endpoint, receiver, clock
):
    receiver.answers = [answer(200), answer(200), answer(422)]
    tell(ledger, "a", "b", "c")
    all_of(sender, endpoint)
    first = [one.id for one in receiver.heard]
    with ledger.store.write() as connection:
        WebhookRows(connection, endpoint.id).go_back(2)
    assert all_of(sender, endpoint) == Sent(heard=2)
    assert [one.id for one in receiver.heard[3:]] == first[1:]
    clock.sleep(DELAYS[0])
    assert not sender.is_due(), "what was missed was told with the others"


def test_replayed_in_the_middle_of_a_pass_it_is_told_again_all_the_same(
    ledger, sender, endpoint, receiver
):
    tell(ledger, "a", "b")
    all_of(sender, endpoint)

    def replay(handler) -> None:
        with ledger.store.write() as connection:
            WebhookRows(connection, endpoint.id).go_back(1)
        answer(200)(handler)

    receiver.answers = [replay]
    tell(ledger, "c")
    all_of(sender, endpoint)
    assert receiver.keys == ["a", "b", "c", "a", "b", "c"]


def test_what_an_endpoint_does_not_want_any_more_is_not_sent_again(
    ledger, sender, endpoint, receiver, clock
):
    receiver.answers = [answer(500)]
    tell(ledger, "a")
    sender.send(endpoint)
    clock.sleep(DELAYS[0])
    other = msgspec.structs.replace(endpoint, events=("Coupon Claimed",))
    assert all_of(sender, other) == Sent()
    assert len(receiver.heard) == 1
    assert rows(ledger.store, endpoint)[1] == []


def test_broken_off_nothing_is_noted_and_all_comes_again(ledger, endpoint, receiver, clock):
    stopping = threading.Event()
    sender = Sender(
        endpoint.id,
        ledger.store,
        receiver.rules,
        write=ledger.beside,
        now=clock,
        stopping=stopping,
    )
    receiver.answers = [receiver.stall]
    tell(ledger, "a", "b")

    def end() -> None:
        while not receiver.heard:
            receiver.ended.wait(0.01)
        stopping.set()
        sender.abort()

    thread = threading.Thread(target=end)
    thread.start()
    assert sender.send(endpoint) == Sent()
    thread.join()
    assert rows(ledger.store, endpoint) == (1, [])
    assert all_of(sender_of(endpoint, ledger, receiver), endpoint) == Sent(heard=2)


def test_a_journal_that_tells_it_nothing_is_read_once_and_costs_hardly_a_write(
    ledger, tmp_path, receiver, clock
):
    endpoint = Endpoints(tmp_path, clock).add("erp", receiver.url, ["Coupon Claimed"])
    writes: list[Callable] = []

    def write(do: Callable) -> object:
        writes.append(do)
        return ledger.beside(do)

    sender = Sender(endpoint.id, ledger.store, receiver.rules, write=write, now=clock)
    tell(ledger, "first")
    all_of(sender, endpoint)
    before = len(writes)
    for n in range(20):
        tell(ledger, str(n))
        assert sender.is_due()
        all_of(sender, endpoint)
        assert not sender.is_due()
    assert len(writes) == before
    tell(ledger, "wanted", event="Coupon Claimed")
    all_of(sender, endpoint)
    assert receiver.keys == ["wanted"]
    with ledger.store.read() as connection:
        assert rows(ledger.store, endpoint)[0] == RelayRows(connection).book()[1]


def test_in_a_store_that_was_restored_from_before_the_endpoint_only_what_is_new_is_told(
    store, ledger, endpoint, receiver, clock
):
    """Its cursor is not in the backup: the time at which it was made tells where to begin."""
    sender = sender_of(endpoint, ledger, receiver)
    tell(ledger, "a", "b")
    all_of(sender, endpoint)
    with ledger.store.write() as connection:
        WebhookRows(connection, endpoint.id).forget()
    assert all_of(sender_of(endpoint, ledger, receiver), endpoint) == Sent(heard=2)
    assert receiver.keys == ["a", "b", "a", "b"]


def test_an_answer_tells_of_the_message_or_of_the_endpoint():
    assert [Answer(status, "").is_alive for status in (400, 404, 422)] == [True] * 3
    assert [Answer(status, "").is_alive for status in (0, 302, 408, 429, 500)] == [False] * 5


@pytest.mark.parametrize(
    ("place", "heard_before"), [("webhook.heard:kill:2", 2), ("webhook.moved:kill", 3)]
)
def test_killed_between_posting_and_noting_it_the_same_is_posted_again(
    tmp_path, receiver, place, heard_before
):
    file = tmp_path / "store.sqlite"
    endpoints = Endpoints(tmp_path)
    with SqliteStore.open(file) as store, Ledger(store) as ledger:
        ledger.ask(Define(key="points", asset="points"), "cli")
        endpoint = endpoints.add("erp", receiver.url)
        tell(ledger, "a", "b", "c")
    arguments = [sys.executable, __file__, str(tmp_path), str(receiver.port)]
    tests = str(Path(__file__).parents[2])
    armed = os.environ | {"REGULARS_FAILPOINT": place, "PYTHONPATH": tests}
    killed = subprocess.run(arguments, env=armed, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(receiver.heard) == heard_before
    with SqliteStore.open(file) as store, Ledger(store) as ledger:
        all_of(sender_of(endpoint, ledger, receiver), endpoint)
    is_noted = place.startswith("webhook.moved")
    assert receiver.keys == ["a", "b", *([] if is_noted else ["a", "b"]), "c"]
    ids = [one.id for one in receiver.heard]
    assert len(set(ids)) == 3
    if not is_noted:
        assert ids[:2] == ids[2:4]


def send_alone(folder: Path, port: int) -> None:
    """What the process does that is killed."""
    rules = WebhookSettings(allow_private=True, http_hosts=("127.0.0.1",), ports=(port,))
    (endpoint,) = Endpoints(folder).all()
    with SqliteStore.open(folder / "store.sqlite") as store, Ledger(store) as ledger:
        sender = Sender(endpoint.id, store, rules, write=ledger.beside, now=ledger.now)
        sender.send(endpoint)


if __name__ == "__main__":
    send_alone(Path(sys.argv[1]), int(sys.argv[2]))
