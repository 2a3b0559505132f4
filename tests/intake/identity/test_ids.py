"""What identifies a customer, how strongly, and what identifies nobody."""

from __future__ import annotations

import pytest

from regulars.engines.duckdb import Warehouse
from regulars.intake.identity.ids import (
    anonymous,
    decider,
    is_nobody,
    openid,
    strength,
    strength_sql,
)

FROM_STRONG_TO_WEAK = [
    "taobao", "olist:order", "unionid", openid("shop"), "phone", "email", anonymous("shop"),
]  # fmt: skip


def test_an_account_tells_most_and_a_device_least():
    powers = [strength(space) for space in FROM_STRONG_TO_WEAK]
    assert powers == sorted(set(powers), reverse=True)


def test_sql_says_the_same():
    with Warehouse.in_memory() as warehouse:
        for space in FROM_STRONG_TO_WEAK:
            found = warehouse.sql(
                f"SELECT {strength_sql('space')} AS n FROM (SELECT ? AS space)", [space]
            )
            assert found["n"].to_pylist() == [strength(space)]


def test_a_message_goes_by_its_strongest_id_and_by_text_where_two_are_equal():
    ids = [(space, "1") for space in FROM_STRONG_TO_WEAK]
    assert decider(ids) == decider(ids[::-1]) == ("taobao", "1")
    assert decider([("shop", "2"), ("shop", "1")]) == ("shop", "1")
    assert decider([]) is None


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "null", "NULL", "undefined", "None", "nan", "NaN", "guest", "Anonymous", "0",
        "0000", "00000000-0000-0000-0000-000000000000", "[object Object]", "(not set)", "-", "---",
        "N/A", '""', "1111111", "11111111111", "99999999999", "匿名用户", "游客", "\u200b",
        "'null'", "０００", "...", "*", "aaaaaaaaaa", "distinct_id",
    ],
)  # fmt: skip
def test_words_of_programs_and_fingers_left_on_keys_are_nobody(value):
    assert is_nobody(value)


@pytest.mark.parametrize(
    "value",
    [
        "1", "7", "11", "1111", "1001", "nullable", "Guest House", "guest@mail.com", "o-0", "张三",
        "aaa", "13800000000", "0x1f", "无名", "5f0000000000",
    ],
)  # fmt: skip
def test_what_may_be_somebody_is_somebody(value):
    assert not is_nobody(value)
