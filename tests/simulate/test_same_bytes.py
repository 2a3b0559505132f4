"""The same seed gives the same bytes, however the work is cut and whatever else runs."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from regulars.simulate import making, people, simulate


def digests(folder, **arguments) -> dict[str, str]:
    arguments = {"customers": 400, "days": 400, "seed": 7, "events": "all", **arguments}
    made = simulate(folder, **arguments)
    return {one["file"]: one["sha256"] for one in made.files}


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_same_seed_gives_the_same_bytes(tmp_path, form):
    first = digests(tmp_path / "one", format=form)
    assert len(first) == 14
    assert digests(tmp_path / "two", format=form) == first


def test_another_seed_gives_another_shop(tmp_path):
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two", seed=8)
    same = {name for name in one if one[name] == two[name]}
    # The calendar of campaigns is the world's, not drawn.
    assert same == {"campaigns.parquet", "truth/products.parquet"}


def test_writing_behind_does_not_change_the_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "BLOCK", 150)
    monkeypatch.setattr(people, "BLOCK", 150)
    at_once = digests(tmp_path / "one", ahead=0)
    assert digests(tmp_path / "two", ahead=5) == at_once


def test_a_block_is_drawn_without_regard_to_the_others(tmp_path, monkeypatch):
    """So a shop of more customers begins with the same ones, and blocks may be made anywhere."""
    monkeypatch.setattr(making, "BLOCK", 150)
    monkeypatch.setattr(people, "BLOCK", 150)
    digests(tmp_path / "less", customers=150)
    digests(tmp_path / "more", customers=400)
    for name in ("orders", "customers", "messages", "truth/customers", "truth/cycles"):
        less = pq.read_table(tmp_path / "less" / f"{name}.parquet")
        more = pq.read_table(tmp_path / "more" / f"{name}.parquet")
        mine = set(less["customer_id"].to_pylist())
        kept = [one in mine for one in more["customer_id"].to_pylist()]
        assert more.filter(kept).equals(less), name
        assert more.num_rows > less.num_rows
    # Visitors have no number of the shop's; the first block's events stand first.
    less, more = (pq.read_table(tmp_path / name / "events.parquet") for name in ("less", "more"))
    assert more.slice(0, less.num_rows).equals(less)
    assert len(set(more["messageId"].to_pylist())) == more.num_rows > less.num_rows
    browsers = more["anonymousId"].slice(less.num_rows).to_pylist()
    assert not set(browsers) & set(less["anonymousId"].to_pylist())
    levels = pq.read_table(tmp_path / "more" / "truth" / "customers.parquet")["spend_level"]
    assert len(set(levels.to_pylist())) == 400, "no block repeats another"


def test_whose_events_are_written_changes_no_other_file(tmp_path):
    some, none = digests(tmp_path / "some"), digests(tmp_path / "none", events="none")
    assert set(some) - set(none) == {"events.parquet", "truth/events.json"}
    assert {name: some[name] for name in none} == none


def test_visitors_change_nothing_but_events(tmp_path):
    few, many = digests(tmp_path / "few", visitors=1), digests(tmp_path / "many", visitors=4)
    differ = {name for name in few if few[name] != many[name]}
    # What was asked for stands in the world's file.
    assert differ == {"events.parquet", "truth/events.json", "truth/world.json"}


def test_two_worlds_of_one_seed_have_the_same_people(tmp_path):
    """What a world changes in them can be seen customer by customer."""
    digests(tmp_path / "one")
    digests(tmp_path / "two", world="two_sided")
    known = ["customer_id", "kind", "source", "arrived_at", "household_size", "orders_per_day"]
    one, two = (
        pq.read_table(tmp_path / name / "truth" / "customers.parquet", columns=[*known, "response"])
        for name in ("one", "two")
    )
    assert one.select(known).equals(two.select(known))
    assert not one["response"].equals(two["response"])
