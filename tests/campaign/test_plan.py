"""The plan: at most one play each, in order of worth, within the budget, each with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pytest

from regulars.campaign.applies import CONTACTS
from regulars.campaign.plan import make_plan
from regulars.campaign.plan_table import PLAN, PLAN_SCHEMA
from regulars.campaign.playbook import Playbook, default_playbook
from regulars.errors import UnknownValue
from regulars.kernel.intent import GrantBenefit, HumanTask, SendMessage, Suppress
from regulars.kernel.stage_names import Stage
from regulars.permission.assignment import Epoch, HoldOuts
from regulars.settings import PlanSettings, Settings, ShopSettings

SETTINGS = Settings(shop=ShopSettings(id="shop", name="Tea & Co", margin=0.5))
RICH = 100_000_000


def nobody_held_out(book: Playbook) -> Playbook:
    plays = tuple(msgspec.structs.replace(play, hold_out=0.0) for play in book.plays)
    return replace(book, plays=plays)


def with_changes(book: Playbook, play_id: str, **changes) -> Playbook:
    plays = tuple(
        msgspec.structs.replace(play, **changes) if play.id == play_id else play
        for play in book.plays
    )
    return replace(book, plays=plays)


def epoch(share: float = 0.0) -> Epoch:
    return Epoch(1, date(2026, 11, 11), date(2027, 2, 8), share, "shop:global:1")


def plan(
    rows, people, book=None, *, budget=RICH, share=0.0, day=None, contacts=None, settings=None
):
    return make_plan(
        people,
        nobody_held_out(default_playbook()) if book is None else book,
        settings or SETTINGS,
        day or rows.today,
        HoldOuts("shop", epoch(share)),
        budget=budget,
        contacts=contacts,
    )


def only(rows, row, **options) -> dict:
    found = plan(rows, rows.people(row), **options).table.to_pylist()
    assert len(found) == 1
    return found[0]


# --- the table --------------------------------------------------------------------------------


def test_the_table_has_the_promised_columns_and_can_be_exported(rows, tmp_path):
    table = plan(rows, rows.shop(500)).table
    assert table.schema == PLAN_SCHEMA
    table.validate(full=True)
    csv.write_csv(table, tmp_path / "plan.csv")
    assert csv.read_csv(tmp_path / "plan.csv").num_rows == table.num_rows


def test_nothing_in_the_table_is_missing_but_a_customers_own_number(rows):
    table = plan(rows, rows.shop(2000), default_playbook(), share=0.1, budget=50_000).table
    for name in table.column_names:
        assert table[name].null_count == 0, name
    for name in ("reason_zh", "reason_en", "message_zh", "message_en", "why_not_zh", "why_not_en"):
        for leak in ("None", "nan", "null", "{", "}"):
            assert not pc.any(pc.match_substring(table[name], leak)).as_py(), (name, leak)


def test_every_row_has_its_words_in_both_languages(rows):
    table = plan(rows, rows.shop(2000), default_playbook(), budget=50_000).table
    for language in ("zh", "en"):
        assert pc.min(pc.utf8_length(table[f"reason_{language}"])).as_py() > 0
        sent = table.filter(pc.not_equal(table["channel"], "none"))
        assert pc.min(pc.utf8_length(sent[f"message_{language}"])).as_py() > 0
        left = table.filter(pc.not_equal(table["decision"], "act"))
        assert left.num_rows
        assert pc.min(pc.utf8_length(left[f"why_not_{language}"])).as_py() > 0


def test_at_most_one_play_per_customer(rows):
    ids = plan(rows, rows.shop(3000), default_playbook(), share=0.1).table["customer_id"]
    assert len(pc.unique(ids)) == len(ids)


def test_the_chosen_play_is_the_one_worth_most_and_the_others_are_named(rows):
    row = rows.customer(stage="at_risk", depth="core", warmth="at_risk")
    row["at_risk_on"] = rows.today - timedelta(days=5)
    found = only(rows, row)
    # 120 x 0.5 = 60 of margin; the call 0.10 x 60 - 3, the coupon 0.05 x 60 - 0.85,
    # the question 0.02 x 60 - 0.10
    assert found["play"] == "at_risk_core_call"
    assert found["expected_worth"] == Decimal("3.0000")
    assert found["why_not_en"] == (
        "also fitting: A benefit before they slip away (worth ¥2.15),"
        " Ask for the reason (worth ¥1.10)"
    )
    assert found["why_not_zh"].startswith("也适用：流失预警挽留券（预计价值 ¥2.15）")


def test_where_two_are_worth_the_same_the_first_in_the_file_is_chosen(rows):
    book = nobody_held_out(default_playbook())
    due = book.play("due_replenish")
    twin = msgspec.structs.replace(due, id="twin")
    twins = replace(book, plays=(twin, due))
    assert only(rows, rows.customer(), book=twins)["play"] == "twin"
    assert only(rows, rows.customer(), book=replace(twins, plays=(due, twin)))["play"] == due.id


def test_expected_worth_follows_the_published_formula(rows):
    found = only(rows, rows.customer())
    # 0.08 x 120 x 0.5 - 0.05
    assert found["play"] == "due_replenish"
    assert found["expected_cost"] == Decimal("0.0500")
    assert found["expected_worth"] == Decimal("4.7500")
    assert found["worst_case"] == Decimal("0.0500")


def test_who_will_buy_anyway_is_worth_no_more_than_what_is_missing_to_certainty(rows):
    # 0.08 is assumed; 0.97 would buy anyway: (1 - 0.97) x 120 x 0.5 - 0.05
    sure = only(rows, rows.customer(chance_30=0.97))
    assert sure["expected_worth"] == Decimal("1.7500")
    open_ = only(rows, rows.customer(chance_30=0.40))
    assert open_["expected_worth"] == Decimal("4.7500")


def test_a_percentage_counts_up_to_its_bound(rows):
    book = nobody_held_out(default_playbook())
    play = book.play("at_risk_benefit")
    offer = msgspec.structs.replace(play.offer, value=0.0, percent=10.0, most=8.0, redemption=0.1)
    book = with_changes(replace(book, plays=(play,)), play.id, offer=offer)
    row = rows.customer(stage="at_risk", at_risk_on=rows.today)
    small, large = row | {"average_order_value": Decimal(50)}, row
    assert only(rows, small, book=book)["expected_cost"] == Decimal("0.5500")  # 0.05 + 0.1 x 5
    assert only(rows, large, book=book)["expected_cost"] == Decimal("0.8500")  # 0.05 + 0.1 x 8
    assert only(rows, large, book=book)["worst_case"] == Decimal("8.0500")


def test_a_customer_without_orders_is_given_the_shops_average_order_value(rows):
    found = plan(rows, rows.people(rows.customer(1), rows.stranger(2))).table.to_pylist()[1]
    # the shop: 840 / 7 orders = 120; 0.02 x 120 x 0.5 - (0.05 + 0.03 x 5)
    assert found["expected_worth"] == Decimal("1.0000")


def test_a_play_that_is_not_worth_its_cost_is_not_done_and_the_plan_says_so(rows):
    row = rows.customer(average_order_value=Decimal("0.5000"), warmth="on_time", stage="core")
    made = plan(rows, rows.people(row | {"depth": "core"}))
    assert made.table.num_rows == 0
    assert any("1 customer for whom no play is worth its cost" in note.en for note in made.notes)


def test_lost_customers_are_let_go_where_a_last_offer_is_worth_less_than_silence(rows):
    row = rows.customer(stage="lost", warmth="lost", stage_since=rows.today - timedelta(days=9))
    assert only(rows, row)["play"] == "lost_last_offer"
    poor = only(rows, row | {"average_order_value": Decimal(20)})
    assert (poor["play"], poor["channel"], poor["lever"]) == ("lost_let_go", "none", "let_go")
    late = only(rows, row | {"stage_since": rows.today - timedelta(days=31)})
    assert late["play"] == "lost_let_go"


@pytest.mark.parametrize("depth", ["second_order", "growing", "core"])
@pytest.mark.parametrize("value", ["5", "50", "5000"])
@pytest.mark.parametrize("since", [1, 60])
def test_who_is_due_gets_the_due_play_whatever_they_spend(rows, depth, value, since):
    row = rows.customer(
        depth=depth,
        stage=depth,
        average_order_value=Decimal(value),
        stage_since=rows.today - timedelta(days=since),
    )
    assert only(rows, row)["play"] == "due_replenish"


@pytest.mark.parametrize("stage", list(Stage))
def test_a_customer_of_every_stage_can_get_a_play(rows, stage):
    row = rows.customer(
        stage=stage,
        depth="growing",
        warmth="on_time",
        last_order_on=rows.today - timedelta(days=10),
        stage_since=rows.today - timedelta(days=5),
        at_risk_on=rows.today - timedelta(days=5),
        dormant_on=rows.today - timedelta(days=5),
    )
    assert only(rows, row)["stage"] == stage


# --- order and swapping -----------------------------------------------------------------------


def test_ranks_follow_expected_worth(rows):
    table = plan(rows, rows.shop(3000), default_playbook(), share=0.1).table
    worth = table["expected_worth"].to_pylist()
    assert worth == sorted(worth, reverse=True)
    assert table["rank"].to_pylist() == list(range(1, table.num_rows + 1))


def test_equals_are_ordered_by_their_history_and_only_then_by_number(rows):
    book = with_changes(  # the play fixes the basket, so that all are worth the same
        nobody_held_out(default_playbook()),
        "due_replenish",
        prior=msgspec.structs.replace(default_playbook().play("due_replenish").prior, basket=50.0),
    )
    people = rows.people(
        rows.customer(1),
        rows.customer(2),
        rows.customer(3, monetary=Decimal(900)),
        rows.customer(4, last_order_on=rows.today - timedelta(days=35)),
    )
    assert plan(rows, people, book).table["customer_id"].to_pylist() == [4, 3, 1, 2]


def test_swapping_two_customers_histories_swaps_their_reasons_and_ranks(rows):
    people = rows.shop(400, seed=3).to_pylist()
    kept = ("customer_id", "ref")
    told = plan(rows, rows.people(*people)).table.to_pylist()
    one, other = told[5]["customer_id"] - 1, told[200]["customer_id"] - 1
    swapped = list(people)
    swapped[one] = people[other] | {name: people[one][name] for name in kept}
    swapped[other] = people[one] | {name: people[other][name] for name in kept}
    after = plan(rows, rows.people(*swapped)).table.to_pylist()
    names = [name for name in PLAN_SCHEMA.names if name not in kept]
    for before, now in zip(told, after, strict=True):
        assert [before[name] for name in names] == [now[name] for name in names]
    assert after[5]["customer_id"] == told[200]["customer_id"]
    assert after[200]["customer_id"] == told[5]["customer_id"]
    assert told[5]["reason_en"] != told[200]["reason_en"]


def test_even_customers_alike_in_all_that_counts_first_swap_their_ranks_with_their_histories(rows):
    one, other = rows.customer(1), rows.customer(2, top_category="milk")
    told = plan(rows, rows.people(one, other)).table.to_pylist()
    swapped = rows.people(other | {"customer_id": 1}, one | {"customer_id": 2})
    after = plan(rows, swapped).table.to_pylist()
    assert [row["reason_en"] for row in told] == [row["reason_en"] for row in after]
    assert [row["customer_id"] for row in told] == [row["customer_id"] for row in after][::-1]


def test_the_order_of_the_people_table_does_not_matter(rows):
    people = rows.shop(1000)
    mixed = people.take(np.random.default_rng(0).permutation(1000))
    first = plan(rows, people, default_playbook(), share=0.1, budget=30_000)
    again = plan(rows, mixed, default_playbook(), share=0.1, budget=30_000)
    assert first.table.equals(again.table)


# --- budget -----------------------------------------------------------------------------------


def test_the_worst_case_is_reserved_exactly_and_never_above_the_budget(rows):
    made = plan(rows, rows.shop(3000), default_playbook(), share=0.1, budget=123_45)
    acts = made.actions["worst_case"].to_pylist()
    assert made.budget == Decimal("123.45")
    assert made.reserved == sum(acts) <= made.budget
    left = made.budget - made.reserved
    refused = made.table.filter(pc.equal(made.table["decision"], "not_funded"))
    assert refused.num_rows
    assert all(cost > left for cost in refused["worst_case"].to_pylist())


def test_an_action_that_does_not_fit_is_told_with_what_was_left_and_smaller_ones_follow(rows):
    big = rows.customer(1, stage="dormant", dormant_on=rows.today, warmth="dormant")
    small = rows.customer(2, average_order_value=Decimal(30))
    made = plan(rows, rows.people(big, small), budget=3_00).table.to_pylist()
    assert [(row["customer_id"], row["decision"]) for row in made] == [
        (1, "not_funded"),
        (2, "act"),
    ]
    assert made[0]["why_not_en"] == "not funded: up to ¥5.05 needed, ¥3.00 of the budget left"
    assert made[0]["why_not_zh"] == "预算不足：最多需 ¥5.05，预算只剩 ¥3.00"


def test_without_a_budget_only_what_costs_nothing_is_done(rows):
    made = plan(rows, rows.shop(1000), budget=0)
    assert made.reserved == 0
    assert set(made.actions["worst_case"].to_pylist()) == {Decimal("0.0000")}


def test_the_budget_of_the_settings_is_the_default(rows):
    settings = Settings(plan=PlanSettings(budget=12.3))
    assert plan(rows, rows.shop(50), budget=None, settings=settings).budget == Decimal("12.30")


def test_a_currency_without_cents_keeps_the_worst_case_exact(rows):
    settings = Settings(shop=ShopSettings(id="shop", currency="JPY"))
    made = plan(rows, rows.shop(500), budget=100, settings=settings)
    assert made.budget == Decimal(100)
    assert 99 < made.reserved <= 100
    assert sum(made.actions["worst_case"].to_pylist()) == made.reserved


def test_a_negative_budget_is_refused(rows):
    with pytest.raises(UnknownValue, match="negative"):
        plan(rows, rows.shop(1), budget=-1)


# --- hold-outs --------------------------------------------------------------------------------


def decisions(made) -> dict[int, str]:
    table = made.table
    return dict(zip(table["customer_id"].to_pylist(), table["decision"].to_pylist(), strict=True))


def test_a_globally_held_out_customer_gets_no_marketing_action(rows):
    made = plan(rows, rows.shop(3000), default_playbook(), share=0.3)
    everyone = made.drawn[0]
    held = set(everyone.customer_ids[everyone.held_out].tolist())
    assert 0.25 < len(held) / 3000 < 0.35
    for customer_id, decision in decisions(made).items():
        assert (decision == "global_hold_out") == (customer_id in held)
    assert not held & {intent.customer_id for intent in made.intents()}


def test_each_play_holds_out_its_share(rows):
    made = plan(rows, rows.shop(30_000), default_playbook())
    for play, summary in zip(default_playbook().active, made.by_play, strict=True):
        n = summary.act + summary.hold_out
        error = 4 * np.sqrt(max(play.hold_out * (1 - play.hold_out) / n, 1e-9))
        assert abs(summary.hold_out / n - play.hold_out) <= error, play.id


def test_held_out_customers_take_no_budget(rows):
    people = rows.shop(2000)
    book = default_playbook()
    made = plan(rows, people, book, share=0.2)
    assert made.reserved == sum(made.actions["worst_case"].to_pylist())
    exact = int(made.reserved * 100)
    assert decisions(plan(rows, people, book, share=0.2, budget=exact)) == decisions(made)


def test_only_whom_the_money_reaches_enters_a_plays_test(rows):
    made = plan(rows, rows.shop(3000), default_playbook(), budget=200_00)
    decided = decisions(made)
    for drawn in made.drawn[1:]:
        for customer_id, held_out in zip(
            drawn.customer_ids.tolist(), drawn.held_out.tolist(), strict=True
        ):
            assert decided[customer_id] == ("hold_out" if held_out else "act")
    in_tests = sum(len(drawn.customer_ids) for drawn in made.drawn[1:])
    assert in_tests == sum(d in ("act", "hold_out") for d in decided.values())


def test_the_reasons_for_leaving_alone_are_told(rows):
    table = plan(rows, rows.shop(2000), default_playbook(), share=0.2).table
    for decision, en, zh in (
        ("hold_out", "left alone on purpose (hold-out)", "特意不触达"),
        ("global_hold_out", "left alone by all marketing until 2027-02-08", "全局对照组"),
    ):
        some = table.filter(pc.equal(table["decision"], decision))
        assert some.num_rows
        assert pc.all(pc.starts_with(some["why_not_en"], en)).as_py()
        assert pc.all(pc.starts_with(some["why_not_zh"], zh)).as_py()


# --- time -------------------------------------------------------------------------------------


def test_the_same_call_gives_the_same_plan(rows):
    people = rows.shop(2000)
    first = plan(rows, people, default_playbook(), share=0.1, budget=50_000)
    again = plan(rows, people, default_playbook(), share=0.1, budget=50_000)
    assert first.table.equals(again.table)
    assert (first.by_play, first.notes, first.reserved) == (
        again.by_play,
        again.notes,
        again.reserved,
    )


def test_a_play_before_its_day_is_not_planned_and_ahead_days_plan_it_with_its_day(rows):
    book = nobody_held_out(default_playbook())
    due = book.play("due_replenish")
    row = rows.customer(due_on=rows.today + timedelta(days=2))
    alone = replace(book, plays=(due,))
    assert plan(rows, rows.people(row), alone).table.num_rows == 0
    timing = msgspec.structs.replace(due.timing, ahead_days=2)
    ahead = with_changes(alone, due.id, timing=timing)
    assert only(rows, row, book=ahead)["send_on"] == rows.today + timedelta(days=2)


def test_a_play_after_its_window_is_too_late(rows):
    for since, play in ((3, "first_order_care"), (6, "first_order_care"), (7, None)):
        row = rows.customer(
            stage="first_order",
            depth="first_order",
            warmth="on_time",
            last_order_on=rows.today - timedelta(days=since),
        )
        chosen = plan(rows, rows.people(row)).table["play"].to_pylist()
        assert (chosen == [play]) if play else (chosen != ["first_order_care"])


def test_the_hour_is_the_usual_one_within_the_hours_allowed(rows):
    assert only(rows, rows.customer(usual_hour=20))["send_hour"] == 20
    assert only(rows, rows.customer(usual_hour=3))["send_hour"] == 8
    assert only(rows, rows.customer(usual_hour=23))["send_hour"] == 21
    assert only(rows, rows.customer(usual_hour=None))["send_hour"] == 10


def test_a_plan_for_another_day_counts_from_that_day(rows):
    day = rows.today + timedelta(days=3)
    made = plan(rows, rows.people(rows.customer()), day=day)
    assert (
        made.table["reason_en"][0]
        .as_py()
        .startswith("usually returns every 34 days; 44 have passed")
    )
    assert (made.day, made.as_of) == (day, rows.today)
    assert any("from what was known on 2026-11-11" in note.en for note in made.notes)


def test_a_cooldown_leaves_whoever_was_reached_lately_alone(rows):
    def reached(days_ago: int) -> pa.Table:
        return pa.Table.from_pylist(
            [
                {
                    "customer_id": 1,
                    "play": "due_replenish",
                    "acted_on": rows.today - timedelta(days=days_ago),
                }
            ],
            CONTACTS,
        )

    people = rows.people(rows.customer())
    assert plan(rows, people, contacts=reached(13)).table["play"].to_pylist() != ["due_replenish"]
    assert plan(rows, people, contacts=reached(14)).table["play"].to_pylist() == ["due_replenish"]
    assert any("cooldowns were not applied" in note.en for note in plan(rows, people).notes)


# --- audience ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "applies"),
    [
        ({"min_orders": 7, "max_orders": 7}, True),
        ({"min_orders": 8}, False),
        ({"max_days_since_order": 40}, False),
        ({"min_days_since_order": 41, "max_days_since_order": 41}, True),
        ({"min_days_in_stage": 100}, True),
        ({"min_days_in_stage": 101}, False),
        ({"min_chance_of_return": 0.8}, True),
        ({"max_chance_of_return": 0.79}, False),
        ({"rfm_segments": ("loyal", "new")}, True),
        ({"rfm8": ("000",)}, False),
        ({"top_categories": ("nappies",)}, True),
        ({"tags": ("vip",)}, True),
        ({"tags": ("other",)}, False),
        ({"attributes": {"city": "Hangzhou", "skin": "dry"}}, True),
        ({"attributes": {"city": "Hangzhou", "skin": "oily"}}, False),
        ({"attributes": {"unheard_of": "x"}}, False),
        ({"has_phone": True, "has_email": False}, True),
        ({"has_email": True}, False),
    ],
)
def test_all_conditions_that_are_written_must_hold(rows, conditions, applies):
    book = nobody_held_out(default_playbook())
    due = book.play("due_replenish")
    audience = msgspec.structs.replace(due.audience, **conditions)
    book = with_changes(replace(book, plays=(due,)), due.id, audience=audience)
    row = rows.customer(
        city="Hangzhou", tags=["new", "vip"], traits=[("skin", "dry")], phone="138****0000"
    )
    assert plan(rows, rows.people(row), book).table.num_rows == applies


@pytest.mark.parametrize("column", ["chance_of_return", "rfm_segment", "stage_since", "due_on"])
def test_a_condition_on_something_unknown_does_not_hold(rows, column):
    book = nobody_held_out(default_playbook())
    due = book.play("due_replenish")
    audience = msgspec.structs.replace(
        due.audience, max_chance_of_return=1.0, rfm_segments=("loyal",), max_days_in_stage=3650
    )
    book = with_changes(replace(book, plays=(due,)), due.id, audience=audience)
    assert plan(rows, rows.people(rows.customer()), book).table.num_rows == 1
    assert plan(rows, rows.people(rows.customer() | {column: None}), book).table.num_rows == 0


# --- the whole --------------------------------------------------------------------------------


def test_an_empty_shop_has_an_empty_plan(rows):
    made = plan(rows, rows.people())
    assert made.table.schema == PLAN_SCHEMA
    assert (made.table.num_rows, made.reserved) == (0, 0)
    assert list(made.intents()) == []


def test_a_playbook_without_active_plays_plans_nothing(rows):
    made = plan(rows, rows.shop(10), replace(default_playbook(), plays=()))
    assert (made.table.num_rows, made.by_play) == (0, ())


def test_messages_are_filled_with_the_customers_own_values(rows):
    found = only(rows, rows.customer(top_category="纸尿裤"))
    assert found["message_zh"] == (
        "您常买的纸尿裤差不多该补货了，Tea & Co已为您备好，点开即可再来一单。拒收请回复R"
    )
    found = only(rows, rows.customer(top_category=None))
    assert found["message_en"] == (
        "It may be time to restock your last order. Tea & Co has it ready for you."
    )


def test_actions_become_intents_that_say_all_that_delivery_needs(rows):
    def slipping(customer_id: int, stage: str, **changes) -> dict:
        return rows.customer(customer_id, stage=stage, warmth=stage, **changes)

    people = rows.people(
        rows.customer(1),
        slipping(2, "dormant", dormant_on=rows.today),
        slipping(3, "at_risk", depth="core", average_order_value=Decimal(500)),
        slipping(4, "lost", stage_since=rows.today - timedelta(days=99)),
    )
    by_customer: dict[int, list] = {}
    made = plan(rows, people)
    for intent in made.intents():
        by_customer.setdefault(intent.customer_id, []).append(intent)
    (send,) = by_customer[1]
    assert isinstance(send, SendMessage)
    assert (send.play, send.channel, send.send_on, send.hour) == (
        "due_replenish",
        "sms",
        rows.today,
        20,
    )
    grant, send = by_customer[2]
    assert isinstance(grant, GrantBenefit)
    assert (grant.kind, grant.worst_case, grant.currency) == ("envelope", Decimal(5), "CNY")
    assert isinstance(send, SendMessage)
    (task,) = by_customer[3]
    assert isinstance(task, HumanTask)
    assert task.task == "call"
    (quiet,) = by_customer[4]
    assert isinstance(quiet, Suppress)
    keys = [intent.key for intent in made.intents()]
    assert len(set(keys)) == len(keys)
    assert keys == [intent.key for intent in plan(rows, people).intents()]


def test_the_summary_by_play_adds_up_to_the_plan(rows):
    made = plan(rows, rows.shop(3000), default_playbook(), share=0.1, budget=300_00)
    assert [s.play for s in made.by_play] == [p.id for p in default_playbook().active]
    assert sum(s.reserved for s in made.by_play) == made.reserved
    for name in ("act", "hold_out", "global_hold_out", "not_funded"):
        counted = pc.sum(pc.equal(made.table["decision"], name)).as_py()
        assert sum(getattr(s, name) for s in made.by_play) == counted


def test_the_plan_says_that_its_worth_is_assumed_and_that_nothing_is_sent(rows):
    note = plan(rows, rows.shop(10)).notes[0]
    assert "assumed until hold-outs have measured it; nothing is sent" in note.en
    assert "先验假设" in note.zh


def test_the_page_of_the_plan_lists_its_columns():
    rows = [f"| `{c.name}` | {str(c.type).upper()} | {c.en} | {c.zh} |" for c in PLAN]
    page = (Path(__file__).parents[2] / "docs" / "plan.md").read_text("utf-8")
    assert "\n".join(rows) in page
