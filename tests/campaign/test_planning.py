"""Planning a day: the plan and the records on which it rests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest

from regulars.app.planning import plan_day
from regulars.campaign.playbook import default_playbook
from regulars.engines.store import Store
from regulars.engines.store_assignments import SqlAssignments
from regulars.errors import StoreError
from regulars.settings import PlanSettings, Settings, ShopSettings

SETTINGS = Settings(shop=ShopSettings(id="shop"), plan=PlanSettings(global_hold_out=0.1))


def records(store: Store) -> list[tuple]:
    with store.read() as connection:
        return [
            tuple(row)
            for row in connection.exec_driver_sql(
                "SELECT * FROM assignments ORDER BY test, customer_id"
            )
        ]


def test_the_same_call_twice_gives_the_same_plan_and_the_same_records(rows, store):
    people = rows.shop(3000)
    first = plan_day(people, default_playbook(), SETTINGS, store, day=rows.today)
    recorded = records(store)
    again = plan_day(people, default_playbook(), SETTINGS, store, day=rows.today)
    assert first.table.equals(again.table)
    assert (first.by_play, first.reserved) == (again.by_play, again.reserved)
    assert records(store) == recorded


def test_the_same_call_tomorrow_finds_the_same_hold_outs(rows, store):
    people = rows.shop(3000)
    first = plan_day(people, default_playbook(), SETTINGS, store, day=rows.today, budget=10**9)
    later = plan_day(
        people,
        default_playbook(),
        SETTINGS,
        store,
        day=rows.today + timedelta(days=1),
        budget=10**9,
    )
    was = held_out(first)
    for key, held in held_out(later).items():
        assert was.get(key, held) == held


def held_out(plan) -> dict[tuple[int, str], bool]:
    return {
        (row["customer_id"], row["play"]): row["decision"] != "act"
        for row in plan.table.select(["customer_id", "play", "decision"]).to_pylist()
    }


def test_every_customer_is_on_record_for_the_epoch_and_every_tested_one_for_its_play(rows, store):
    plan = plan_day(rows.shop(2000), default_playbook(), SETTINGS, store, day=rows.today)
    found = records(store)
    assert sum(row[0] == "global:1" for row in found) == 2000
    decided = {
        (f"play:{row['play']}", row["customer_id"]): row["decision"]
        for row in plan.table.to_pylist()
        if row["decision"] in ("act", "hold_out")
    }
    on_record = {
        (test, customer_id): "hold_out" if arm == "hold_out" else "act"
        for test, customer_id, _, _, arm, *_ in found
        if test != "global:1"
    }
    assert on_record == decided
    assert {row[7] for row in found} == {default_playbook().version}
    assert {row[6] for row in found} == {"2026-11-11"}


def test_a_share_changed_in_the_playbook_leaves_recorded_customers_in_their_arms(rows, store):
    people = rows.shop(4000)
    first = plan_day(people, default_playbook(), SETTINGS, store, day=rows.today, budget=10**9)
    recorded = records(store)
    plays = tuple(msgspec.structs.replace(play, hold_out=0.9) for play in default_playbook().plays)
    changed = replace(default_playbook(), plays=plays, version="changed")
    again = plan_day(people, changed, SETTINGS, store, day=rows.today, budget=10**9)
    assert held_out(again) == held_out(first)
    assert records(store) == recorded


def test_a_new_epoch_begins_when_the_old_one_has_ended(rows, store):
    people = rows.shop(1000)
    for days in (0, 89, 90):
        day = rows.today + timedelta(days=days)
        plan_day(people, default_playbook(), SETTINGS, store, day=day)
    first, second = SqlAssignments(store).epochs()
    assert first == (1, date(2026, 11, 11), date(2027, 2, 8), 0.1, "shop:global:1")
    assert second == (2, date(2027, 2, 9), date(2027, 5, 9), 0.1, "shop:global:2")


def test_a_plan_as_of_an_earlier_day_works_too(rows, store):
    people = rows.shop(500)
    plan_day(people, default_playbook(), SETTINGS, store, day=rows.today)
    plan_day(people, default_playbook(), SETTINGS, store, day=rows.today - timedelta(days=30))
    assert [epoch[0] for epoch in SqlAssignments(store).epochs()] == [2, 1]


def test_asking_what_if_gives_the_same_plan_and_records_nothing(rows, store):
    people = rows.shop(1000)
    asked = plan_day(people, default_playbook(), SETTINGS, store, day=rows.today, record=False)
    assert records(store) == []
    assert SqlAssignments(store).epochs() == []
    made = plan_day(people, default_playbook(), SETTINGS, store, day=rows.today)
    assert made.table.equals(asked.table)


def test_a_plan_that_was_overtaken_is_made_again_from_what_is_now_on_record(
    rows, store, monkeypatch: pytest.MonkeyPatch
):
    people = rows.shop(1000)
    generous = Settings(shop=ShopSettings(id="shop"), plan=PlanSettings(global_hold_out=0.9))
    record = SqlAssignments.record
    overtaken = []

    def overtake(self, *rest):
        if not overtaken:  # another process plans between our reading and our recording
            overtaken.append(True)
            plan_day(people, default_playbook(), generous, store, day=rows.today)
        return record(self, *rest)

    monkeypatch.setattr(SqlAssignments, "record", overtake)
    plan = plan_day(people, default_playbook(), SETTINGS, store, day=rows.today)
    assert sum(row.global_hold_out for row in plan.by_play) / plan.table.num_rows > 0.8
    assert SqlAssignments(store).epochs()[0][3] == 0.9


def test_a_plan_that_is_overtaken_again_and_again_gives_up_and_says_so(
    rows, store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(SqlAssignments, "record", lambda *_: False)
    with pytest.raises(StoreError, match="5 times in a row"):
        plan_day(rows.shop(10), default_playbook(), SETTINGS, store, day=rows.today)
    assert records(store) == []
