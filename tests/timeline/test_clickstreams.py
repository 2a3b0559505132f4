"""Two real click-streams by the command line, held against plain Python over their files."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from command_line import as_json, regulars

pytestmark = pytest.mark.shared

CHECKOUT = Path(__file__).parents[2]
GAP = 1800
BIN = 1 / 256
VIEW, ADD, BUY = "Product Viewed", "Product Added", "Product Purchased"

Entry = tuple[int, str]
"""Seconds since 1970, name."""


@dataclass(frozen=True)
class Stream:
    """A click-stream as its file tells it, and the home that it was taken into.

    Attributes:
        customers: each one's entries in the order of time; those of a second as the file has them.
        home: of the shop.
        imported: what the import said.
        last_line: number of the file's last line.
    """

    customers: dict[str, list[Entry]]
    home: Path
    imported: dict[str, Any]
    last_line: int

    def ask(self, *asked: str) -> dict[str, Any]:
        """What a verb answers."""
        return _answer(self.home, *asked)

    @property
    def sessions(self) -> list[list[Entry]]:
        """The sessions of all customers, half an hour without an entry apart."""
        found = []
        for entries in self.customers.values():
            session = [entries[0]]
            for before, entry in pairwise(entries):
                if entry[0] - before[0] > GAP:
                    found.append(session)
                    session = []
                session.append(entry)
            found.append(session)
        return found


@cache
def _answer(home: Path, *asked: str) -> dict[str, Any]:
    return as_json("--home", home, *asked)


def _rees46(path: Path) -> Iterable[tuple[str, int, str]]:
    names = {"view": VIEW, "cart": ADD, "remove_from_cart": "Product Removed", "purchase": BUY}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["user_session"] is not None:  # the last line breaks off before it
                at = datetime.fromisoformat(row["event_time"].replace(" UTC", "+00:00"))
                second = int(at.timestamp())
                yield row["user_id"], second, names[row["event_type"]]


def _taobao(path: Path) -> Iterable[tuple[str, int, str]]:
    names = {"pv": VIEW, "cart": ADD, "fav": "Product Added to Wishlist", "buy": BUY}
    with path.open(newline="") as file:
        for user, _, _, word, second in csv.reader(file):
            yield user, int(second), names[word]


FILES: dict[str, tuple[str, Callable[[Path], Iterable[tuple[str, int, str]]]]] = {
    "rees46": ("events/rees46_2019_10_head.csv", _rees46),
    "taobao": ("events/taobao_user_behavior_2h.csv", _taobao),
}


@pytest.fixture(scope="module", params=list(FILES))
def stream(
    request: pytest.FixtureRequest,
    shared: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Stream:
    name, read = FILES[request.param]
    path = shared(name)
    customers: dict[str, list[Entry]] = {}
    for user, second, what in read(path):
        customers.setdefault(user, []).append((second, what))
    for entries in customers.values():
        entries.sort(key=lambda entry: entry[0])
    home = tmp_path_factory.mktemp("clicks") / request.param
    regulars("init", home)
    imported = as_json("--home", home, "import", path)["files"][0]
    with path.open("rb") as file:
        lines = sum(1 for _ in file)
    return Stream(customers, home, imported, lines)


def _quantile(values: list[int], share: float) -> float:
    """The smallest value that so many do not exceed."""
    return sorted(values)[max(ceil(share * len(values)), 1) - 1]


def test_every_line_is_taken_in_but_the_one_that_is_cut_off_and_that_is_named(
    stream: Stream,
) -> None:
    told = stream.imported
    assert told["accepted"] == sum(map(len, stream.customers.values()))
    assert told["customers"] == len(stream.customers)
    rejected = stream.ask("rejects")["rows"]
    if told["format"] == "user_behavior":
        assert (told["rejected"], rejected) == (0, [])
        return
    assert told["rejected"] == 1
    assert [(row["line"], row["reason"]) for row in rejected] == [
        (stream.last_line, "wrong_cell_count")
    ]
    assert rejected[0]["value"] == "8 cells, 9 headers"


def test_sessions_are_those_of_plain_python(stream: Stream) -> None:
    told, sessions = stream.ask("sessions"), stream.sessions
    (row,) = told["tables"]["overall"]
    sizes = [len(one) for one in sessions]
    long = [one[-1][0] - one[0][0] for one in sessions if len(one) > 1]
    assert row == {
        "sessions": len(sessions),
        "customers": len(stream.customers),
        "sessions_per_customer": pytest.approx(len(sessions) / len(stream.customers)),
        "entries": sum(sizes),
        "entries_per_session": pytest.approx(sum(sizes) / len(sessions)),
        "single_share": pytest.approx(sizes.count(1) / len(sessions)),
        "median_minutes": pytest.approx(_quantile(long, 0.5) / 60, rel=BIN),
        "p90_minutes": pytest.approx(_quantile(long, 0.9) / 60, rel=BIN),
        # Neither stream numbers its orders: a purchase is an event.
        **dict.fromkeys(("ordered", "ordered_share", "orders", "orders_outside")),
    }


def test_hours_and_first_and_last_entries_are_those_of_plain_python(stream: Stream) -> None:
    told, sessions = stream.ask("sessions")["tables"], stream.sessions
    zone = ZoneInfo("Asia/Shanghai")
    hours = Counter(datetime.fromtimestamp(one[0][0], zone).hour for one in sessions)
    assert {row["hour"]: row["sessions"] for row in told["hours"]} == hours
    (day,) = told["days"]
    assert day["sessions"] == len(sessions)
    first = Counter(one[0][1] for one in sessions)
    last = Counter(one[-1][1] for one in sessions)
    alone = Counter(one[0][1] for one in sessions if len(one) == 1)
    assert {row["step"]: (row["entered"], row["left"]) for row in told["steps"]} == {
        name: (first[name], last[name]) for name in first | last
    }
    for row in told["steps"]:
        if row["entered"]:
            share = alone[row["step"]] / first[row["step"]]
            assert row["single_share"] == pytest.approx(share)
    assert told["sources"] == []


def test_what_a_few_hours_cannot_tell_is_said(stream: Stream) -> None:
    told, sessions = stream.ask("sessions"), stream.sessions
    times = [second for entries in stream.customers.values() for second, _ in entries]
    begins, ends = min(times), max(times)
    touching = sum(one[0][0] - begins <= GAP or ends - one[-1][0] <= GAP for one in sessions)
    assert told["facts"]["at_edge"] == touching
    said = " ".join(told["says"]["en"])
    hours, rest = divmod(ends - begins, 3600)
    assert f"Only {hours} hours {rest // 60} minutes are known" in said
    assert f"{touching / len(sessions):.0%} of the sessions lie so near to the edge" in said
    assert "which sessions end with one is not observable" in said
    assert "where visits come from is not observable" in said


def _ways(
    units: list[list[Entry]], depth: int, *, to: str | None = None, begin: str | None = None
) -> Counter[str]:
    """The ways of the units, repeats folded; from the first entry, or from or to a name."""
    found: Counter[str] = Counter()
    for unit in units:
        names = [name for _, name in unit]
        anchor = to or begin
        if anchor is not None and anchor not in names:
            continue
        place = names.index(anchor) if anchor is not None else 0
        names = names[place::-1] if to else names[place:]
        way = [name for n, name in enumerate(names) if n == 0 or names[n - 1] != name][:depth]
        found[" → ".join(reversed(way) if to else way)] += 1
    return found


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ((), {}),
        (("--to-step", BUY), {"to": BUY}),
        (("--from-step", ADD, "--depth", "3"), {"begin": ADD}),
    ],
    ids=["start", "to", "from"],
)
def test_paths_are_those_of_plain_python(
    stream: Stream, asked: tuple[str, ...], wanted: dict[str, str]
) -> None:
    depth = 3 if "--depth" in asked else 5
    told = stream.ask("paths", "--top", "1000", *asked)
    ways = _ways(stream.sessions, depth, **wanted)
    assert {row["path"]: row["units"] for row in told["tables"]["paths"]} == ways
    total = sum(ways.values())
    assert told["facts"]["paths"] == total
    assert told["facts"]["without_anchor"] == len(stream.sessions) - total
    nodes: Counter[tuple[int, str]] = Counter()
    ended: Counter[tuple[int, str]] = Counter()
    edges: Counter[tuple[int, str, str]] = Counter()
    for way, units in ways.items():
        steps = way.split(" → ")
        steps = steps[::-1] if "to" in wanted else steps
        for nth, name in enumerate(steps, 1):
            nodes[nth, name] += units
            if nth == len(steps) and nth < depth:
                ended[nth, name] += units
            elif nth < len(steps):
                pair = (steps[nth], name) if "to" in wanted else (name, steps[nth])
                edges[nth, *pair] += units
    rows = told["tables"]["nodes"]
    assert {(row["step"], row["name"]): row["units"] for row in rows} == nodes
    stops = {(row["step"], row["name"]): row["ended"] for row in rows if row["ended"]}
    assert stops == ended
    assert {
        (row["step"], row["from"], row["to"]): row["units"] for row in told["tables"]["edges"]
    } == edges


def test_customers_paths_are_those_of_plain_python(stream: Stream) -> None:
    # Half an hour from the customer's first entry, its end included.
    units = [
        [entry for entry in entries if entry[0] - entries[0][0] <= GAP]
        for entries in stream.customers.values()
    ]
    told = stream.ask("paths", "--per", "customer", "--window", "30m", "--top", "1000")
    assert {row["path"]: row["units"] for row in told["tables"]["paths"]} == _ways(units, 5)


def _furthest(entries: list[Entry], steps: tuple[str, ...], window: int) -> int:
    """How many of the steps a customer takes in order, within the window from the first.

    At one second an entry that is an earlier step comes first.
    """
    ranked = sorted((second, steps.index(name)) for second, name in entries if name in steps)
    best = 0
    for place, (begun, step) in enumerate(ranked):
        if step != 0:
            continue
        reached = 1
        for second, other in ranked[place + 1 :]:
            if reached < len(steps) and other == reached and second - begun <= window:
                reached += 1
        best = max(best, reached)
    return best


def test_the_funnel_is_that_of_plain_python(stream: Stream) -> None:
    steps = (VIEW, ADD, BUY)
    told = stream.ask("funnel", "--steps", ", ".join(steps), "--window", "1h")
    far = [_furthest(entries, steps, 3600) for entries in stream.customers.values()]
    reached = [sum(one >= step for one in far) for step in (1, 2, 3)]
    assert [row["reached"] for row in told["tables"]["steps"]] == reached
    by_session = stream.ask(
        "funnel", "--steps", ", ".join(steps), "--window", "1h", "--per", "session"
    )
    far = [_furthest(session, steps, 3600) for session in stream.sessions]
    assert [row["reached"] for row in by_session["tables"]["steps"]] == [
        sum(one >= step for one in far) for step in (1, 2, 3)
    ]


def test_the_page_tells_these_figures(stream: Stream) -> None:
    page = " ".join((CHECKOUT / "docs" / "timeline.md").read_text("utf-8").split())
    sessions = stream.sessions
    told = stream.ask("sessions")
    (row,) = told["tables"]["overall"]
    figures = [
        f"{stream.imported['accepted']:,}",
        f"{len(stream.customers):,}",
        f"{len(sessions):,}",
        f"{row['median_minutes']:.1f} min",
        f"{row['p90_minutes']:.1f} min",
        f"{row['single_share']:.0%}",
        f"{told['facts']['at_edge'] / len(sessions):.0%}",
    ]
    ways = _ways(sessions, 5, to=BUY)
    figures.append(f"{sum(ways.values()):,}")
    assert [one for one in figures if one not in page] == []


def test_the_parts_add_up_to_the_whole(stream: Stream) -> None:
    told = stream.ask("sessions")["tables"]
    (row,) = told["overall"]
    for table in ("days", "hours"):
        assert sum(one["sessions"] for one in told[table]) == row["sessions"]
    for column in ("entered", "left"):
        assert sum(one[column] for one in told["steps"]) == row["sessions"]
