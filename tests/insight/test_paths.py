"""Paths of a shop small enough to be followed by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from insight.small_timeline import Row, event, order, shop
from regulars.errors import CannotTell, UnknownValue
from regulars.insight.paths.draw import draw
from regulars.insight.picture import Picture, View

AS_OF = date(2026, 3, 31)

# Four sessions: of 1 on the 2nd (Home, two products, one of them added) and on the 3rd (a
# product); of 2 (Home, a product); of 3 (Home, a product, added, a product).
EVENTS = [
    event(1, "2026-03-02 09:00", "Home", "page"),
    event(1, "2026-03-02 09:01", "Product Viewed", category="Tea"),
    event(1, "2026-03-02 09:02", "Product Viewed", category="Cups"),
    event(1, "2026-03-02 09:03", "Product Added"),
    event(1, "2026-03-03 09:00", "Product Viewed", category="Tea"),
    event(2, "2026-03-02 12:00", "Home", "page"),
    event(2, "2026-03-02 12:05", "Product Viewed", category="Cups"),
    event(3, "2026-03-02 12:00", "Home", "page"),
    event(3, "2026-03-02 12:00", "Page Loaded"),  # measures the page: no step
    event(3, "2026-03-02 12:01", "Product Viewed", category="Cups"),
    event(3, "2026-03-02 12:02", "Product Added"),
    event(3, "2026-03-02 12:03", "Product Viewed", category="Tea"),
]
ORDERS = [order(1, "2026-03-02 09:20", 10), order(2, "2026-03-05 09:00", 10)]


def _view(events: list[Row] = EVENTS, orders: list[Row] = ORDERS) -> View:
    return shop(events, orders, as_of=AS_OF)


def _paths(picture: Picture) -> dict[str, int]:
    return {row["path"]: row["units"] for row in picture.tables["paths"].to_pylist()}


def _rows(picture: Picture, table: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in picture.tables[table].to_pylist()]


def _said(picture: Picture) -> str:
    return " ".join(said.en for said in picture.says)


def test_the_paths_of_sessions_by_hand() -> None:
    picture = draw(_view(), depth=3)
    assert _rows(picture, "paths") == [
        ("page: Home → Product Viewed → Product Added", 3, False, 2, 0.5),
        ("Product Viewed", 1, True, 1, 0.25),
        ("page: Home → Product Viewed", 2, True, 1, 0.25),
    ]
    assert _said(picture).startswith(
        "From 2026-03-02 to 2026-03-03, 4 sessions went 3 different ways within 3 steps. The"
        " commonest is page: Home → Product Viewed → Product Added (50%); the 3 listed are 100%"
    )


def test_steps_and_flows_by_hand() -> None:
    picture = draw(_view(), depth=3)
    assert _rows(picture, "nodes") == [
        # nth, name, paths, of all, stop here, drop-off
        (1, "page: Home", 3, 0.75, 0, 0.0),
        (1, "Product Viewed", 1, 0.25, 1, 1.0),
        (2, "Product Viewed", 3, 0.75, 1, pytest.approx(1 / 3)),
        (3, "Product Added", 2, 0.5, None, None),  # what follows is not looked at
    ]
    assert _rows(picture, "edges") == [
        (1, "page: Home", "Product Viewed", 3, 1.0),
        (2, "Product Viewed", "Product Added", 2, pytest.approx(2 / 3)),
    ]


def test_repeats_are_one_step_unless_they_are_kept() -> None:
    assert "page: Home → Product Viewed → Product Added" in _paths(draw(_view()))
    kept = draw(_view(), repeats=True)
    assert "page: Home → Product Viewed → Product Viewed → Product Added" in _paths(kept)
    assert "every repeat is a step of its own" in _said(kept)


def test_paths_from_a_step_begin_with_it_and_carry_its_own_words() -> None:
    # A cup is seen by 1 (before adding), by 2 (the last thing), by 3 (before adding and a tea).
    step = "Product Viewed[category=Cups]"
    picture = draw(_view(), from_step=step)
    assert _paths(picture) == {
        step: 1,
        f"{step} → Product Added": 1,
        f"{step} → Product Added → Product Viewed": 1,
    }
    assert picture.facts["without_anchor"] == 1
    assert f"3 of 4 sessions (75%) have {step}" in _said(picture)


def test_paths_to_an_order_of_the_records_end_with_it() -> None:
    # The order of 1 comes 17 minutes after the visit; that of 2 days after one, in no session.
    picture = draw(_view(), to_step="order")
    assert _paths(picture) == {"page: Home → Product Viewed → Product Added → order": 1}
    assert _rows(picture, "nodes")[-1] == (4, "page: Home", 1, 1.0, 1, 1.0)
    assert _rows(picture, "edges")[0] == (1, "Product Added", "order", 1, 1.0)
    assert picture.facts["anchors_without_session"] == 1
    assert "1 further entries are order, but belong to no session" in _said(picture)


def test_a_customers_path_goes_on_over_sessions_within_its_window() -> None:
    # The product of the 3rd comes exactly a day after Home on the 2nd.
    whole = "page: Home → Product Viewed → Product Added → Product Viewed"
    assert _paths(draw(_view(), per="customer", window="1d"))[whole] == 2
    assert _paths(draw(_view(), per="customer", window="1d", to_step="order")) == {
        "page: Home → Product Viewed → Product Added → order": 1,
        "order": 1,  # of 2, three days after the visit
    }
    picture = draw(_view(), per="customer", window="23h")
    assert _paths(picture)[whole] == 1
    # Known is 09:00 of the 2nd to 09:00 of the 3rd: the windows of all but 1 reach beyond it.
    assert picture.facts["at_edge"] == 2
    assert "windows of 67% of the customers reach beyond" in _said(picture)


def test_names_beyond_the_most_frequent_are_gathered_and_it_is_said() -> None:
    # 62 names are met twice, two more once: those are the others.
    names = [f"Step {number:02}" for number in range(64)]
    events = [
        event(n, f"2026-03-02 09:{n % 60:02}", name) for n, name in enumerate([*names, *names[:62]])
    ]
    paths = _paths(picture := draw(_view(events), top=100))
    assert paths["(other)"] == 2
    assert len(paths) == 63
    assert paths["Step 61"] == 2
    assert picture.facts["with_other"] == 2
    assert "gathered as (other): 2% of paths" in _said(picture)
    # With a step of their own there is room for one name less: three are the others then.
    assert _paths(draw(_view(events), from_step="Step 00", top=100)) == {"Step 00": 2}
    anyone = draw(_view(events), from_step="Step 00|any", top=100)
    assert sum(_paths(anyone).values()) == 126


def test_paths_are_cut_at_the_depth_and_only_the_top_ones_are_listed() -> None:
    whole = {"page: Home → Product Viewed": 3, "Product Viewed": 1}
    assert _paths(draw(_view(), depth=2)) == whole
    picture = draw(_view(), depth=2, top=1)
    assert _paths(picture) == {"page: Home → Product Viewed": 3}
    assert "the 1 listed are 75% of all" in _said(picture)


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"from_step": "Gone"}, CannotTell, "No session .* has the step 'Gone'"),
        ({"from_step": "a", "to_step": "b"}, UnknownValue, "not both"),
        ({"from_step": "a[b"}, UnknownValue, "not closed"),
        ({"per": "customer", "window": "soon"}, UnknownValue, "no length of time"),
    ],
)
def test_what_cannot_be_asked_is_told(
    asked: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        draw(_view(), **asked)


def test_a_step_that_nobody_takes_is_answered_with_the_usual_names() -> None:
    with pytest.raises(CannotTell) as error:
        draw(_view(), from_step="Product Seen")
    assert "Product Viewed, page: Home, Product Added" in str(error.value)
