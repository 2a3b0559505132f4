"""Sessions: begun by a password, kept on the server, over by disuse, by age, or when ended."""

from __future__ import annotations

import json

import pytest
from argon2 import PasswordHasher

from access.book import MINUTE, PASSWORD, Book
from regulars.access import changes, passwords
from regulars.access.cookie import set_cookie, token_in
from regulars.engines.store_access import AccessRows
from regulars.errors import NotKnown
from regulars.ledger.verify import verify

HOUR = 60 * MINUTE


@pytest.fixture
def book(book: Book) -> Book:
    """A book with an owner, li."""
    book.changes.add_operator("li", PASSWORD, ["owner"])
    return book


def test_a_session_is_over_two_hours_after_its_last_use(book: Book):
    token, session = book.logins.begin("li", PASSWORD)
    book.now.at += 2 * HOUR - 1
    _, session = book.refreshed().of_token(token)
    book.logins.seen(book.access.was_seen(session))
    book.now.at += 2 * HOUR - 1
    book.refreshed().of_token(token)
    book.now.at += 1
    with pytest.raises(NotKnown):
        book.refreshed().of_token(token)


def test_a_session_is_over_twelve_hours_after_it_began_however_much_it_is_used(book: Book):
    token, _ = book.logins.begin("li", PASSWORD)
    for _ in range(11):
        book.now.at += HOUR
        _, session = book.refreshed().of_token(token)
        book.logins.seen(book.access.was_seen(session))
    book.now.at += HOUR - 1
    book.refreshed().of_token(token)
    book.now.at += 1
    with pytest.raises(NotKnown):
        book.refreshed().of_token(token)


def test_use_is_noted_every_five_minutes_and_not_with_every_request(book: Book):
    token, _ = book.logins.begin("li", PASSWORD)
    book.now.at += 5 * MINUTE - 1
    _, session = book.refreshed().of_token(token)
    assert not book.access.is_due(session)
    book.now.at += 1
    assert book.access.is_due(session)


def test_what_was_noted_of_a_sessions_use_outlives_the_process(book: Book):
    token, session = book.logins.begin("li", PASSWORD)
    book.refreshed()
    book.now.at += HOUR
    book.logins.seen(book.access.was_seen(session))
    book.now.at += HOUR + 1
    again = type(book.access)(book.now)
    with book.store.read() as connection:
        again.refresh(connection)
    assert again.of_token(token)[0].name == "li"


def test_a_session_that_was_ended_is_over_and_a_token_made_up_is_none(book: Book):
    token, session = book.logins.begin("li", PASSWORD)
    book.logins.end(session)
    for other in (token, token[:-1], "", "A" * 43, "é"):
        with pytest.raises(NotKnown):
            book.refreshed().of_token(other)


def test_a_use_noted_late_does_not_bring_an_ended_session_back(book: Book):
    token, session = book.logins.begin("li", PASSWORD)
    book.refreshed()
    book.logins.end(session)
    book.logins.seen(book.access.was_seen(session))
    with pytest.raises(NotKnown):
        book.refreshed().of_token(token)


def test_a_token_has_256_bits_and_is_another_one_each_time(book: Book):
    tokens = {book.logins.begin("li", PASSWORD)[0] for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) == 43 for token in tokens)


def test_an_unknown_name_is_told_the_same_and_costs_the_same_work(book: Book, monkeypatch):
    hashed = []
    real = passwords.is_right
    monkeypatch.setattr(changes, "is_right", lambda k, p: hashed.append(k) or real(k, p))
    told = []
    for name in ("li", "nobody"):
        with pytest.raises(NotKnown) as error:
            book.logins.begin(name, "not the password")
        told.append(error.value.as_dict())
    assert told[0] == told[1]
    parameters = [kept.rsplit("$", 2)[0] for kept in hashed]
    assert parameters == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


def test_failures_are_one_row_a_minute_that_counts_them_by_name(book: Book):
    for name in ("li", "nobody", "li", "whoever"):
        with pytest.raises(NotKnown):
            book.logins.begin(name, "not the password")
    book.now.at += MINUTE
    with pytest.raises(NotKnown):
        book.logins.begin("li", "not the password")
    failed = [json.loads(body)["detail"]["times"] for kind, _, body in book.told()
              if kind == "access.login_failed"]  # fmt: skip
    assert failed == [{"li": 1}, {"somebody unknown": 2, "li": 2}]


def test_a_known_and_an_unknown_name_cost_the_same_commits(book: Book):
    """Else the time that a commit takes would tell which names there are."""
    with pytest.raises(NotKnown):
        book.logins.begin("nobody", "not the password")
    before = book.ledger.figures.commits
    for name in ("li", "nobody"):
        with pytest.raises(NotKnown):
            book.logins.begin(name, "not the password")
    assert book.ledger.figures.commits == before


def test_a_password_kept_by_weaker_parameters_is_kept_anew_when_it_is_next_used(book: Book):
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with book.store.write() as connection:
        at = AccessRows(connection).operators()[0].changed_at
        AccessRows(connection).change_operator("li", at, password=weak)
    token, _ = book.logins.begin("li", PASSWORD)
    with book.store.read() as connection:
        kept = AccessRows(connection).operators()[0].password
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert book.refreshed().of_token(token)[0].name == "li"
    book.logins.begin("li", PASSWORD)


def test_a_login_that_a_password_change_overtakes_begins_no_session(book: Book, monkeypatch):
    def overtaken(kept: str, password: str) -> bool:
        monkeypatch.undo()
        book.now.at += 1
        book.changes.change_password("li", "quiet copper river stone")
        return passwords.is_right(kept, password)

    monkeypatch.setattr(changes, "is_right", overtaken)
    with pytest.raises(NotKnown, match="meanwhile"):
        book.logins.begin("li", PASSWORD)


def test_begin_and_end_are_rows_of_the_journal(book: Book):
    _, session = book.logins.begin("li", PASSWORD)
    book.logins.end(session)
    assert [(kind, actor) for kind, actor, _ in book.told()[1:]] == [
        ("access.session_begun", "operator:li"),
        ("access.session_ended", "operator:li"),
    ]
    with book.store.read() as connection:
        verify(connection)


def test_the_cookie_is_for_this_host_alone_and_for_no_script():
    told = set_cookie("abc", is_secure=True, seconds=60)
    assert told.startswith("__Host-regulars=abc; ")
    assert set(told.split("; ")[1:]) == {
        "Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=60", "Secure",
    }  # fmt: skip
    assert "Domain" not in told
    assert "Secure" not in set_cookie("abc", is_secure=False, seconds=60)


def test_through_tls_a_cookie_without_the_prefix_is_not_believed():
    planted = "regulars=evil; other=1"
    assert token_in(planted, is_secure=True) is None
    assert token_in(planted + "; __Host-regulars=mine", is_secure=True) == "mine"
