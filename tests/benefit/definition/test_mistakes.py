"""Every mistake in `benefits.toml` is told with its line, its value, and what to do."""

from __future__ import annotations

import os
from importlib.resources import files

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from regulars.benefit.definition.file import Benefits, parse_benefits
from regulars.benefit.definition.history import History
from regulars.benefit.definition.sheet import sheet_of
from regulars.errors import SettingsError

STARTING = (files("regulars.app") / "benefits.toml").read_text("utf-8")
EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "150"))

RIGHT = """\
[points]
worth = 1
worth_of = 100
[[points.earn]]
name = "order"
on = "order"
points = 1
per = 1
[[points.earn]]
name = "review"
on = "Product Reviewed"
points = 5
limit = 1
[[coupon]]
name = "spring"
title = "20 off"
kind = "amount"
amount = 20
threshold = 100
[[coupon]]
name = "tea"
title = "15 % off"
kind = "percent"
percent = 15
ceiling = 30
budget = "money"
scope = { categories = ["tea"], price_from = 10, price_to = 20 }
from = 2026-03-01
to = 2026-03-31
[[coupon]]
name = "cup"
title = "A cup"
kind = "gift"
gift = "P1"
worth = 10
[[coupon]]
name = "shipping"
title = "Free shipping"
kind = "free_shipping"
[[gift]]
name = "mug"
title = "A mug"
worth = 15
[[tiers.tier]]
name = "member"
title = "Member"
growth = 0
[[tiers.tier]]
name = "gold"
title = "Gold"
growth = 1000
gifts = ["gift:mug"]
[[badge]]
name = "ten"
title = "Ten orders"
on = "order"
count = 10
[[incentive]]
name = "slipping"
when = "stage"
stage = "at_risk"
give = { coupon = "spring" }
[[incentive]]
name = "profile"
when = "event"
on = "Profile Completed"
give = { points = 10 }
budget = "points"
[[incentive]]
name = "first"
when = "conversion"
after = "Signed Up"
on = "order"
within_days = 7
give = { gift = "mug" }
[[incentive]]
name = "week"
when = "streak"
on = "Checked In"
days = 7
give = { balance = 2 }
[[incentive]]
name = "thanks"
when = "surprise"
stage = "core"
chance = 5
give = { points = 50 }
[[budget]]
name = "money"
money = 100
[[budget]]
name = "points"
points = 1000
"""

