"""Whatever the journal tells and wherever a relay dies: the warehouse has each event once.

A relay that dies is one whose next step never comes: what it has written stays, in the inbox and in
the store, and nothing of it is told to the next one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.events.shop import EventShop, batch, track
from property.examples import examples
from regulars.app import relaying
from regulars.app.relaying import Relay
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store
from regulars.engines.store_relay import RelayRows
from regulars.intake.inbox import from_store, writer
from regulars.intake.inbox.writer import InboxWriter
from regulars.ledger.command import Define, Leg, Post, Told
from regulars.ledger.ledger import Ledger

AT = 1_772_500_000_000_000
PLACES = ("inbox.written", "inbox.synced", "relay.appended", "relay.moved")
STEPS = ("relay", "two", "absorb", "settle", "lose", *PLACES)

entries = st.lists(st.lists(st.integers(1, 3), max_size=3), min_size=1, max_size=4)
"""Rows of the journal: of each, the customers of whom it tells an event."""
courses = st.lists(st.tuples(entries, st.sampled_from(STEPS), st.integers(1, 3)), max_size=8)
"""What is posted, what is done then, and how many rows a relay passes on at once."""


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def killed_at(place: str) -> Iterator[None]:
    def reach(reached: str) -> None:
        if reached == place:
            raise Killed

    with patch.object(relaying, "reach", reach), patch.object(writer, "reach", reach):
        yield


class Course:
    """A shop with three customers, and a ledger beside it."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.shop, self.store = EventShop(folder), store
        self.ledger = Ledger(store, lambda: AT)
        self.ledger.ask(Define(key="points", asset="points"), "cli")
        self.shop.take(batch(*(track(f"m{number}", f"u{number}") for number in (1, 2, 3))))
        self.told: list[tuple[int, int]] = []
        """Row of the journal and customer of each event."""

    def post(self, rows: Sequence[Sequence[int]]) -> None:
        for row in rows:
            legs = (Leg("points", "issuer", -1), Leg("points", "customer:1", 1))
            events = tuple(Told("Points Earned", customer, {"points": 1}) for customer in row)
            key = f"after row {self.ledger.head().n}"
            n = self.ledger.ask(Post(key=key, legs=legs, events=events), "cli").n
            self.told += [(n, customer) for customer in row]

    def do(self, step: str, most: int) -> None:
        match step:
            case "relay":
                self.relay(most)
            case "two":
                self.relay(most, beside=True)
            case "absorb":
                self.shop.absorb()
            case "settle":
                self.shop.absorb()
                self.shop.absorber.settle()
            case "lose":
                self.shop.lose_the_warehouse()
            case place:
                with killed_at(place), suppress(Killed):
                    self.relay(most)

    def relay(self, most: int, *, beside: bool = False) -> None:
        with InboxWriter(self.shop.home.inbox, self.shop.vault) as inbox:
            relay = Relay(self.store, inbox, most=most)
            if not beside:
                relay.relay_once()
                return

            def meanwhile(place: str) -> None:
                if place == "relay.appended":
                    with patch.object(relaying, "reach"):
                        self.relay(most)

            with patch.object(relaying, "reach", meanwhile):
                relay.relay_all()

    def finish(self) -> None:
        while self.store_waits():
            self.relay(100)
        self.shop.absorb()

    def store_waits(self) -> bool:
        with self.store.read() as connection:
            rows = RelayRows(connection)
            return rows.cursor(relaying.NAME) < rows.book()[1]

    def found(self) -> list[tuple[int, int]]:
        rows = self.shop.warehouse.sql(
            "SELECT (properties ->> 'journal')::BIGINT AS n, customer_id FROM events"
            f" WHERE connection = '{from_store.CONNECTION}'"
        ).to_pylist()
        return [(row["n"], row["customer_id"]) for row in rows]

    def close(self) -> None:
        self.ledger.close()
        self.shop.close()


def run(course: Course, steps: Sequence[tuple[Any, str, int]]) -> None:
    for rows, step, most in steps:
        course.post(rows)
        course.do(step, most)
        assert set(course.found()) <= set(course.told), "nothing is told that was not done"
    course.finish()
    assert sorted(course.found()) == sorted(course.told)
    content = course.shop.content()["events"]
    course.shop.lose_the_warehouse()
    course.shop.absorb()
    course.shop.absorber.settle()
    assert course.shop.content()["events"] == content


@examples(6)
@given(courses)
def test_each_event_of_the_journal_is_in_the_warehouse_once(steps):
    with tempfile.TemporaryDirectory() as folder, SqliteStore.open(Path(folder) / "store") as store:
        course = Course(Path(folder) / "shop", store)
        try:
            run(course, steps)
        finally:
            course.close()


@pytest.mark.parametrize("place", PLACES)
def test_a_relay_killed_at_each_place_again_and_again(store, tmp_path, place):
    course = Course(tmp_path / "shop", store)
    try:
        run(course, [([[1, 2], [], [3]], place, 2) for _ in range(4)])
    finally:
        course.close()
