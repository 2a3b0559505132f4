"""However messages are cut into frames, files, absorbings and settlings: the same tables."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.events.shop import EventShop, batch
from intake.events.taking import message
from regulars.intake.events import ledger, table

EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "12"))
COLUMNS = [name for name in table.COLUMNS if name not in ("seq", "node")]


@st.composite
def courses(draw: st.DrawFn) -> tuple[list[list[int]], list[str]]:
    """Requests of numbered messages, with repeats, and what is done after each."""
    numbers = draw(st.lists(st.integers(0, 60), min_size=1, max_size=60))
    requests: list[list[int]] = []
    while numbers:
        count = draw(st.integers(1, len(numbers)))
        requests.append(numbers[:count])
        numbers = numbers[count:]
    step = st.sampled_from(["", "", "absorb", "settle", "compact", "lose", "reopen", "sums"])
    return requests, draw(st.lists(step, min_size=len(requests), max_size=len(requests)))


def names(shop: EventShop) -> dict[int, tuple[str, str]]:
    """Whose each number is; the hashes of keys differ from home to home."""
    hashed = ("phone", "email")
    return {
        number: (space, "hashed" if space in hashed else identity)
        for (space, identity), number in shop.ids().items()
    }


def content(shop: EventShop) -> list[tuple[Any, ...]]:
    ids = names(shop)
    rows = shop.events("node, " + ", ".join(f'"{name}"' for name in COLUMNS))
    told = [(ids[row.pop("node")], *map(str, row.values())) for row in rows]
    return sorted(told)


def merged(shop: EventShop) -> dict[tuple[str, str], set[tuple[str, str]]]:
    ids = names(shop)
    whole = shop.warehouse.sql(
        "SELECT identities.customer_id AS one, coalesce(survivor, identities.customer_id) AS other"
        " FROM identities LEFT JOIN merges USING (customer_id)"
    ).to_pylist()
    groups: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for row in whole:
        groups.setdefault(ids[row["other"]], set()).add(ids[row["one"]])
    return groups


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(courses())
def test_any_course_comes_to_the_same(course: tuple[list[list[int]], list[str]]) -> None:
    requests, steps = course
    rotate, table.ROTATE = table.ROTATE, 5
    try:
        with tempfile.TemporaryDirectory() as folder:
            with EventShop(Path(folder) / "whole") as whole:
                whole.take(*(batch(*map(message, one)) for one in requests))
                wanted, groups, told = content(whole), merged(whole), whole.accounts()
            with EventShop(Path(folder) / "cut") as shop:
                for one, step in zip(requests, steps, strict=True):
                    shop.receive(batch(*map(message, one)))
                    _do(shop, step)
                shop.absorb()
                assert content(shop) == wanted
                assert shop.accounts() == told
                assert merged(shop) == groups
                come = sum(map(len, requests))
                assert sum(sum(one) for one in told.values()) == come
                assert len(wanted) == len({number for one in requests for number in one})
    finally:
        table.ROTATE = rotate


def _do(shop: EventShop, step: str) -> None:
    if step == "absorb":
        shop.absorber.absorb(1)
    elif step == "settle":
        shop.absorber.settle()
    elif step == "compact":
        shop.absorber.compact()
    elif step == "lose":
        shop.lose_the_warehouse()
    elif step in ("reopen", "sums"):
        if step == "sums":
            shop.absorber.met.sums.keep(ledger.state(shop.warehouse).seq, now=True)
        shop.warehouse.close()
        shop._open()