MISTAKES = [
    # What is replaced, by what, the words of the message, and of what to do.
    ('kind = "amount"', 'kind = "amont"', "'amont' is not known here", "did you mean 'amount'?"),
    ('name = "spring"', 'name = "Spring"', "matching regex", "write text"),
    ('name = "spring"', 'name = "spring\\n"', "characters that cannot be shown", "on one line"),
    ('title = "20 off"', 'title = " 20 off"', "spaces around it", "on one line"),
    ("amount = 20", "amont = 20", "no setting 'amont' here", "did you mean 'amount'?"),
    ("amount = 20", "amount = 0", "of kind amount needs amount", "write amount"),
    ("amount = 20", "amount = -1", ">= 0", "at least 0"),
    ("amount = 20", "amount = 0.001", "smallest coin of CNY is 0.01", "fewer decimal places"),
    ("amount = 20", "amount = 20\npercent = 5", "kind amount has no percent", "take percent out"),
    ("percent = 15", "percent = 101", "<= 100", "at most 100"),
    ("percent = 15", "percent = 0.001", "finest percent is 0.01", "fewer decimal places"),
    ("ceiling = 30", "ceiling = 0", "take nothing off", "leave it out"),
    ("ceiling = 30\n", "", "only what has a worst case", "write ceiling"),
    ('gift = "P1"', "", "of kind gift needs gift", "write gift"),
    ('budget = "money"', 'budget = "mony"', "no budget of this name", "did you mean 'money'?"),
    ('budget = "money"', 'budget = "points"', "this budget is in points", "in money"),
    ('"tea"]', '"tea/"]', "this is no category", "tea/green"),
    ('"tea"]', '"tea"], except_categories = ["tea"]', "meant and not meant", "keep it in one"),
    ("price_to = 20", "price_to = 9", "nothing costs 10 to 9", "price_from or more"),
    ("to = 2026-03-31", "to = 2026-02-28", "ends before it begins", "from 2026-03-01 on"),
    ("to = 2026-03-31", "to = 9999-12-31", "too far away", "1971 to 2199"),
    ('name = "tea"', 'name = "spring"', "taken by the coupon of line 14", "choose another"),
    ("worth = 1\n", "worth = 0\n", "worth nothing cannot be spent", "worth_of = 100"),
    ("worth = 1\n", "worth = 1\nexpire_days = 30\nexpire_years = 1\n", "or with a calendar year",
     "keep expire_days or expire_years"),
    ("per = 1\n", "", "for each so much that was paid", "per = 1"),
    ("points = 5\n", "", "the rule gives nothing", "write points, growth, or both"),
    ("points = 5\n", "points = 5\nper = 1\n", "only an order has per", "take it out"),
    ("points = 5\n", "points = 5\nwait_days = 1\n", "only an order has wait_days", "take it out"),
    ("limit = 1\n", "limit_days = 1\n", "a limit that is not there", "write limit"),
    ('on = "Product Reviewed"', 'on = "a|b"', "no name of an event", "Product Reviewed"),
    ("growth = 0\n", "growth = 5\n", "before they have reached it", "at growth = 0"),
    ("growth = 1000\n", "growth = 0\n", "tiers must rise", "more than 0"),
    ('"gift:mug"', '"mug"', "says not what is given", "gift:NAME"),
    ('"gift:mug"', '"gift:mgu"', "no gift of this name", "did you mean 'mug'?"),
    ("count = 10", "count = 10\nstreak_days = 3", "counts events, or days in a row", "keep count"),
    ('stage = "at_risk"\n', "", "needs stage", "it needs stage"),
    ('stage = "at_risk"', 'stage = "atrisk"', "'atrisk' is not known", "did you mean 'at_risk'?"),
    ('stage = "at_risk"', 'stage = "at_risk"\ndays = 3', "has no days", "take days out"),
    ('on = "Profile Completed"', "chance = 5", "needs on", "write it"),
    ("within_days = 7\n", "", "needs within_days", "after and on and within_days"),
    ("days = 7\ngive = { balance", "give = { balance", "needs days", "on and days"),
    ("chance = 5", "chance = 0", "nobody would be surprised", "more than 0"),
    ("give = { points = 50 }", "give = {}", "gives something", "points, coupon, gift, balance"),
    ("give = { points = 50 }", 'give = { points = 50, gift = "mug" }', "gives one thing",
     "one of points"),
    ("give = { points = 50 }", "give = { points = 50, expires_days = 3 }", "their own expiry",
     "only balance"),
    ('coupon = "spring" }', 'coupon = "sprig" }', "no coupon of this name",
     "did you mean 'spring'?"),
    ('coupon = "spring" }', 'coupon = "spring" }\nbudget = "money"', "budget of a coupon pays",
     "at [[coupon]] spring"),
    ('budget = "points"', 'budget = "money"', "in money, and points are given", "name another"),
    ("points = 1000\n", "points = 1000\nmoney = 1\n", "in money, or in points", "money = 5000"),
    ("[points]\n", "[points]\nnothing\n", "is no valid TOML", "mend this line"),
]  # fmt: skip


def test_what_is_right_has_no_mistake():
    assert len(parse_benefits(RIGHT, currency="CNY", zone="Asia/Shanghai").terms) == 15


