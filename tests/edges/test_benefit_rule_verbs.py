"""benefit sheet, define, terms, dry-run, run: from a file of rules to what they gave."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import as_json, regulars
from edges import benefit_home


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    return benefit_home.make(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    """A home whose rules are not published, and which has not been understood."""
    return benefit_home.make(tmp_path_factory.mktemp("fresh"), rules=False)


def benefit(home: Path, *arguments: str | Path, code: int = 0) -> list[str]:
    done = regulars("--home", home, "benefit", *arguments, code=code)
    return (done.stderr if code else done.stdout).splitlines()


def test_rules_go_from_the_sheet_over_publishing_to_what_they_give(tmp_path):
    home = benefit_home.make(tmp_path, rules=False)
    assert benefit(home, "terms")[0].startswith("Nothing is published yet.")
    days = ("--from", "2026-10-01", "--to", "2026-10-31")
    dry = benefit(home, "dry-run", *days)
    # 120 + 240 + 58 points; O4 was cancelled.
    assert dry == [
        "earn order: 3 times to 2 customers, points 418, growth value 418",
        "budget year: ¥0.00 of ¥1,000.00 set aside",
    ]
    assert as_json("--home", home, "benefit", "dry-run", *days)["rules"][0]["by_day"] == {
        "2026-10-02": 1, "2026-10-05": 1, "2026-10-19": 1,
    }  # fmt: skip
    told = benefit(home, "define")
    assert told[0].startswith("Published (entry 1)")
    assert "  new      coupon     spring               version 1" in told
    assert benefit(home, "define")[0].startswith("Nothing has changed: all of it holds already")
    assert benefit(home, "run")[0] == dry[0]
    assert benefit(home, "run") == [
        "Nothing was due: what happens after a rule was published counts, after its wait."
    ]
    assert "  points   360 (worth ¥3.60)" in benefit(home, "balance", "shop:1001")
    terms = benefit(home, "terms")
    assert "coupon     spring               version 1   20 off 100" in terms
    assert "budget     year                 version 1   ¥1,000.00" in terms


def test_a_rule_that_is_changed_is_a_new_version_and_one_that_is_gone_ends(tmp_path):
    home = benefit_home.make(tmp_path, orders=False)
    rules = home / "benefits.toml"
    text = rules.read_text().replace("amount = 20", "amount = 25")
    rules.write_text(text[: text.index("[[gift]]")] + text[text.index("[tiers]") :])
    told = benefit(home, "define")
    assert "  changed  coupon     spring               version 2" in told
    assert "  ended    gift       mug                  version 2" in told


def test_the_sheet_knows_what_was_imported_a_moment_ago(fresh):
    text = "\n".join(benefit(fresh, "sheet"))
    assert text.startswith(f"Rule sheet of {fresh}/benefits.toml")
    assert "past orders are not known" not in text
    assert "(1 % of a month's sales)" in text
    in_chinese = benefit(fresh, "sheet", "--lang", "zh")
    assert in_chinese[0] == f"规则单：{fresh}/benefits.toml"
    costs = as_json("--home", fresh, "benefit", "sheet")["costs"]
    assert {one["name"] for one in costs} >= {"order", "spring", "large", "mug"}


def test_what_the_sheet_stops_is_published_only_despite_it(fresh, tmp_path):
    endless = tmp_path / "endless.toml"
    endless.write_text(
        '[[coupon]]\nname = "endless"\ntitle = "20 off"\nkind = "amount"\namount = 20\n'
        'public = true\nper_customer = "any"\n'
    )
    (told,) = benefit(fresh, "define", endless, code=1)
    assert told.startswith(f"benefit.rules_forbidden: {endless}, line ")
    assert benefit(fresh, "define", endless, "--despite-stops")[0].startswith("Published")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kind = "amount"', 'kind = "amuont"', "line 19, coupon.kind = 'amuont': 'amuont' is not"),
        ("amount = 20", "amount = -20", "line 20, coupon.amount = '-20': "),
        ("amount = 20", 'amount = "x"', "line 20, coupon.amount = 'x': expected "),
        ("amount = 20", "amuont = 20", "line 20"),
        ('budget = "year"', 'budget = "nope"', "there is no budget of this name. There are: year."),
        ("[tiers]", "[tiers", "line "),
    ],
)
def test_a_mistake_in_the_rules_is_told_with_its_line(published, tmp_path, old, new, told):
    file = tmp_path / "rules.toml"
    file.write_text(benefit_home.RULES.replace(old, new, 1))
    for verb in (["sheet", file], ["define", file]):
        (line,) = benefit(published, *verb, code=1)
        assert line.startswith(f"settings.invalid: {file}, line ")
        assert told in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sheet", "none.toml"], "none.toml: cannot be read (No such file or directory)."),
        (["define", "."], "settings.invalid: .: cannot be read (Is a directory)."),
        (["dry-run", "--from", "x", "--to", "2026-10-31"], "value.unknown: 'x' is no date."),
        (
            ["dry-run", "--from", "2026-10-31", "--to", "2026-10-01"],
            "value.unknown: to = '2026-10-01': the last day lies before the first.",
        ),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_to_do(published, arguments, told):
    (line,) = benefit(published, *arguments, code=1)
    assert told in line


def test_all_of_it_is_in_chinese_where_the_shop_is(tmp_path):
    home = benefit_home.make(tmp_path, "zh", rules=False)
    assert benefit(home, "terms")[0].startswith("还没有发布任何规则。")
    told = benefit(home, "define")
    assert told[0].startswith("已发布（第 1 条）")
    assert "  新增     coupon     spring               第 1 版" in told
    assert benefit(home, "define")[0].startswith("没有变化，均已生效")
    assert "coupon     spring               第 1 版     满 100 减 20" in benefit(home, "terms")
    assert benefit(home, "run")[0] == "earn order: 3 次，2 人，积分 418，成长值 418"
    assert benefit(home, "run")[0].startswith("没有待发放的权益")
    dry = benefit(home, "dry-run", "--from", "2026-10-01", "--to", "2026-10-31")
    assert dry[-1] == "预算 year：共 ¥1,000.00，预留 ¥0.00"


def test_the_help_of_the_group_says_each_verb_on_one_line():
    text = regulars("benefit", "--help").stdout
    assert "..." not in text.split("Commands:")[1]
    for verb in ("sheet", "define", "run", "issue", "take-back", "refund", "liability", "verify"):
        assert f"\n  {verb} " in text
