"""Whatever a receiver answers, whoever replays and however often the sender begins anew.

Each event is heard in the end, under one id and one body; what never failed is heard in the
journal's order; nothing is left over.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from delivery.webhook.receiver import Heard, Receiver, answer, drop
from property.examples import examples
from regulars.delivery.webhook.endpoints import Endpoints
from regulars.delivery.webhook.sending import Sender
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store_webhooks import WebhookRows
from regulars.ledger.command import NEVER, Define, Leg, Post, Told
from regulars.ledger.ledger import Ledger

AT = 1_772_500_000_000_000
ANSWERS = {200: answer(200), 500: answer(500), 422: answer(422), 429: answer(429), 0: drop}

tells = st.tuples(st.just("tell"), st.integers(1, 3))
waits = st.tuples(st.just("wait"), st.sampled_from([1, 5, 60, 7200]))
passes = st.tuples(st.just("send"), st.lists(st.sampled_from(sorted(ANSWERS)), max_size=6))
replays = st.tuples(st.just("replay"), st.integers(0, 12))
anew = st.tuples(st.just("anew"), st.just(0))


@examples(15)
@given(st.lists(st.one_of(tells, tells, waits, passes, passes, replays, anew), max_size=20))
def test_each_event_is_heard_and_in_order_unless_it_failed(steps):
    now, told, good, failed, has_replayed = [AT], [], [], set(), False
    with (
        Receiver() as receiver,
        tempfile.TemporaryDirectory() as folder,
        SqliteStore.open(Path(folder) / "store.sqlite") as store,
        Ledger(store, lambda: now[0]) as ledger,
    ):
        ledger.ask(Define(key="points", asset="points"), "cli")
        now[0] += 1
        endpoint = Endpoints(Path(folder), lambda: now[0]).add("erp", receiver.url)

        def begin() -> Sender:
            return Sender(
                endpoint.id, store, receiver.rules, write=ledger.beside, now=lambda: now[0]
            )

        def send(statuses: list[int]) -> None:
            """A pass in which the receiver answers so, and well to what comes after."""
            receiver.answers = [ANSWERS[status] for status in statuses]
            before = len(receiver.heard)
            sender.send(endpoint)
            for place, heard in enumerate(receiver.heard[before:]):
                status = statuses[place] if place < len(statuses) else 200
                (good.append if status == 200 else lambda one: failed.add(one.id))(heard)

        sender = begin()
        for what, value in steps:
            if what == "tell":
                legs = (Leg("points", "issuer", -1), Leg("points", "customer:7", 1))
                keys = [f"{len(told)}.{n}" for n in range(value)]
                events = tuple(Told("Points Earned", 7, {"key": key}) for key in keys)
                ledger.ask(Post(key=keys[0], legs=legs, events=events), "cli")
                told += keys
            elif what == "wait":
                now[0] += value * 1_000_000
            elif what == "send":
                send(value)
            elif what == "replay":
                has_replayed = True
                with store.write() as connection:
                    rows = WebhookRows(connection, endpoint.id)
                    rows.begin(rows.last_before(endpoint.made_at))
                    rows.go_back(value)
            else:
                sender = begin()
        for _ in range(400):
            now[0] += 3600 * 1_000_000
            send([])
            if not sender.is_due():
                break
        with store.read() as connection:
            attempts = WebhookRows(connection, endpoint.id).attempts(1000)
        given_up = [one for one in attempts if one.next_at == NEVER]
        assert attempts == given_up

    keys = _keys(good)
    assert set(keys) == set(told)
    by_id = {heard.id: heard.body for heard in receiver.heard}
    assert len(by_id) == len(told)
    assert all(by_id[heard.id] == heard.body for heard in receiver.heard)
    if not has_replayed:
        smooth = [key for key, heard in zip(keys, good, strict=True) if heard.id not in failed]
        assert smooth == sorted(smooth, key=told.index)
        assert len(keys) == len(told), "and once, where nobody dies"


def _keys(heard: list[Heard]) -> list[str]:
    return [json.loads(one.body)["data"]["properties"]["key"] for one in heard]
