"""Funnels, retention and sessions beside ClickHouse and SQL, on the same fifty million events.

Each side is a process of its own and asked in turn, so that what slows one down slows the other.
The answers must be equal. ClickHouse (in process, by `chdb`) has its rows in one part sorted by
customer and time, the names in a dictionary; ours lie in four runs and a tail, as compaction leaves
them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.click_rows import STEPS, fill
from benchmarks.timing import Row, Taken, taken

FULL, TENTH = 50_000_000, 5_000_000
ZONE, DAYS = "Asia/Shanghai", 30
_WINDOW = 7 * 86_400
_GAP = 1800
_RUNS = 5
_GOALS = {
    ("funnel", "chdb"): "1.0", ("retention", "chdb"): "1.0", ("sessions", "chdb"): "1.2",
    ("sessions", "sql"): "0.2",
}  # fmt: skip

Asked = dict[str, Callable[[], Any]]


def measure(folder: Path, *, full: bool = False) -> list[Row]:  # noqa: ARG001 - always at both sizes
    """At a tenth and at full size; and once more while events are written."""
    rows = []
    for count in (TENTH, FULL):
        made = folder / str(count)
        copy = made / "copy"
        copy.mkdir(parents=True)
        _make(made, count)
        with _side("ours", made) as ours, _side("chdb", made) as chdb:
            for what in ("funnel", "retention", "sessions"):
                one, other = _in_turn(ours, chdb, what)
                goal = _GOALS[what, "chdb"]
                rows.append(Row(what, f"{count:,}", one, other, "chdb", goal))
            with _side("sql", made) as sql:
                one, other = _in_turn(ours, sql, "sessions", runs=1)
                rows.append(
                    Row(
                        "sessions",
                        f"{count:,}",
                        one,
                        other,
                        "SQL in DuckDB",
                        _GOALS["sessions", "sql"],
                    )
                )
            quiet = ours("sessions")["clock"]
            beside = statistics.median(ours("sessions while writing")["clock"] for _ in range(3))
            rows.append(
                Row(
                    "sessions while events come in",
                    f"{count:,}",
                    Taken(beside, beside),
                    Taken(quiet, quiet),
                    "the same in quiet",
                    note=f"peak {ours('peak')['answer']:.2f} GB",
                )
            )
    return rows


def _make(folder: Path, count: int) -> None:
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.events import table

    with Warehouse.own(folder / "warehouse.duckdb") as warehouse:
        table.prepare(warehouse)
        fill(warehouse, count, folder / "copy")


def _in_turn(
    one: Callable[[str], dict[str, Any]],
    other: Callable[[str], dict[str, Any]],
    what: str,
    runs: int = _RUNS,
) -> tuple[Taken, Taken]:
    """The pair with the median ratio; the first of each loads and compiles, and counts for none."""
    first = one(what)["answer"], other(what)["answer"]
    if first[0] != first[1]:
        raise SystemExit(f"{what}: the answers differ: {first}")
    pairs = []
    for _ in range(runs):
        told = one(what), other(what)
        pairs.append(tuple(Taken(found["clock"], found["work"]) for found in told))
    ratios = [a.clock / b.clock for a, b in pairs]
    ours, theirs = pairs[ratios.index(statistics.median_low(ratios))]
    return ours, theirs


@contextmanager
def _side(name: str, folder: Path) -> Iterator[Callable[[str], dict[str, Any]]]:
    """A process that is asked by lines; each answer tells how long it took."""
    running = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.timelines", name, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask(what: str) -> dict[str, Any]:
        running.stdin.write(what + "\n")
        running.stdin.flush()
        told: dict[str, Any] = json.loads(running.stdout.readline())
        return told

    try:
        yield ask
    finally:
        running.stdin.close()
        running.stdout.close()
        running.wait()


def _ours(folder: Path) -> Asked:
    import ibis

    from regulars.engines.duckdb import Warehouse
    from regulars.insight.entries import entries
    from regulars.insight.funnel.asked import asked
    from regulars.insight.funnel.counts import count
    from regulars.insight.picture import View
    from regulars.insight.span import Span
    from regulars.settings import Settings
    from regulars.timeline.fold import fold
    from regulars.timeline.funnel import reached_of
    from regulars.timeline.retention import n_day, retention, summed
    from regulars.timeline.sessions import ALL, SESSIONS, SINGLE, Sessions, counted
    from regulars.timeline.sessions import summed as summed_sessions

    warehouse = Warehouse.own(folder / "warehouse.duckdb")
    first, last = date(2025, 10, 1), date(2026, 12, 31)
    view = View(warehouse, Settings(), last)
    span = Span(first, last, ZONE, ())
    steps = asked(", ".join(STEPS))

    def funnel() -> list[int]:
        return reached_of(count(view, span, steps).sums, steps=len(STEPS))

    def retained() -> list[int]:
        known = entries(view)
        rows = known.select("customer_id", "at", mask=ibis.literal(3, "int32"))
        each = retention(first, last, ZONE, n_day(range(DAYS + 1)))
        found = summed(fold(warehouse, rows, each)).to_pylist()
        return [
            sum(row["back"] for row in found if row["interval"] == day) for day in range(DAYS + 1)
        ]

    def sessions() -> list[int]:
        rows = entries(view).select("customer_id", "at")
        found = summed_sessions(fold(warehouse, rows, Sessions(by=(ALL,))))
        return [counted(found, ALL, what).get(0, 0) for what in (SESSIONS, SINGLE)]

    def while_writing() -> list[int]:
        with _written_to(warehouse):
            return sessions()

    return {
        "funnel": funnel,
        "retention": retained,
        "sessions": sessions,
        "sessions while writing": while_writing,
    }


@contextmanager
def _written_to(warehouse: Any) -> Iterator[None]:
    """A thousand events at a time are appended to the tail meanwhile, and taken back at the end."""
    import threading

    from regulars.intake.events import table

    ended = threading.Event()
    tail = next(name for name, state, _ in table.parts(warehouse) if state == "tail")

    def write() -> None:
        with warehouse.cursor() as own:
            while not ended.is_set():
                own.execute(
                    f'INSERT INTO {tail} (seq, node, type, name, "at")'
                    " SELECT -1, 1 + i * 700, 'track', 'Page Viewed', make_timestamptz(0)"
                    " FROM range(1000) a(i)"
                )
            own.execute(f"DELETE FROM {tail} WHERE seq = -1")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()


def _chdb(folder: Path) -> Asked:
    from chdb.session import Session

    session = Session(str(folder / "chdb"))
    session.query(
        "CREATE TABLE ev (customer Int64, name LowCardinality(String), at DateTime64(6, 'UTC'))"
        " ENGINE = MergeTree ORDER BY (customer, at)"
    )
    session.query(f"INSERT INTO ev SELECT customer, name, at FROM file('{folder}/copy/*.parquet')")
    session.query("OPTIMIZE TABLE ev FINAL")
    conditions = ", ".join(f"name = '{step}'" for step in STEPS)
    names = ", ".join(f"'{step}'" for step in STEPS)
    levels = ", ".join(f"countIf(level >= {k})" for k in range(1, len(STEPS) + 1))

    def asked(query: str) -> list[int]:
        return [int(one) for one in str(session.query(query)).strip().split(",")]

    def funnel() -> list[int]:
        return asked(
            f"SELECT {levels} FROM (SELECT customer, windowFunnel({_WINDOW * 1_000_000})("
            f"toUInt64(toUnixTimestamp64Micro(at)), {conditions}) AS level FROM ev"
            f" WHERE name IN ({names}) GROUP BY customer)"
        )

    def retained() -> list[int]:
        days = f"toDate(at, '{ZONE}')"
        counts = ", ".join(f"countIf(offset = {day})" for day in range(DAYS + 1))
        return asked(
            f"SELECT {counts} FROM (SELECT min({days}) AS first, groupUniqArray({days}) AS days"
            f" FROM ev GROUP BY customer) ARRAY JOIN arrayMap(x -> x - first, arrayFilter("
            f"x -> x - first <= {DAYS}, days)) AS offset"
        )

    def sessions() -> list[int]:
        gap = _GAP * 1_000_000
        return asked(
            "SELECT sum(length(sizes)), sum(countEqual(sizes, 1)) FROM (SELECT arrayMap("
            f"x -> length(x), arraySplit((x, d) -> d > {gap}, times, arrayDifference(times)))"
            " AS sizes FROM (SELECT customer, arraySort(groupArray(toUnixTimestamp64Micro(at)))"
            " AS times FROM ev GROUP BY customer))"
        )

    return {"funnel": funnel, "retention": retained, "sessions": sessions}


def _sql(folder: Path) -> Asked:
    """The best SQL for sessions: windows over one table of the same rows, sorted."""
    import duckdb

    connection = duckdb.connect(str(folder / "sql.duckdb"))
    connection.execute("SET memory_limit = '16GB'")
    connection.execute(
        f"CREATE TABLE ev AS FROM read_parquet('{folder}/copy/*.parquet') ORDER BY customer, \"at\""
    )

    def sessions() -> list[int]:
        found = connection.execute(
            f"""
            WITH cut AS (
                SELECT customer, "at",
                       coalesce("at" - lag("at") OVER mine > INTERVAL {_GAP} SECOND, true) AS begins
                FROM ev WINDOW mine AS (PARTITION BY customer ORDER BY "at")
            ), numbered AS (
                SELECT customer, sum(begins::INT) OVER (
                           PARTITION BY customer ORDER BY "at" ROWS UNBOUNDED PRECEDING
                       ) AS session FROM cut
            ), sessions AS (SELECT count(*) AS entries FROM numbered GROUP BY customer, session)
            SELECT count(*), count(*) FILTER (entries = 1) FROM sessions
            """
        ).fetchall()
        return [int(one) for one in found[0]]

    return {"sessions": sessions}


def _answer(side: str, folder: Path) -> None:
    """Answer lines until there are no more."""
    import resource

    asked = {"ours": _ours, "chdb": _chdb, "sql": _sql}[side](folder)
    for line in sys.stdin:
        what = line.strip()
        if what == "peak":
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
            print(json.dumps({"answer": peak, "clock": 0, "work": 0}), flush=True)
            continue
        found: list[Any] = []
        used = taken(lambda what=what, found=found: found.append(asked[what]()))
        told = {"answer": found[0], "clock": used.clock, "work": used.work}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    _answer(sys.argv[1], Path(sys.argv[2]))
