"""Columns of money: exact as decimals, and written as `kernel.money` writes them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.campaign.money_text import decimals, texts
from regulars.kernel.money import format_money

amounts = st.lists(st.integers(-(10**13), 10**13), max_size=20)


@given(amounts)
def test_decimals_are_exact_below_and_above_zero(grains):
    found = decimals(np.array(grains, np.int64)).to_pylist()
    assert found == [Decimal(each).scaleb(-4) for each in grains]


@pytest.mark.parametrize("currency", ["CNY", "USD", "JPY", "KWD", "CHF"])
@given(grains=amounts)
def test_texts_are_those_of_one_amount_at_a_time(currency, grains):
    found = texts(np.array(grains, np.int64), currency).to_pylist()
    for text, each in zip(found, grains, strict=True):
        if text.strip("-¥$KWDCHF 0.,"):  # minus zero is written as zero here
            assert text == format_money(Decimal(each).scaleb(-4), currency)
