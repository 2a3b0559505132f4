"""Who is left alone gets nothing, is on record, and stays so."""

from __future__ import annotations

from regulars.benefit.definition.terms import Give, Incentive
from regulars.engines.store_assignments import SqlAssignments


def test_who_is_held_out_gets_nothing_and_is_on_record(with_hold_out):
    shop = with_hold_out
    half = Incentive(
        name="half", when="event", on="Profile Completed", give=Give(points=10), hold_out=5000
    )
    shop.publish(half)
    for number in range(40):
        shop.event("Profile Completed", f"c{number}", "2026-03-05 10:00")
    shop.now("2026-03-20 00:00")
    told = {row["rule"]: row for row in shop.run().as_dict()["rules"]}["half"]
    assert told["customers"] + told["held_out"] == 40
    assert 5 <= told["customers"] <= 35
    book = SqlAssignments(shop.store)
    who, held = book.arms("play:incentive:half")
    everybody, by_all = book.arms("global:1")
    assert len(everybody) == 40
    assert len(who) == 40 - by_all.sum()
    assert held.sum() + by_all.sum() == told["held_out"]
    got = {one for one in who.tolist() if shop.has(one)}
    assert got == set(who[~held].tolist())
    again = {row["rule"]: row for row in shop.run().as_dict()["rules"]}["half"]
    assert (again["times"], again["held_out"]) == (0, told["held_out"])


def test_a_later_epochs_draw_does_not_give_for_what_was_met_in_an_earlier_one(with_hold_out):
    shop = with_hold_out
    shop.publish(Incentive(name="all", when="event", on="X", give=Give(points=10), hold_out=0))
    for number in range(30):
        shop.event("X", f"c{number}", "2026-03-05 10:00")
    shop.now("2026-03-06 00:00")
    shop.run()
    assert 0 < sum(not shop.has(f"c{number}") for number in range(30)) < 30
    shop.now("2026-09-06 00:00")
    assert shop.gave() == {}
