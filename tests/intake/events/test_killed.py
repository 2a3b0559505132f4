"""kill -9 between any two steps: what was acknowledged is there, once, and rebuilds the same."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

import forked
from intake.events import taking
from intake.events.shop import EventShop
from intake.events.taking import PER_REQUEST, acknowledged, message
from regulars.app.rebuild import rebuild

PLACES = (
    "reply", "absorb.numbered", "absorb.committing", "absorb.committed", "adopt.committing",
    "settle.facts", "settle.written", "settle.logged", "settle.emptied", "settle.committed",
    "settle.discarded", "compact.sorted", "compact.swapping", "compact.swapped",
)  # fmt: skip
MESSAGES = 500


def take(home: Path, failpoint: str = "") -> int:
    """Run the process to its end or death; its exit code."""
    armed = {"REGULARS_FAILPOINT": failpoint}
    done = forked.run(taking.main, str(home), "7", str(MESSAGES), "1", environment=armed)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def check(home: Path, messages: int = MESSAGES) -> None:
    """All of them, once, as they were sent, and the same when made anew."""
    with EventShop(home) as shop:
        rows = shop.events('message_id, name, type, node, "at"')
        assert len({row["message_id"] for row in rows}) == len(rows) == messages
        ids = {number: one for one, number in shop.ids().items()}
        for row in rows:
            sent = message(int(row["message_id"][1:]))
            assert (row["type"], row["name"]) == (sent["type"], sent.get("event"))
            own = sent.get("userId") or sent["anonymousId"]
            assert ids[row["node"]][1] == own
        told = shop.accounts()
        assert sum(accepted for accepted, *_ in told.values()) == messages
        assert sum(rejected for *_, rejected in told.values()) == 0
        assert shop.landing.verify() == []
        assert not shop.absorber.backlog()
    done = rebuild(shop.home, lambda _: None)
    assert done.identical, done.differing
    assert done.tables["events"] == messages
    orders = sum(number % 97 == 5 and number % 41 != 7 for number in range(messages))
    assert done.tables["orders"] == orders


@pytest.mark.parametrize("place", PLACES)
def test_killed_at(place: str, tmp_path: Path) -> None:
    home = tmp_path / "shop"
    assert take(home, f"{place}:kill:{1 + len(place) % 3}") != 0, "never reached"
    before = acknowledged(home)
    assert take(home) == 0
    assert before <= acknowledged(home)
    assert len(acknowledged(home)) == MESSAGES // PER_REQUEST
    check(home)
