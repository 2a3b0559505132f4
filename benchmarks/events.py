"""Absorbing events, its memory, sorting and settling them, and one customer's history.

Absorbing is held against DuckDB's `read_json` of the same messages, a line each, into a table. The
history is asked for as the owner does, from a connection of its own, while events are absorbed and
sorted in other threads; its row tells the 95th of a hundred in `seconds`.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from benchmarks.event_rows import THREE, fill, requests
from benchmarks.timing import Row, Taken, peak_of, taken
from regulars.app.home import Home, make_home
from regulars.engines.duckdb import Warehouse
from regulars.intake.connection import Connections
from regulars.intake.events import table
from regulars.intake.events.absorb import Absorber
from regulars.intake.ids_log import append_ids
from regulars.intake.inbox.writer import InboxWriter
from regulars.intake.landing import Landing
from regulars.intake.vault import Vault
from regulars.timeline.history import COLUMNS

EVENTS, FULL_EVENTS = 100_000, 1_000_000
LONG, FULL_LONG = 500_000, 10_000_000
STORE, FULL_STORE = 2_000_000, 50_000_000
ASKED = 300
_PER_FRAME = 20


def measure(folder: Path, *, full: bool) -> list[Row]:
    """All of it."""
    return [
        *_absorbing(folder, FULL_EVENTS if full else EVENTS),
        *_long(folder, FULL_LONG if full else LONG),
        *_history(folder, FULL_STORE if full else STORE),
    ]


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Absorber, InboxWriter]]:
    """A shop's absorber and a writer of its inbox."""
    make_home(folder)
    home = Home.open(folder)
    Connections(home.keys).add("web", "events")
    with Vault.open(home.keys) as vault, Warehouse.own(home.warehouse, home.settings.engine) as own:
        writer = InboxWriter(home.inbox, vault)
        yield Absorber(own, Landing(home.landing), vault, home.settings), writer
        writer.close()


def absorb_all(absorber: Absorber) -> None:
    """Until nothing waits."""
    while absorber.backlog():
        absorber.absorb()


def _receive(writer: InboxWriter, count: int, seed: int) -> None:
    coming = requests(count, seed=seed)
    while some := list(islice(coming, _PER_FRAME)):
        writer.append(some)


def _absorbing(folder: Path, count: int) -> list[Row]:
    with opened(folder / "absorbing") as (absorber, writer):
        _receive(writer, count // 10, 1)
        absorb_all(absorber)
        _receive(writer, count, 2)
        ours = taken(lambda: absorb_all(absorber))
    lines = folder / "messages.jsonl"
    with lines.open("w") as file:
        for request in requests(count, seed=2):
            file.writelines(json.dumps(one) + "\n" for one in json.loads(request.body)["batch"])
    with Warehouse.own(folder / "bare.duckdb") as bare:
        read = f"CREATE TABLE told AS FROM read_json('{lines}', format = 'newline_delimited')"
        held = taken(lambda: bare.execute(read))
    note = f"{count / ours.work:,.0f} events a second of work, {count / ours.clock:,.0f} by clock"
    return [Row("absorbing", f"{count:,} events", ours, held, "read_json", "", note)]


_LONG = """
import sys, resource
from pathlib import Path
from benchmarks import events
events.absorb_long(Path(sys.argv[1]), int(sys.argv[2]))
"""


def absorb_long(folder: Path, count: int) -> None:
    """Receive, absorb and sort in turn, and say what memory is taken after each tenth."""
    with opened(folder) as (absorber, writer):
        for tenth in range(10):
            _receive(writer, count // 10, tenth + 1)
            absorb_all(absorber)
            while absorber.compact():
                pass
            print(f"  {(tenth + 1) * count // 10:,} events absorbed: {_resident():.2f} GB")
        settling = taken(absorber.settle)
        print(f"  settling what was left: {settling.clock:.1f} s")


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1024**3


def _long(folder: Path, count: int) -> list[Row]:
    took, peak = peak_of(_LONG, str(folder / "long"), str(count))
    return [Row("received, absorbed, sorted", f"{count:,} events", took, note=f"{peak:.2f} GB")]


def _history(folder: Path, rows: int) -> list[Row]:
    with opened(folder / "history") as (absorber, writer):
        people = fill(absorber.warehouse, rows)
        append_ids(absorber.landing.folder, [("shop", "the last", people + 1)])
        _receive(writer, 1_000, 1)
        absorb_all(absorber)  # what was met is read before
        rng = random.Random(1)

        def three() -> list[int]:
            first = THREE + 3 * rng.randrange(people // 30)
            return [first, first + 1, first + 2]

        kinds: list[tuple[str, Callable[[], list[int]]]] = [
            ("one number", lambda: [rng.randrange(1, people)]), ("three numbers", three),
        ]  # fmt: skip
        found = []
        with absorber.warehouse.cursor() as asking:
            for name, numbers in kinds:
                found.append(_asked(asking, f"history, {name}", rows, numbers))
            for name, numbers in kinds:
                what = f"history, {name}, written"
                # The vault belongs to this thread: this one writes, another one asks.
                with ThreadPoolExecutor(1) as other:
                    asked = other.submit(_asked, asking, what, rows, numbers)
                    _write_until(asked, absorber, writer)
                    found.append(asked.result())
        return found


def _write_until(asked: Future[Row], absorber: Absorber, writer: InboxWriter) -> None:
    """Meanwhile events come in by the two thousand, are absorbed and sorted."""
    coming = requests(10_000_000, seed=7)
    while not asked.done():
        writer.append(list(islice(coming, _PER_FRAME)))
        absorb_all(absorber)
        absorber.compact()


def _asked(asking: Warehouse, what: str, rows: int, numbers: Callable[[], list[int]]) -> Row:
    clocks = []
    worked = time.thread_time()
    for _ in range(ASKED):
        whose = numbers()
        began = time.perf_counter()
        table.history(asking, whose, None, 51, COLUMNS)
        clocks.append(time.perf_counter() - began)
    worked = time.thread_time() - worked
    clocks.sort()
    p50, p95 = (clocks[int(ASKED * share)] for share in (0.5, 0.95))
    note = f"p50 {p50 * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms"
    return Row(what, f"{rows:,} events", Taken(p95, worked / ASKED), goal="<0.02", note=note)
