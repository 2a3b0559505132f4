"""Keys: told once, good until revoked or expired, and never more than whoever made them may."""

from __future__ import annotations

import hmac
import time
from hashlib import sha256

import pytest
import sqlalchemy as sa

from access.book import DAY, PASSWORD, Book
from regulars.access.principal import Principal
from regulars.access.scopes import SCOPES
from regulars.engines.schema import METADATA
from regulars.errors import AccessInvalid, AccessRefused, NotKnown, UnknownValue
from regulars.ledger.verify import verify


def test_a_key_is_known_by_its_name_and_scopes_and_by_nothing_but_the_whole_of_it(book: Book):
    key = book.changes.make_key("till", ["ledger:read", "ledger:write"])
    access = book.refreshed()
    scopes = frozenset({"ledger:read", "ledger:write"})
    assert access.of_key(key.text) == Principal("key", "till", scopes)
    wrong = key.text[:-1] + ("A" if key.text[-1] != "A" else "B")
    for other in (wrong, key.text + "A", key.text[:-1], key.text.upper(), "", "rg_", "wk_abc", "é"):
        with pytest.raises(NotKnown):
            access.of_key(other)


def test_a_key_has_192_random_bits_behind_a_prefix_that_tells_it_is_ours(book: Book):
    keys = [book.changes.make_key("till", ["ledger:read"]).text for _ in range(20)]
    assert len(set(keys)) == 20
    assert all(key.startswith("rg_") and len(key.split("_", 2)[2]) == 32 for key in keys)


def test_a_key_is_compared_in_constant_time(book: Book, monkeypatch):
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append(a) or real(a, b))
    key = book.changes.make_key("till", ["ledger:read"])
    book.refreshed().of_key(key.text)
    assert compared == [sha256(key.text.encode()).digest()]


def test_a_revoked_key_is_refused_from_the_next_request_on(book: Book):
    key = book.changes.make_key("till", ["ledger:read"])
    book.refreshed().of_key(key.text)
    assert book.changes.revoke("till") == [key.key_id]
    with pytest.raises(NotKnown, match="revoked"):
        book.refreshed().of_key(key.text)


def test_a_name_may_have_two_keys_while_the_new_one_is_brought_in(book: Book):
    old, new = (book.changes.make_key("till", ["ledger:read"]) for _ in range(2))
    book.changes.revoke("till", old.key_id)
    assert book.refreshed().of_key(new.text).name == "till"
    with pytest.raises(NotKnown):
        book.access.of_key(old.text)
    with pytest.raises(UnknownValue):  # it is gone already
        book.changes.revoke("till", old.key_id)


def test_a_key_is_good_until_the_instant_of_its_expiry(book: Book):
    key = book.changes.make_key("till", ["ledger:read"], book.now() + DAY)
    access = book.refreshed()
    book.now.at += DAY - 1
    access.of_key(key.text)
    book.now.at += 1
    with pytest.raises(NotKnown, match="expired"):
        access.of_key(key.text)


@pytest.mark.parametrize("name", ["", "Till", "till 1", "-till", "li:wei", "operator:li", "a" * 65])
def test_a_name_that_could_be_taken_for_another_is_none(book: Book, name: str):
    with pytest.raises(AccessInvalid):
        book.changes.make_key(name, ["ledger:read"])


def test_a_key_without_a_scope_or_of_the_past_or_with_an_unknown_scope_is_not_made(book: Book):
    with pytest.raises(AccessInvalid, match="scope"):
        book.changes.make_key("till", [])
    with pytest.raises(AccessInvalid, match="expired"):
        book.changes.make_key("till", ["ledger:read"], book.now())
    with pytest.raises(UnknownValue, match="ledger:read"):
        book.changes.make_key("till", ["ledger:red"])
    assert book.told() == []


def test_nobody_gives_a_key_scopes_that_they_have_not(book: Book):
    admin = Principal("operator", "li", frozenset({"access:admin", "ledger:read"}))
    changes = type(book.changes)(book.ledger, admin)
    assert changes.make_key("till", ["ledger:read"]).scopes == ("ledger:read",)
    for scopes in (["ledger:write"], ["ledger:read", "store:admin"]):
        with pytest.raises(AccessRefused, match=scopes[-1]):
            changes.make_key("till", scopes)


def test_who_may_not_manage_access_makes_no_key_not_even_of_their_own_scopes(book: Book):
    book.changes.make_key("till", ["ledger:read"])
    for role in ("operator", "analyst", "support", "integration"):
        with pytest.raises(AccessRefused, match="access:admin"):
            book.by(role).make_key("till", ["ledger:read"])
        with pytest.raises(AccessRefused, match="access:admin"):
            book.by(role).revoke("till")


def test_every_change_is_a_row_of_the_chained_journal_by_whoever_made_it(book: Book):
    key = book.by("owner").make_key("till", ["ledger:read"], book.now() + DAY)
    book.changes.revoke("till")
    (made, by_li, detail), (revoked, by_cli, _) = book.told()
    assert (made, by_li, revoked, by_cli) == (
        "access.key_made", "operator:li", "access.key_revoked", "cli",
    )  # fmt: skip
    assert key.key_id in detail
    with book.store.read() as connection:
        verify(connection)


def test_no_secret_stands_anywhere_in_the_store(book: Book):
    key = book.changes.make_key("till", sorted(SCOPES))
    book.changes.add_operator("li", PASSWORD, ["owner"])
    with book.store.read() as connection:
        everything = repr([
            tuple(row) for table in METADATA.sorted_tables
            for row in connection.execute(sa.select(table))
        ])  # fmt: skip
    assert key.key_id in everything
    assert key.text not in everything
    assert key.text.split("_", 2)[2] not in everything
    assert PASSWORD not in everything


def test_nothing_is_read_anew_while_nobody_has_changed_anything(book: Book, monkeypatch):
    key = book.changes.make_key("till", ["ledger:read"])
    access = book.refreshed()
    monkeypatch.setattr(
        "regulars.engines.store_access.AccessRows.api_keys", lambda _: pytest.fail("read anew")
    )
    assert book.refreshed() is access
    began = time.perf_counter()
    for _ in range(1000):
        access.of_key(key.text)
    assert (time.perf_counter() - began) / 1000 < 100e-6  # 3 µs measured; the bound is generous
