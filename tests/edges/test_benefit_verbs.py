"""benefit issue, claim, codes, envelope, spend, take-back, gifts; what is had, what is owed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from command_line import as_json, regulars
from edges import benefit_home


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return benefit_home.make(tmp_path_factory.mktemp("benefits"))


@pytest.fixture(scope="module")
def chinese(tmp_path_factory) -> Path:
    return benefit_home.make(tmp_path_factory.mktemp("chinese"), "zh")


@pytest.fixture(scope="module")
def book_only(tmp_path_factory) -> Path:
    """A shop that has nothing but its book, whose customers are numbers."""
    return benefit_home.make(tmp_path_factory.mktemp("book"), orders=False)


def benefit(home: Path, *arguments: str | Path, code: int = 0) -> list[str]:
    done = regulars("--home", home, "benefit", *arguments, code=code)
    return (done.stderr if code else done.stdout).splitlines()


def as_data(home: Path, *arguments: str | Path) -> dict:
    told = as_json("--home", home, "benefit", *arguments)
    assert not fractions(told), "amounts are whole numbers"
    return told


def fractions(told: object) -> list[object]:
    """Numbers that are not whole; the share of the way to the next tier may be none."""
    if isinstance(told, dict):
        return [one for name in told if name != "share" for one in fractions(told[name])]
    if isinstance(told, list):
        return [one for each in told for one in fractions(each)]
    return [told] if isinstance(told, float) else []


def test_points_are_given_and_taken_by_the_shops_own_id(home):
    (told,) = benefit(home, "issue", "shop:1002", "--points", "500", "--why", "welcome")
    assert re.fullmatch(r"Gave customer shop:1002 500 points \(entry \d+\)", told)
    (told,) = benefit(home, "issue", "shop:1002", "--points", "-20")
    assert told.startswith("Took 20 points from customer shop:1002 (entry ")
    card = as_data(home, "balance", "shop:1002")
    assert (card["points"]["available"], card["points"]["worth"]) == (480, 4_80)


def test_with_a_key_nothing_is_given_twice_and_the_same_is_told(home):
    first = as_data(home, "issue", "shop:1003", "--points", "7", "--key", "seven")
    assert first == as_data(home, "issue", "shop:1003", "--points", "7", "--key", "seven")
    (told,) = benefit(home, "issue", "shop:1003", "--points", "8", "--key", "seven", code=1)
    assert told.startswith("ledger.key_conflict: key = 'seven': this key was used before")


def test_a_coupon_is_claimed_and_one_by_its_code_once(home):
    (told,) = benefit(home, "claim", "shop:1001", "--coupon", "spring")
    assert told.startswith("Customer shop:1001 has claimed the coupon spring (entry ")
    codes = benefit(home, "codes", "large", "--count", "2")
    assert len(set(codes)) == 2
    (told,) = benefit(home, "claim", "shop:1001", "--code", codes[0].lower().replace("-", " "))
    assert "has claimed the coupon large, to the end of 20" in told
    for wrong in (codes[0], "028RT8-X2B2HT-W54S22", "x"):
        (told,) = benefit(home, "claim", "shop:1002", "--code", wrong, code=1)
        assert told.startswith("benefit.wrong_code: ")


def test_codes_made_again_under_their_key_are_the_same(home):
    made = as_data(home, "codes", "large", "--count", "3", "--key", "made")
    assert made == as_data(home, "codes", "large", "--count", "3", "--key", "made")
    assert len(made["codes"]) == 3


def test_a_red_envelope_is_filled_with_money_or_points_and_claimed_once_by_each(home):
    (told,) = benefit(home, "envelope", "12.50", "2", "--equal", "--budget", "year")
    found = re.fullmatch(
        r"Filled red envelope (\S+) with ¥12.50 in 2 shares,"
        r" claimed to the end of \d{4}-\d\d-\d\d \(entry \d+\)",
        told,
    )
    assert found, told
    (told,) = benefit(home, "claim", "shop:1001", "--envelope", found[1])
    assert told.startswith(f"Customer shop:1001 has claimed ¥6.25 of red envelope {found[1]}")
    (told,) = benefit(home, "claim", "shop:1001", "--envelope", found[1], code=1)
    assert told.startswith("ledger.limit_reached: ")
    (told,) = benefit(home, "envelope", "100", "10", "--points")
    assert "with 100 points in 10 shares" in told


def test_an_envelope_asked_for_again_under_its_key_is_the_same_one(home):
    first = as_data(home, "envelope", "3", "3", "--key", "red")
    assert first == as_data(home, "envelope", "3", "3", "--key", "red")
    assert (first["total"], first["count"]) == (300, 3)


def test_a_gift_goes_from_its_giving_to_its_arrival(home, tmp_path):
    (told,) = benefit(home, "issue", "shop:1003", "--gift", "mug")
    found = re.search(r"the gift mug; it waits for an address \(entry (\d+)\)", told)
    assert found
    n = found[1]
    (told,) = benefit(home, "send", n, code=1)
    assert told.startswith("benefit.gift_state: ")
    address = tmp_path / "address.json"
    address.write_text('{"name": "Wang", "street": "Nanjing Road 1"}')
    assert "has an address" in benefit(home, "address", n, "shop:1003", address)[0]
    assert "gift     mug, ready to be sent, entry " in "\n".join(
        benefit(home, "balance", "shop:1003")
    )
    assert "is sent" in benefit(home, "send", n, "--tracking", "SF1")[0]
    assert "has arrived" in benefit(home, "receive", n)[0]
    (told,) = benefit(home, "take-back", "gift", n, code=1)
    assert told.startswith("benefit.gift_state: n = ")


def test_what_was_given_is_taken_back_by_its_entry(home):
    for option, name in (("--coupon", "spring"), ("--gift", "mug")):
        n = str(as_data(home, "issue", "shop:1002", option, name)["n"])
        (told,) = benefit(home, "take-back", option[2:], n, "--why", "a mistake")
        assert told.startswith(f"Took the {option[2:]} {name} back (entry ")
    (told,) = benefit(home, "take-back", "coupon", "1", code=1)
    assert told.startswith("benefit.not_found: n = '1': this entry gave no coupon.")


def test_points_are_spent_on_what_is_no_order(home):
    benefit(home, "issue", "shop:1002", "--points", "100")
    (told,) = benefit(home, "spend", "shop:1002", "30", "a draw")
    assert told.startswith("Customer shop:1002 has spent 30 points on a draw (entry ")
    (told,) = benefit(home, "spend", "shop:1002", "99999", "a draw", code=1)
    assert told.startswith("ledger.insufficient: ")


def test_a_statement_says_in_words_what_moved_points(book_only):
    benefit(book_only, "issue", "7", "--points", "50", "--why", "welcome")
    benefit(book_only, "spend", "7", "20", "a draw")
    newest, oldest = benefit(book_only, "statement", "7")
    assert re.match(
        r" +\d+  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d +-20  spent 20 points on a draw", newest
    )
    assert "+50  was given 50 points (welcome)" in oldest
    shown, more = benefit(book_only, "statement", "7", "--limit", "1")
    assert shown == newest
    cursor = more.removeprefix("More: --before ")
    assert benefit(book_only, "statement", "7", "--before", cursor) == [oldest]
    assert benefit(book_only, "statement", "8") == ["Nothing has moved points of customer 8 yet."]
    lines = as_data(book_only, "statement", "7")["lines"]
    assert [line["amount"] for line in lines] == [-20, 50]


def test_the_liability_tells_what_is_owed_and_how_budgets_stand(book_only):
    benefit(book_only, "issue", "9", "--points", "300")
    benefit(book_only, "issue", "9", "--coupon", "spring")
    told = "\n".join(benefit(book_only, "liability"))
    assert re.search(r"points    3\d\d outstanding, worth ¥3.\d\d in full", told)
    assert "how many are never spent: cannot tell: 0 lots have come to their end" in told
    assert "coupon    1 × spring, version 1, at worst ¥20.00" in told
    assert "budget    year: ¥980.00 left, ¥20.00 reserved, ¥0.00 spent of ¥1,000.00" in told
    found = as_data(book_only, "liability")
    assert found["budgets"][0]["left"] == 980_00


def test_a_number_that_nobody_has_is_refused_unless_the_shop_has_only_its_book(home, book_only):
    (told,) = benefit(home, "issue", "13812345678", "--points", "5", code=1)
    assert told.startswith(
        "benefit.not_found: customer = '13812345678': nobody has this number of ours."
    )
    (told,) = benefit(home, "balance", "shop:9999", code=1)
    assert told.startswith("benefit.not_found: customer = 'shop:9999': nobody has this id.")
    assert benefit(book_only, "issue", "4711", "--points", "5")[0].startswith("Gave customer 4711")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["issue", "7"], "ledger.invalid: coupon, gift, points = '0': exactly one of these"),
        (["issue", "0", "--points", "5"], "ledger.invalid: customer = '0': this cannot be asked"),
        (["issue", "7", "--points", "9" * 20], "ledger.invalid: points = '9999"),
        (["issue", "7", "--points", "5", "--why", "x" * 501], "ledger.invalid: why = 'xxx"),
        (["issue", "7", "--coupon", "nope"], "benefit.not_found: coupon = 'nope'"),
        (["claim", "7", "--coupon", "large"], "benefit.not_found: coupon = 'large'"),
        (["claim", "7", "--envelope", "nope"], "benefit.wrong_code: "),
        (["envelope", "10.005", "2"], "value.unknown: '10.005' is no total. Allowed: money in CNY"),
        (["envelope", "1e999999999", "2"], "value.unknown: '1e999999999' is no total."),
        (["envelope", "10.5", "2", "--points"], "value.unknown: '10.5' is no total of points."),
        (["envelope", "0.05", "20"], "ledger.invalid: total = '5': 20 shares need at least 20"),
        (["envelope", "12", "2", "--budget", "nope"], "benefit.not_found: budget = 'nope'"),
        (["envelope", "12", "2", "--points", "--budget", "year"], "benefit.not_applicable: budget"),
        (["address", "1", "7", "nowhere.json"], "intake.unreadable: nowhere.json: cannot be read"),
        (["statement", "7", "--asset", "gold"], "ledger.not_found: asset = 'gold'"),
        (["statement", "7", "--before", "x"], "value.unknown: 'x' is no cursor"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_to_do(book_only, arguments, told):
    (line,) = benefit(book_only, *arguments, code=1)
    assert line.startswith(told)
    assert line.endswith(".")


@pytest.mark.parametrize(
    "arguments",
    [["issue"], ["codes", "spring", "--count", "0"], ["spend", "7", "0", "x"], ["give", "7"]],
)
def test_wrong_usage_has_exit_code_2(book_only, arguments):
    regulars("--home", book_only, "benefit", *arguments, code=2)


def test_all_of_it_is_in_chinese_where_the_shop_is(chinese, tmp_path):
    def told(*arguments: str | Path) -> str:
        return "\n".join(benefit(chinese, *arguments))

    assert told("issue", "shop:1001", "--points", "500").startswith(
        "已给用户 shop:1001 发放 500 积分"
    )
    assert told("issue", "shop:1001", "--points", "-1").startswith("已扣除用户 shop:1001 的 1 积分")
    assert "发放优惠券 large，有效至 20" in told("issue", "shop:1001", "--coupon", "large")
    assert told("claim", "shop:1001", "--coupon", "spring").startswith(
        "用户 shop:1001 已领取优惠券"
    )
    gift = told("issue", "shop:1001", "--gift", "mug")
    assert "礼品 mug，等待收货地址（第 " in gift
    envelope = told("envelope", "5", "1")
    name = envelope.split()[1]
    assert re.match(r"红包 \S+ 已装入 ¥5.00，共 1 份，可领至 \S+ 当天（第 \d+ 条）", envelope)
    assert f"领到红包 {name} 中的 ¥5.00" in told("claim", "shop:1001", "--envelope", name)
    assert "使用 9 积分：抽奖" in told("spend", "shop:1001", "9", "抽奖")
    card = told("balance", "shop:1001")
    assert "  等级     会员，成长值 0，距 gold 还差 200" in card
    assert "  优惠券   1 × spring（满 100 减 20）" in card
    assert "  余额     ¥5.00" in card
    assert "使用 9 积分（抽奖）" in told("statement", "shop:1001")
    owed = told("liability")
    assert "预算      year：剩余 ¥967.50，预留 ¥32.50，已用 ¥0.00，共 ¥1,000.00" in owed
    assert "预计作废：无法判断" in owed


def test_what_verbs_have_done_stands_in_the_timeline(home):
    benefit(home, "issue", "shop:1001", "--points", "33", "--why", "thanks")
    assert "33 points" in regulars("--home", home, "timeline", "shop:1001").stdout