@pytest.mark.parametrize(("right", "wrong", "message", "todo"), MISTAKES)
def test_a_mistake_is_told_with_its_line(right, wrong, message, todo):
    at = RIGHT.index(right)
    text = RIGHT[:at] + wrong + RIGHT[at + len(right) :]
    with pytest.raises(SettingsError) as caught:
        parse_benefits(text, currency="CNY", zone="Asia/Shanghai")
    error = caught.value
    assert message in error.message
    assert todo in error.todo
    assert error.where.file == "benefits.toml"
    assert error.where.line is not None
    first = RIGHT[:at].count("\n") + 1
    table = RIGHT[:at].rfind("[[")
    above = RIGHT[:table].count("\n") + 1 if table >= 0 else 1
    last = first + wrong.count("\n") + 1
    assert above <= error.where.line <= last  # the setting, or the table in which it is missing


def test_a_setting_has_the_line_of_its_own_not_that_of_its_table():
    text = RIGHT.replace("ceiling = 30", "ceiling = 0")
    with pytest.raises(SettingsError) as caught:
        parse_benefits(text, currency="CNY", zone="Asia/Shanghai")
    where = caught.value.where
    assert text.splitlines()[(where.line or 0) - 1] == "ceiling = 0"
    assert (where.column, where.value) == ("coupon.ceiling", "0")


def test_tiers_without_a_tier_are_a_mistake():
    with pytest.raises(SettingsError, match="there is no tier"):
        parse_benefits("[tiers]\nkeep_days = 3", currency="CNY", zone="Asia/Shanghai")


def read_or_mistake(text: str, currency: str, zone: str) -> Benefits | SettingsError:
    try:
        return parse_benefits(text, currency=currency, zone=zone)
    except SettingsError as error:
        return error


PIECES = st.sampled_from([
    "", "0", "-1", "1e300", "nan", "true", '"any"', '""', '"\\u0000"', "[]", "{}", "[[coupon]]",
    "[points]", "2026-02-30", "2026-01-01T00:00:00", "9999-12-31", "0001-01-01", "0.005", '"gift"',
    '"order"', "percent = 100", "stock = 0", "=", "\n", '"', "'''", "#", "\\", "  ", "1_000",
    "threshold = 0", 'per_customer = "any"', "public = true", "999999999", "kind", "worth_of = 7",
])  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 12), PIECES), max_size=3),
    currency=st.sampled_from(["CNY", "JPY", "KWD"]),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Apia"]),
)
@example(changes=[], currency="CNY", zone="Asia/Shanghai")
def test_whatever_is_written_comes_to_benefits_with_a_sheet_or_to_a_mistake(
    changes, currency, zone
):
    text = RIGHT
    for at, length, piece in changes:
        at %= len(text)
        text = text[:at] + piece + text[at + length :]
    benefits = read_or_mistake(text, currency, zone)
    if isinstance(benefits, SettingsError):
        assert benefits.where.file == "benefits.toml"
        return
    past = History(at=1, customers=10, baskets=(1, 5000), margin=0.3, spends=(0, 100_000))
    for history in (History(), past):
        assert sheet_of(benefits, history).as_dict()["file"] == "benefits.toml"


LINES = RIGHT.splitlines()


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_a_line_less_or_twice_or_with_another_value_is_no_crash(data):
    at = data.draw(st.integers(0, len(LINES) - 1))
    lines = list(LINES)
    what = data.draw(st.sampled_from(["less", "twice", "other"]))
    if what == "less":
        del lines[at]
    elif what == "twice":
        lines.insert(at, lines[at])
    elif "=" in lines[at]:
        key = lines[at].split("=")[0]
        lines[at] = f"{key}= {data.draw(PIECES)}"
    benefits = read_or_mistake("\n".join(lines), "CNY", "Asia/Shanghai")
    if isinstance(benefits, SettingsError):
        assert benefits.where.line is not None
    else:
        assert sheet_of(benefits, History()).file == "benefits.toml"
