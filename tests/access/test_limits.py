"""How often may be asked: counted before anything costs, and told when to come again."""

from __future__ import annotations

import pytest

from regulars.access.limits import RATES, Rates
from regulars.access.policy import POLICY
from regulars.errors import TooOften


def test_every_class_that_the_policy_names_has_its_rate():
    assert {one.rate for one in POLICY.values()} <= set(RATES)


def test_six_tries_of_one_name_from_one_address_are_one_too_many():
    rates = Rates()
    for _ in range(5):
        rates.check_login("li", "10.0.0.1")
    with pytest.raises(TooOften) as told:
        rates.check_login("li", "10.0.0.1")
    assert told.value.status == 429
    assert 0 < told.value.retry_after <= 900
    rates.check_login("li", "10.0.0.2")  # li herself, elsewhere, is not locked out
    rates.check_login("wang", "10.0.0.1")


def test_one_address_tries_thirty_names_and_no_more():
    rates = Rates()
    for n in range(30):
        rates.check_login(f"name{n}", "10.0.0.1")
    with pytest.raises(TooOften):
        rates.check_login("another", "10.0.0.1")


def test_many_addresses_together_try_a_name_a_hundred_times_an_hour():
    rates = Rates()
    for n in range(100):
        rates.check_login("li", f"10.0.0.{n}")
    with pytest.raises(TooOften):
        rates.check_login("li", "10.0.1.1")


def test_who_knew_the_password_after_all_may_try_again():
    rates = Rates()
    for _ in range(3):
        for _ in range(4):
            rates.check_login("li", "10.0.0.1")
        rates.logged_in("li", "10.0.0.1")


def test_a_name_that_looks_like_a_limit_of_all_names_takes_nobodys_place():
    rates = Rates()
    for _ in range(5):
        rates.check_login("*", "10.0.0.1")
    for n in range(25):
        rates.check_login(f"name{n}", "10.0.0.1")


def test_classes_and_askers_are_counted_apart():
    rates = Rates()
    with pytest.raises(TooOften) as told:
        _ask(rates, 2000)
    assert told.value.retry_after >= 1
    rates.check("asks", "key:app")
    rates.check("writes", "key:till")
    for _ in range(10_000):
        rates.check("free", "anybody")


def _ask(rates: Rates, times: int) -> None:
    for _ in range(times):
        rates.check("asks", "key:till")
