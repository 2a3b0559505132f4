"""What the server gives by itself, one process: `python -m regulars.edges.serve.rewarding HOME`.

It looks at what has come in through the owner's door and asks the book beside the teller, as
`regulars benefit run` does, so that neither of them has to do anything for it. It may be killed at
any time: what it has given has a key, and is not given again.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from regulars.app.rewarding.pace import Pace
from regulars.edges.serve import sockets
from regulars.edges.serve.log import describe, log, places
from regulars.edges.serve.parent import CANNOT, end_with_parent
from regulars.errors import HomeBusy, RegularsError

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.app.rewarding.pace import Pass
    from regulars.engines.duckdb import Warehouse

FILE = "rewarding.json"
"""In the home's `run/`."""
_NICE = 5
"""Answers come first, where the processor is short."""
_WAITS = 1.0
"""Seconds until it is looked again for an owner who is starting, or has lent the warehouse."""


class RewardingFigures(msgspec.Struct, omit_defaults=True):
    """What is told of it by `/health` and `/metrics`.

    Attributes:
        passes: since the server began.
        given: times that rules gave something, in these.
        refused: times that a limit, a stock or a budget had come to its end.
        failures: passes that failed.
        last_at: when the last one ended (UNIX time); 0: none has.
        last_seconds: that it took.
        failing: why the last one failed; empty if it did not.
    """

    passes: int = 0
    given: int = 0
    refused: int = 0
    failures: int = 0
    last_at: float = 0.0
    last_seconds: float = 0.0
    failing: str = ""


def figures_of(running: Path) -> RewardingFigures | None:
    """What the process has left in the home's `run/`; None where nothing was given ever."""
    try:
        return msgspec.json.decode((running / FILE).read_bytes(), type=RewardingFigures)
    except (OSError, msgspec.DecodeError):
        return None


class Rewarder:
    """Does what is due.

    Args:
        home: of the shop.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        settings = home.settings
        self._pace = Pace(settings.shop.time_zone, settings.benefits.reward_every)
        self.figures = RewardingFigures()

    def look(self) -> bool:
        """Do what is due, if anything; what fails is logged, and tried again later.

        Whether it could be looked comes back.
        """
        began = time.time()
        try:
            return self._look(began)
        except HomeBusy:  # an import, or the warehouse is being made anew
            return False
        except Exception as error:
            rest = self._pace.failed(began)
            if not self.figures.failing:
                log("rewarding", "failed", "error", error=describe(error), at_lines=places(error),
                    again_after_seconds=round(rest))  # fmt: skip
            self.figures.failures += 1
            self.figures.failing = describe(error)
            self._tell()
            return True

    def _look(self, now: float) -> bool:
        published = self._published()
        if published is None:
            return True
        from regulars.engines.remote import connect

        # Never the file itself: it is the owner's, also while that is being started again.
        warehouse = connect(self._home.warehouse)
        if warehouse is None:
            return False
        with warehouse:
            if (what := self._pace.due(now, self._news(warehouse, published))) is not None:
                self._do(what, warehouse, published, now)
        return True

    def _do(self, what: Pass, warehouse: Warehouse, published: int, now: float) -> None:
        from regulars.app.as_of import refresh
        from regulars.app.rewarding.rewarding import RECENT_DAYS, reward
        from regulars.app.store import open_store
        from regulars.ledger.ledger import Ledger

        began = time.monotonic()  # what the program takes to load is no load of the shop's
        # What was settled is news, too: it is to be known before it is noted what was seen.
        refresh(warehouse, self._home)
        news = self._news(warehouse, published)
        days = None if what == "whole" else RECENT_DAYS
        with open_store(self._home) as store, Ledger(store) as ledger:
            done = reward(warehouse, self._home, ledger, days=days, gives_way=True)
        seconds = time.monotonic() - began
        self._pace.did(what, now, news, seconds)
        rows = done.tallies.as_dict()
        given = sum(row["times"] for row in rows)
        refused = sum(sum(row.get("refused", {}).values()) for row in rows)
        figures = self.figures
        figures.passes += 1
        figures.given += given
        figures.refused += refused
        figures.last_at, figures.last_seconds = round(time.time(), 3), round(seconds, 3)
        figures.failing = ""
        self._tell()
        if given or refused or done.merged or done.taken_back.orders:
            log("rewarding", "gave what was due", given=given, refused=refused,
                merged=done.merged, taken_back=done.taken_back.orders,
                seconds=figures.last_seconds)  # fmt: skip

    def _published(self) -> int | None:
        """The entry that published last; None where the shop has nothing to do with benefits."""
        from regulars.app.store import has_store, open_store
        from regulars.engines.store_benefits import BenefitRows

        if not has_store(self._home):
            return None
        with open_store(self._home) as store, store.read() as connection:
            rows = BenefitRows(connection)
            published = rows.last_published()
            return published if published or rows.has_customers() else None

    def _news(self, warehouse: Warehouse, published: int) -> str:
        """Another text whenever events, files, stages or rules are new."""
        from regulars.intake.events import ledger
        from regulars.intake.landing import Landing

        told = [Landing(self._home.landing).head(), str(published)]
        if warehouse.has(ledger.STATE):
            state = ledger.state(warehouse)
            told += [state.generation, str(state.seq)]
        if warehouse.has("understood"):
            told += map(str, warehouse.sql("SELECT * FROM understood").to_pylist())
        return " ".join(told)

    def _tell(self) -> None:
        sockets.tell(self._home.running / FILE, self.figures)


def keep_rewarding(home: Home) -> None:
    """Look again and again, until the process is ended."""
    (home.running / FILE).unlink(missing_ok=True)
    rewarder, pause = Rewarder(home), threading.Event()
    every = float(home.settings.benefits.reward_every)
    while True:
        pause.wait(every if rewarder.look() else min(every, _WAITS))


def main() -> None:
    """Give what is due in the home that is named; leaves with `CANNOT` where that is no use."""
    from regulars.app.home import Home

    end_with_parent()
    os.nice(_NICE)
    try:
        keep_rewarding(Home.open(Path(sys.argv[1])))
    except (RegularsError, OSError) as error:
        log("rewarding", "cannot work", "error", error=describe(error))
        sys.exit(CANNOT)


if __name__ == "__main__":
    main()
