"""Whose history is asked for, where the id is none that was given a number, or no id at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars import Shop
from regulars.errors import NoSuchCustomer
from regulars.intake.vault import Vault
from regulars.timeline.who import person_named, person_of

ORDERS = """order_id,customer_id,phone,email,placed_at,paid
1,ann,13812345678,ann@example.com,2026-01-05,10
2,cy,13712345678,,2026-01-06,10
3,dee,13712345678,,2026-01-07,10
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    (tmp_path / "orders.csv").write_text(ORDERS)
    with Shop.create(tmp_path / "shop", name="x") as made:
        made.import_files(tmp_path / "orders.csv")
        made.understand()
        yield made


@pytest.fixture
def vault(shop: Shop) -> Iterator[Vault]:
    with Vault.open(shop.home.keys) as opened:
        yield opened


def test_a_phone_or_address_beside_an_account_finds_the_account(shop: Shop, vault: Vault) -> None:
    ann = person_of(shop.warehouse, vault, "shop:ann")
    for told in ("phone:13812345678", "phone:+86 138 1234 5678", "email:Ann@Example.com"):
        assert person_of(shop.warehouse, vault, told) == ann, told
        assert person_named(shop.warehouse, vault, told) == ann, told
    for told in ("13812345678", "ann@example.com"):
        assert person_named(shop.warehouse, vault, told) == ann, told


def test_a_phone_that_came_with_two_accounts_is_neither_customers(shop: Shop, vault: Vault) -> None:
    for ask in (person_of, person_named):
        with pytest.raises(NoSuchCustomer, match="2 customers came with this phone") as refused:
            ask(shop.warehouse, vault, "phone:13712345678")
        assert "1371" not in str(refused.value)
    shop.identity_join("cy", "dee")
    joined = person_of(shop.warehouse, vault, "phone:13712345678")
    assert joined == person_of(shop.warehouse, vault, "shop:cy")
    assert len(joined.numbers) == 2


def test_what_may_be_a_phone_is_not_told_again(shop: Shop, vault: Vault) -> None:
    with pytest.raises(NoSuchCustomer, match="this id") as refused:
        person_of(shop.warehouse, vault, "13912345678")
    assert "139" not in str(refused.value)
    with pytest.raises(NoSuchCustomer, match="'99999'"):
        person_of(shop.warehouse, vault, "99999")


@pytest.mark.parametrize("told", ["shop:\udcff", "\ud800", "phone:\udcff", "a:b:\udcff"])
def test_bytes_that_are_no_text_are_nobodys_id(shop: Shop, vault: Vault, told: str) -> None:
    for ask in (person_of, person_named):
        with pytest.raises(NoSuchCustomer):
            ask(shop.warehouse, vault, told)
