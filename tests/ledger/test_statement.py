"""Statements: page by page every posting once, and no cursor that was not given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.engines.store import Store
from regulars.errors import UnknownValue
from regulars.ledger.command import MOST, Leg, Post
from regulars.ledger.ledger import Ledger
from regulars.ledger.statement import _cursor, _heads

NEW_YEAR = 1_798_732_800_000_000
DAY = 86_400_000_000


@pytest.fixture
def ledger(store: Store):
    with Ledger(store, lambda: NEW_YEAR) as ledger:
        yield ledger


def earn(key: str, lots: range, owner: str = "customer:7") -> Post:
    legs = (
        Leg("points", "issuer", -len(lots)),
        *(Leg("points", owner, 1, NEW_YEAR + (1 + lot) * DAY) for lot in lots),
    )
    return Post(key=key, legs=legs, assets=("points",))


def test_who_has_thousands_of_lots_reads_all_of_them_page_by_page(ledger: Ledger):
    many = range(0, 2400, 400)
    ledger.ask_all([earn(f"{first}", range(first, first + 400)) for first in many], "test")
    ledger.ask(earn("once more", range(5, 2400, 7)), "test")
    met: list[tuple[int, int]] = []
    before, longest = None, 0
    while True:
        page = ledger.statement("points", "customer:7", before=before, limit=1000)
        met += [(line.n, line.expires_at) for line in page.lines]
        if (before := page.before) is None:
            break
        longest = max(longest, len(before))
    assert len(met) == len(set(met)) == 2400 + len(range(5, 2400, 7))
    assert longest < 16 << 10, "as long as a parameter over HTTP may be"


def test_a_cursor_of_another_statement_or_of_nobodys_making_is_none(ledger: Ledger):
    ledger.ask_all([earn(f"{n}", range(3)) for n in range(4)], "test")
    ledger.ask_all([earn(f"other {n}", range(3), "customer:8") for n in range(4)], "test")
    other = ledger.statement("points", "customer:8", limit=3).before
    mine = ledger.statement("points", "customer:7", limit=3)
    two_of_one_lot = _cursor([mine.lines[0].n, 2, 6])  # postings of the first and second entry
    for cursor in (other, "x", "", "p", "pppp", "p====", "p€", "pgICAgICAgICAgIAB", two_of_one_lot):
        with pytest.raises(UnknownValue, match="no cursor"):
            ledger.statement("points", "customer:7", before=cursor, limit=3)


@given(st.sets(st.integers(1, MOST), min_size=1, max_size=50))
def test_a_cursor_reads_as_it_was_written(heads):
    assert _heads(_cursor(heads)) == sorted(heads)


@given(st.text(max_size=40))
def test_any_text_is_a_cursor_or_is_refused(text):
    try:
        heads = _heads(text)
    except UnknownValue:
        return
    assert heads == sorted(set(heads))
