"""What stands for a request for ever: a program that is newer must come to the same.

The sums below were made once and are never to change; where one does, a client that repeats a
request after an upgrade hears of a conflict instead of what was done, and asks under a new key.
"""

from __future__ import annotations

import pytest

from regulars.ledger.command import (
    Capture,
    Define,
    Expire,
    Floor,
    Hold,
    Leg,
    Limit,
    Note,
    Post,
    Release,
    Reverse,
    TakeBack,
    Taken,
    Told,
    Void,
    digest_of_body,
    digest_of_key,
)

LEGS = (Leg("points", "issuer", -50), Leg("points", "customer:7", 50, 1_800_000_000_000_000))
FROZEN = [
    (Define(key="d", asset="points"), "0149772e1a4a638ffd53cdc5eb318c4e"),
    (Floor(key="f", asset="points", owner="shop", floor=None), "007a6709e3ad56205cd05e0f25b899a4"),
    (
        Note(key="n", events=(Told("Points Earned", 7, {"points": 50}),), about={"b": 1, "a": [2]}),
        "db4c27fb0e66526332e1dc4a6a8fd63c",
    ),
    (
        Post(key="p", legs=LEGS, limits=(Limit("spring", "customer:7", 1),), assets=("points",)),
        "b7313e2fb1a559307a3ae84801c1a535",
    ),
    (
        Hold(key="h", owner="order:A1", legs=LEGS, expires_at=1_800_000_000_000_000),
        "432fde34de9640e897614d9b1db19817",
    ),
    (Capture(key="c", hold=5, amounts={"points": 30}), "eb981609cfe3d1a69ac9b29c315cd6af"),
    (Void(key="v", hold=5), "b4f3444f2e2abcba186f8847445f7e24"),
    (Reverse(key="r", n=4), "24eacca8e64f3de6551000becb14e1e1"),
    (
        TakeBack(key="t", entries=(Taken(4, {"points": 1}), Taken(3)), legs=LEGS),
        "5af8bbb18aab7e813cb7ab127a8a29c1",
    ),
    (Expire(key="e", asset="points", lots=(3, 4)), "41ff914ac3afccd430c0371d14eb7443"),
    (Release(key="l", most=7), "77c093c44dd01f35277b9e12239903d8"),
]


def test_a_key_stands_for_who_asks_and_what_they_called_it():
    assert digest_of_key("key:web", "A1").hex() == "94bff0761cd9642eec62195b928c6de1"


@pytest.mark.parametrize(("command", "digest"), FROZEN)
def test_a_body_has_the_digest_that_it_always_had(command, digest):
    assert digest_of_body(command).hex() == digest


def test_what_is_told_though_it_is_so_by_default_changes_nothing():
    assert digest_of_body(Expire(key="k", asset="points", most=500, lots=())) == digest_of_body(
        Expire(key="k", asset="points")
    )
    assert digest_of_body(Expire(key="k", asset="points", most=501)) != digest_of_body(
        Expire(key="k", asset="points")
    )


def test_commands_of_two_kinds_are_two_though_their_fields_are_the_same():
    assert digest_of_body(Define(key="k", asset="points")) != digest_of_body(
        Expire(key="k", asset="points")
    )
