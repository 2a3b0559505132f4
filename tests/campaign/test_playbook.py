"""The playbook: a good default, and every mistake told with file, line and what is allowed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from regulars.campaign.placeholders import MESSAGE_PLACEHOLDERS, fill, placeholders
from regulars.campaign.playbook import (
    Audience,
    Lever,
    default_playbook,
    default_playbook_text,
    parse_playbook,
    read_playbook,
)
from regulars.errors import SettingsError, UnknownValue
from regulars.kernel.stage_names import Stage

PLAY = """\
[[play]]
id = "due"
name = { zh = "到期", en = "Due" }
lever = "stimulate"
hold_out = 0.1

[play.audience]
stages = ["growing"]

[play.offer]
kind = "coupon"
text = { zh = "减{value}", en = "{value} off" }
value = 5

[play.message]
channel = "sms"
zh = "{offer}。拒收请回复R"
en = "{offer}"
cost = 0.05

[play.timing]
hour = 10

[play.kpi]
metric = "incremental_profit"
zh = "增量利润"
en = "incremental profit"

[play.guardrail]
metric = "refund_rate"
zh = "退款率"
en = "refunds"

[play.prior]
incremental_chance = 0.05
"""


def line_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if words in line)


# --- the default ------------------------------------------------------------------------------


def test_the_default_has_a_play_for_every_stage():
    covered = {stage for play in default_playbook().active for stage in play.audience.stages}
    assert covered == set(Stage)


def test_the_default_has_nothing_to_warn_of():
    assert default_playbook().warnings == ()


def test_the_default_uses_all_four_levers():
    assert {play.lever for play in default_playbook().plays} == set(Lever)


@pytest.mark.parametrize("play", default_playbook().plays, ids=lambda play: play.id)
def test_every_text_of_the_default_stands_in_both_languages(play):
    texts = [play.name, play.kpi, play.guardrail]
    if not play.suppresses:
        texts.append(play.message)
    if play.offer.text is not None:
        texts.append(play.offer.text)
    for text in texts:
        assert re.search(r"[\u4e00-\u9fff]", text.zh), text
        assert re.search(r"[A-Za-z]", text.en), text
        assert not re.search(r"[\u4e00-\u9fff]", text.en), text
        assert set(placeholders(text.zh)) == set(placeholders(text.en)) or text is play.message


def test_the_default_gives_core_customers_no_discount_and_lets_the_lost_go():
    book = default_playbook()
    for play in book.plays:
        if Stage.CORE in play.audience.stages:
            assert play.offer.kind not in ("coupon", "envelope")
    assert book.play("lost_let_go").suppresses
    assert book.play("lost_let_go").lever is Lever.LET_GO


def test_the_default_comes_first_with_the_due_play_for_those_who_are_due():
    due = default_playbook().play("due_replenish")
    for play in default_playbook().active:
        rivals = {Stage.SECOND_ORDER, Stage.GROWING, Stage.CORE} & set(play.audience.stages)
        if rivals and play is not due:  # a higher chance at a lower cost wins at any basket
            assert play.prior.incremental_chance < due.prior.incremental_chance
            cost = play.message.cost + play.offer.value * play.offer.redemption
            assert cost >= due.message.cost or play.id == "core_early_access"


def test_a_file_made_from_the_default_reads_the_same(tmp_path: Path):
    path = tmp_path / "playbook.toml"
    path.write_text(default_playbook_text(), "utf-8")
    assert read_playbook(path).plays == default_playbook().plays
    assert read_playbook(path).version == default_playbook().version


# --- versions and lookups ---------------------------------------------------------------------


def test_the_version_changes_with_the_content_and_only_with_it():
    assert parse_playbook(PLAY).version == parse_playbook(PLAY, "elsewhere.toml").version
    assert parse_playbook(PLAY).version != parse_playbook(PLAY.replace("0.05", "0.06")).version


def test_an_unknown_play_is_told_with_those_that_there_are():
    with pytest.raises(UnknownValue, match=r"'duo' is no play\. Did you mean 'due'"):
        parse_playbook(PLAY).play("duo")


def test_a_disabled_play_is_kept_and_not_planned():
    book = parse_playbook(PLAY.replace("hold_out", "enabled = false\nhold_out"))
    assert [play.id for play in book.plays] == ["due"]
    assert book.active == ()


def test_segment_names_are_those_of_the_people_table():
    from regulars.people.rfm import RFM8, SEGMENTS

    types = {field.name: field.type for field in msgspec.structs.fields(Audience)}
    assert get_args(get_args(types["rfm_segments"])[0]) == tuple(s.key for s in SEGMENTS)
    assert set(get_args(get_args(types["rfm8"])[0])) == set(RFM8)


# --- mistakes ---------------------------------------------------------------------------------

MISTAKES = [
    # what is written, in its place; words of the line; the error; what to do
    ('stages = ["growing"]', 'stages = ["grown"]', "'grown' is not known", "mean 'growing'?"),
    ('lever = "stimulate"', 'lever = "push"', "'push' is not known", "acquire, let_go, maintain"),
    ('channel = "sms"', 'channel = "sns"', "'sns' is not known", "did you mean 'sms'?"),
    ('kind = "coupon"', 'kind = "cupon"', "'cupon' is not known", "did you mean 'coupon'?"),
    ('stages = ["growing"]', 'stage = ["growing"]', "no setting 'stage'", "mean 'stages'?"),
    ("hold_out = 0.1", "hold_out = 10", "<= 1", "a number of at least 0 and at most 1"),
    ("hold_out = 0.1", "hold_out = 0", "without a hold-out", "hold_out_reason"),
    ("hold_out = 0.1", "hold_out = nan", "no amount", "finite number"),
    ("value = 5", "value = -5", ">= 0", "at least 0"),
    ("value = 5", 'value = "5"', "expected a number, got text", "write a number"),
    ("value = 5", "percent = 10", "without a bound", "most"),
    ("value = 5", "value = 5\npercent = 10", "both percent and value", "keep one"),
    ("value = 5", "valid_days = 0", ">= 1", "at least 1"),
    ("hour = 10", "hour = 23", "<= 21", "at least 8 and at most 21"),
    ("hour = 10", 'hour = "noon"', "'noon' is not known", "usual, or a whole number"),
    ("hour = 10", 'anchor = "due_at"', "'due_at' is not known", "mean 'due_on'?"),
    ('zh = "{offer}。拒收请回复R"', 'zh = "{ofer}"', "no such placeholder", "mean 'offer'?"),
    ('en = "{offer}"', 'en = "{name}"', "no such placeholder", "top_category"),
    ('en = "{offer}"', 'en = "{offer"', "a brace is open", "{name}"),
    ('en = "{offer}"', 'en = ""', "no words in en", "write them"),
    ("{value} off", "{shop} off", "no such placeholder", "value, percent, min_spend"),
    ("{value} off", "{min_spend} off", "{min_spend} has no value here", "write min_spend"),
    ('metric = "refund_rate"', 'metric = "refunds"', "no such metric", "refund_rate"),
    ("incremental_chance = 0.05", "within_days = 30", "assumed to change", "a share"),
    ('id = "due"', 'id = "Due play"', "expected text matching", "like ^[a-z]"),
    (', en = "Due" }', " }", "'en' is missing", "at least 1"),
    ('channel = "sms"', 'channel = "none"', "no message, no offer", "kind none"),
    ('kind = "coupon"', 'kind = "none"', "promises nothing", "points, coupon"),
    (
        'stages = ["growing"]',
        "min_orders = 5\nmax_orders = 3",
        "nobody lies between 5 and 3",
        "max_orders",
    ),
]


ELSEWHERE = {
    # mistakes that stand on another line than what was written: the table, or the other key
    ', en = "Due" }': "name = {",
    "incremental_chance = 0.05": "[play.prior]",
    "{value} off": "text = {",
    'channel = "sms"': 'kind = "coupon"',
}


@pytest.mark.parametrize(("right", "wrong", "message", "todo"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(right, wrong, message, todo):
    assert PLAY.count(right) == 1, "the table of mistakes must be unambiguous"
    text = PLAY.replace(right, wrong)
    with pytest.raises(SettingsError) as caught:
        parse_playbook(text, "playbook.toml")
    error = caught.value
    assert message in error.message
    assert todo in error.todo
    lines = {line_of(text, wrong.splitlines()[0]), line_of(text, wrong.splitlines()[-1])}
    if right in ELSEWHERE and error.where.line not in lines:
        lines = {line_of(text, ELSEWHERE[right])}
    assert error.where.file == "playbook.toml"
    assert error.where.line in lines


def test_the_line_of_a_mistake_is_exact_in_the_second_play():
    second = PLAY.replace('id = "due"', 'id = "again"').replace("value = 5", "value = -1")
    with pytest.raises(SettingsError) as caught:
        parse_playbook(PLAY + "\n" + second)
    expected = len(PLAY.splitlines()) + 1 + line_of(second, "value = -1")
    assert caught.value.where.line == expected
    assert str(caught.value).startswith(f"playbook.toml, line {expected}, play.offer.value = '-1'")


def test_a_play_id_that_is_taken_is_told_with_the_line_of_the_other():
    with pytest.raises(SettingsError, match="taken by the play of line 1") as caught:
        parse_playbook(PLAY + PLAY)
    assert caught.value.where.line == len(PLAY.splitlines()) + 2


def test_a_test_name_that_is_taken_is_refused_because_it_would_mix_two_hold_outs():
    other = PLAY.replace('id = "due"', 'id = "other"\ntest = "due"')
    with pytest.raises(SettingsError, match="hold-out test is taken"):
        parse_playbook(PLAY + other)


def test_letting_go_needs_what_it_saves_and_only_letting_go_may_send_nothing():
    offer = PLAY[PLAY.index("[play.offer]") : PLAY.index("[play.message]")]
    quiet = PLAY.replace(offer, "").replace('channel = "sms"', 'channel = "none"')
    with pytest.raises(SettingsError, match="only a play that lets go"):
        parse_playbook(quiet)
    with pytest.raises(SettingsError, match="what letting go saves"):
        parse_playbook(quiet.replace('"stimulate"', '"let_go"'))


def test_an_empty_file_is_told():
    with pytest.raises(SettingsError, match="there is no play"):
        parse_playbook("# nothing yet\n")


# --- advice -----------------------------------------------------------------------------------


def advice(text: str) -> str:
    return " ".join(line.en + line.zh for line in parse_playbook(text).warnings)


def test_stages_without_a_play_are_named():
    found = parse_playbook(PLAY).warnings[-1]
    assert "no play for the stages No order yet, Visitor" in found.en
    assert "Growing" not in found.en
    assert "流失" in found.zh


@pytest.mark.parametrize("words", ["您的专属价", "your own price", "会员专享价9元"])
def test_a_price_of_ones_own_is_warned_of(words):
    assert "因人定价" in advice(PLAY.replace('"{offer}"', f'"{{offer}} {words}"'))
    assert "因人定价" not in advice(PLAY)


def test_money_by_personal_attributes_is_warned_of():
    text = PLAY.replace('stages = ["growing"]', 'attributes = { gender = "f" }')
    assert "differential treatment" in advice(text)


def test_rewards_for_sharing_on_wechat_are_warned_of():
    text = PLAY.replace('"sms"', '"wechat"').replace('"{offer}。', '"找好友助力得{offer}。')
    assert "forbids rewards for sharing" in advice(text)


def test_an_sms_without_the_way_to_refuse_or_too_long_is_warned_of():
    assert "拒收请回复R" in advice(PLAY.replace("拒收请回复R", ""))
    assert "charged as several" in advice(PLAY.replace('zh = "{offer}', 'zh = "' + "好" * 70))
    assert "拒收" not in advice(PLAY)


# --- placeholders -----------------------------------------------------------------------------


def test_every_placeholder_that_a_customer_may_lack_has_a_stand_in_in_both_languages():
    for placeholder in MESSAGE_PLACEHOLDERS:
        assert bool(placeholder.missing_zh) == bool(placeholder.missing_en)


def test_text_that_looks_like_a_placeholder_inside_a_value_is_left_alone():
    import pyarrow as pa

    values = {"top_category": pa.array(["{offer}", "a|b{"]), "offer": "x"}
    assert fill("{top_category}: {offer}", values, 2).to_pylist() == ["{offer}: x", "a|b{: x"]


def test_the_page_of_the_playbook_is_what_the_types_say():
    from regulars.campaign.playbook_page import page

    path = Path(__file__).parents[2] / "docs" / "playbook.md"
    assert path.read_text("utf-8") == page(), "write it anew: it is playbook_page.page()"
