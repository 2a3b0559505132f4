"""A million messages, a fifth of them again, and kill -9 by the hundred: `make soak`.

`REGULARS_EVENTS=1000000` messages, `REGULARS_EVENT_KILLS=200` kills at places drawn from
`REGULARS_KILL_SEED`: between sync and reply, during absorbing, settling and compacting, or at any
instant of processor time.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from intake.events.shop import EventShop
from intake.events.taking import PER_REQUEST, acknowledged
from intake.events.test_killed import PLACES
from regulars.app.rebuild import rebuild
from soak.killing import cpu_of

TESTS = Path(__file__).parents[1]
EVENTS = int(os.environ.get("REGULARS_EVENTS", "1000000"))
KILLS = int(os.environ.get("REGULARS_EVENT_KILLS", "200"))
SEED = int(os.environ.get("REGULARS_KILL_SEED", "20261122"))


def test_everything_acknowledged_is_there_once_whatever_was_killed(tmp_path: Path) -> None:
    home = tmp_path / "shop"
    rng = random.Random(SEED)
    kills = 0
    while kills < KILLS:
        place = rng.choice((*PLACES, "cpu"))
        count = 1 + int(rng.expovariate(1 / 3))
        before = acknowledged(home)
        died = _run(home, place, count, seconds=rng.uniform(1, 8))
        assert before <= acknowledged(home), (SEED, kills, place, count)
        if not died:
            break
        kills += 1
    assert not _run(home, "", 0, seconds=0)
    assert len(acknowledged(home)) == -(-EVENTS // PER_REQUEST)
    with EventShop(home) as shop:
        told = shop.warehouse.sql(
            "SELECT count(*) AS n, count(DISTINCT (connection, message_id)) AS met FROM events"
        ).to_pylist()
        assert told == [{"n": EVENTS, "met": EVENTS}]
        accounts = shop.accounts().values()
        assert sum(accepted for accepted, *_ in accounts) == EVENTS
        assert sum(duplicate for _, duplicate, _ in accounts) > 0
        assert shop.landing.verify() == []
    done = rebuild(shop.home, lambda _: None)
    assert done.identical, done.differing


def _run(home: Path, place: str, count: int, *, seconds: float) -> bool:
    """Run until killed or done; whether it was killed."""
    failpoint = f"{place}:kill:{count}" if place not in ("", "cpu") else ""
    running = subprocess.Popen(
        [sys.executable, "-m", "intake.events.taking", str(home), str(SEED), str(EVENTS), "0.2"],
        cwd=TESTS,
        env=os.environ | {"REGULARS_FAILPOINT": failpoint},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if place == "cpu":
        with suppress(OSError):
            while running.poll() is None and cpu_of(running.pid) < seconds:
                os.sched_yield()
        running.send_signal(signal.SIGKILL)
    _, err = running.communicate()
    assert running.returncode in (0, -signal.SIGKILL), err
    return running.returncode != 0
