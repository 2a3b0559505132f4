"""Endpoints: kept where only the owner reads, followed at once; two secrets while one changes."""

from __future__ import annotations

import base64
import stat
import threading

import pytest

from regulars.delivery.webhook.endpoints import FILE, GRACE, MOST, Endpoint, Endpoints
from regulars.errors import SettingsError, UnknownValue, VaultError

AT = 1_772_500_000_000_000


@pytest.fixture
def book(tmp_path) -> Endpoints:
    return Endpoints(tmp_path, lambda: AT)


def test_an_endpoint_is_kept_where_only_the_owner_reads(book):
    made = book.add("erp", "https://erp.example/in", ["Coupon Claimed", " Coupon Claimed "])
    assert (made.events, made.made_at, made.is_active) == (("Coupon Claimed",), AT, True)
    assert stat.S_IMODE(book.path.stat().st_mode) == 0o600
    assert Endpoints(book.path.parent).by_name("erp") == made


def test_a_secret_has_32_random_bytes(book):
    texts = [book.add(name, "https://a.example/").secrets[0].text for name in ("a", "b")]
    assert {len(base64.b64decode(text.removeprefix("whsec_"))) for text in texts} == {32}
    assert len(set(texts)) == 2


def test_a_new_secret_signs_beside_the_old_one_until_the_grace_is_over(book):
    old = book.add("erp", "https://erp.example/").secrets[0].text
    made = book.rotate("erp")
    new = made.secrets[-1].text
    assert made.live(AT) == [new, old]
    assert made.live(AT + GRACE * 1_000_000) == [new]


def test_of_secrets_before_the_last_but_one_none_is_live(book):
    first = book.add("erp", "https://erp.example/").secrets[0].text
    book.rotate("erp")
    made = book.rotate("erp")
    assert len(made.live(AT)) == 2
    assert first not in made.live(AT)


def test_a_secret_that_leaked_is_ended_at_once(book):
    leaked = book.add("erp", "https://erp.example/").secrets[0].text
    made = book.rotate("erp", grace=0)
    assert leaked not in made.live(AT)
    assert len(made.live(AT)) == 1


def test_a_paused_one_is_resumed_as_it_was(book):
    made = book.add("erp", "https://erp.example/")
    book.pause("erp", "paused")
    assert (book.by_name("erp").is_active, book.by_name("erp").paused) == (False, "paused")
    assert book.resume("erp") == made


def test_an_endpoint_made_anew_is_another_one(book):
    before = book.add("erp", "https://erp.example/")
    assert book.remove("erp") == before
    after = book.add("erp", "https://erp.example/")
    assert after.id != before.id
    book.pause("erp", "it answered 410", endpoint_id=before.id)
    assert book.by_name("erp").is_active, "that was said of the one before"


def test_what_another_process_changed_is_read_at_once(book):
    assert book.all() == []
    Endpoints(book.path.parent).add("erp", "https://erp.example/")
    assert [one.name for one in book.all()] == ["erp"]
    Endpoints(book.path.parent).remove("erp")
    assert book.all() == []


def test_changes_at_once_are_all_kept(book):
    threads = [
        threading.Thread(target=Endpoints(book.path.parent).add, args=(f"e{n}", "https://a.b/"))
        for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(book.all()) == 16


@pytest.mark.parametrize("name", ["", "Erp", "-erp", "a b", "a" * 65, "../x"])
def test_a_name_has_small_letters_and_digits(book, name):
    with pytest.raises(SettingsError, match="no name of a webhook"):
        book.add(name, "https://erp.example/")


def test_a_name_stands_for_one_and_there_is_a_bound_to_them(book):
    for n in range(MOST):
        book.add(f"e{n}", "https://erp.example/")
    with pytest.raises(SettingsError, match="of this name"):
        book.add("e0", "https://erp.example/")
    with pytest.raises(SettingsError, match="already"):
        book.add("more", "https://erp.example/")


def test_an_event_has_a_name(book):
    with pytest.raises(SettingsError, match="no name of an event"):
        book.add("erp", "https://erp.example/", ["Coupon Claimed", " "])
    assert book.all() == []


def test_one_that_is_not_there_is_told_with_the_nearest_name(book):
    book.add("erp", "https://erp.example/")
    for ask in (book.by_name, book.rotate, book.resume, book.remove):
        with pytest.raises(UnknownValue, match="erp"):
            ask("erb")


def test_a_file_that_does_not_read_is_told(book):
    book.path.write_text("{")
    with pytest.raises(VaultError, match="do not read"):
        book.all()
    assert book.path.name == FILE


def test_what_a_log_might_show_of_it_tells_no_secret(book):
    made = book.add("erp", "https://erp.example/")
    assert isinstance(made, Endpoint)
    assert made.secrets[0].text not in repr(made)
