"""Messages: the same whenever they are made, named as Standard Webhooks names them."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import regulars.benefit
from regulars.delivery.webhook.message import messages_of, probe_body, type_of, wants_expiries
from regulars.delivery.webhook.retry import DELAYS, rest, seconds_to_next
from regulars.engines.store_relay import TellingRow
from regulars.ledger.relay import events_of

AT = 1_772_500_000_000_123
TWO = '{"events":[["Coupon Claimed",7,{"coupon":"spring"}],["Points Earned",9]]}'
ROW = TellingRow(3, AT, TWO, bytes(32), "post")

TYPE = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")


def test_a_message_tells_what_happened_when_and_to_whom():
    first, second = messages_of("book", ROW)
    assert json.loads(first.body) == {
        "type": "coupon.claimed",
        "timestamp": "2026-03-03T01:06:40.000123Z",
        "data": {
            "event": "Coupon Claimed",
            "customer_id": 7,
            "properties": {"coupon": "spring", "journal": 3},
        },
    }
    assert (first.n, first.place, second.n, second.place) == (3, 0, 3, 1)


def test_its_id_is_that_of_the_event_in_the_timeline_and_has_no_full_stop():
    told = messages_of("book", ROW)
    assert [one.id for one in told] == [one.message_id for one in events_of("book", ROW)]
    assert not any("." in one.id for one in told), "it would end there, as it is signed"


def test_it_is_the_same_to_the_last_bit_whenever_it_is_made():
    assert messages_of("book", ROW) == messages_of("book", ROW)


def test_events_are_wanted_by_either_name_or_all():
    first, second = messages_of("book", ROW)
    for events in ((), ("Coupon Claimed",), ("coupon.claimed",)):
        assert first.is_wanted(events)
    assert not second.is_wanted(("Coupon Claimed",))


def test_what_has_expired_is_told_only_to_who_names_it():
    lines = '[["coupon:spring:2","customer:7",9,-1,0],["coupon:spring:2","expired",9,1,1]]'
    row = TellingRow(4, AT, f'{{"lines":{lines},"asset":"coupon:spring:2"}}', bytes(32), "expire")
    (message,) = messages_of("book", row)
    assert json.loads(message.body)["data"] == {
        "event": "Coupon Expired",
        "customer_id": 7,
        "properties": {"coupon": "spring", "version": 2, "count": 1, "journal": 4},
    }
    for events, wanted in (
        ((), False),
        (("Coupon Claimed",), False),
        (("Coupon Expired",), True),
        (("coupon.expired",), True),
    ):
        assert message.is_wanted(events) == wants_expiries(events) == wanted


@given(st.text())
def test_whatever_an_event_is_called_its_type_is_one(event):
    assert TYPE.fullmatch(type_of(event))


def told_by_benefits() -> set[str]:
    """Names of events in the modules of benefits: constants of two words and more, in capitals."""
    found = set()
    for module in pkgutil.walk_packages(regulars.benefit.__path__, "regulars.benefit."):
        kept = list(vars(importlib.import_module(module.name)).values())
        kept += [one for each in kept if isinstance(each, dict) for one in each.values()]
        for value in kept:
            if isinstance(value, str) and re.fullmatch(r"([A-Z][a-z]+ )+[A-Z][a-z]+", value):
                found.add(value)
    return found


def test_every_event_of_benefits_has_a_type_of_its_own_that_names_the_thing():
    events = told_by_benefits()
    assert {"Coupon Claimed", "Points Earned", "Tier Reached"} <= events
    types = {event: type_of(event) for event in events}
    assert not [event for event, one in types.items() if one.startswith("event.")]
    assert len(set(types.values())) == len(types)


def test_the_page_of_webhooks_names_every_event_and_its_type():
    page = (Path(__file__).parents[3] / "docs" / "webhooks_out.md").read_text("utf-8")
    told = {name for event in told_by_benefits() for name in (event, type_of(event))}
    assert not sorted(name for name in told if f"`{name}`" not in page)


def test_the_probe_tells_nothing():
    told = json.loads(probe_body(AT))
    assert told == {"type": "webhook.test", "timestamp": "2026-03-03T01:06:40.000123Z", "data": {}}


def test_tries_end_after_three_days_and_some():
    waits = [seconds_to_next(tries) for tries in range(1, len(DELAYS) + 2)]
    assert waits[-1] is None
    assert sum(wait for wait in waits if wait is not None) == 5 + 300 + 1800 + 75 * 3600


@pytest.mark.parametrize("is_alive", [True, False])
def test_an_endpoint_rests_longer_the_longer_it_fails_and_never_more_than_some_minutes(is_alive):
    rests = [rest(failures, is_alive=is_alive) for failures in range(1, 50)]
    assert rests == sorted(rests)
    assert rests[-1] == 300
    assert rests[0] == (0 if is_alive else 5)


def test_what_an_endpoint_wishes_holds_within_an_hour():
    assert rest(1, is_alive=False, wish=90) == 90
    assert rest(9, is_alive=False, wish=10**6) == 3600
