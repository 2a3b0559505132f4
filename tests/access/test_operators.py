"""Operators: what they may be given, by whom, and what ends their sessions."""

from __future__ import annotations

import pytest

from access.book import PASSWORD, Book
from regulars.access.changes import Changes
from regulars.access.principal import Principal
from regulars.access.scopes import scopes_of_roles
from regulars.errors import AccessInvalid, AccessRefused, NotKnown, UnknownValue

OTHER = "seven lanterns under glass"


@pytest.fixture
def book(book: Book) -> Book:
    """A book with an owner, li."""
    book.changes.add_operator("li", PASSWORD, ["owner"])
    return book


def test_there_is_no_operator_and_no_password_before_one_is_made(store):
    empty = Book(store)
    for name in ("owner", "admin", "root", "li", ""):
        with pytest.raises(NotKnown):
            empty.logins.begin(name, "admin")
    empty.ledger.close()


def test_who_logs_in_has_the_scopes_of_their_roles(book: Book):
    book.changes.add_operator("wang", OTHER, ["support", "analyst"])
    token, _ = book.logins.begin("wang", OTHER)
    principal, _ = book.refreshed().of_token(token)
    assert principal.by == "operator:wang"
    assert principal.scopes == scopes_of_roles(["support", "analyst"])


def test_an_operator_of_the_same_name_is_not_made_over(book: Book):
    with pytest.raises(AccessInvalid, match="of this name"):
        book.changes.add_operator("li", OTHER, ["support"])
    book.logins.begin("li", PASSWORD)


def test_a_changed_role_ends_the_sessions_and_gives_no_old_right(book: Book):
    book.changes.add_operator("wang", OTHER, ["operator"])
    token, _ = book.logins.begin("wang", OTHER)
    book.refreshed().of_token(token)
    book.changes.change_roles("wang", ["support"])
    with pytest.raises(NotKnown):
        book.refreshed().of_token(token)
    token, _ = book.logins.begin("wang", OTHER)
    assert book.refreshed().of_token(token)[0].scopes == scopes_of_roles(["support"])


def test_a_changed_password_ends_the_sessions_and_the_old_one_is_good_no_more(book: Book):
    token, _ = book.logins.begin("li", PASSWORD)
    book.changes.change_password("li", OTHER)
    with pytest.raises(NotKnown):
        book.refreshed().of_token(token)
    with pytest.raises(NotKnown):
        book.logins.begin("li", PASSWORD)
    book.logins.begin("li", OTHER)


def test_a_removed_operator_is_out_at_once_and_stays_out(book: Book):
    book.changes.add_operator("wang", OTHER, ["operator"])
    token, _ = book.logins.begin("wang", OTHER)
    book.refreshed().of_token(token)
    book.changes.remove_operator("wang")
    with pytest.raises(NotKnown):
        book.refreshed().of_token(token)
    with pytest.raises(NotKnown):
        book.logins.begin("wang", OTHER)
    book.changes.add_operator("wang", OTHER, ["support"])  # another wang has not her sessions
    with pytest.raises(NotKnown):
        book.refreshed().of_token(token)


def test_sessions_of_others_go_on(book: Book):
    book.changes.add_operator("wang", OTHER, ["operator"])
    token, _ = book.logins.begin("li", PASSWORD)
    book.changes.change_password("wang", "quiet copper river stone")
    assert book.refreshed().of_token(token)[0].name == "li"


def test_the_last_owner_can_neither_be_removed_nor_made_less(book: Book):
    with pytest.raises(AccessRefused, match="last owner"):
        book.changes.remove_operator("li")
    with pytest.raises(AccessRefused, match="last owner"):
        book.changes.change_roles("li", ["analyst"])
    book.changes.change_roles("li", ["owner", "analyst"])
    book.changes.add_operator("wang", OTHER, ["owner"])
    book.changes.remove_operator("li")
    with pytest.raises(AccessRefused, match="last owner"):
        book.changes.remove_operator("wang")


ADMIN = Principal("operator", "zhao", frozenset({"access:admin", "customers:read"}), ())


def test_an_admin_who_is_no_owner_cannot_make_or_become_one(book: Book):
    book.changes.add_operator("zhao", OTHER, ["support"])
    admin = Changes(book.ledger, ADMIN)
    for attempt in (
        lambda: admin.add_operator("sun", "quiet copper river stone", ["owner"]),
        lambda: admin.change_roles("zhao", ["owner"]),
        lambda: admin.change_roles("li", ["support"]),
        lambda: admin.change_password("li", "quiet copper river stone"),
        lambda: admin.remove_operator("li"),
    ):
        with pytest.raises(AccessRefused):
            attempt()
    book.logins.begin("li", PASSWORD)
    assert [kind for kind, *_ in book.told()].count("access.operator_made") == 2


def test_who_may_not_manage_access_changes_nobody_but_their_own_password(book: Book):
    book.changes.add_operator("wang", OTHER, ["support"])
    book.changes.add_operator("sun", OTHER, ["support"])
    by_wang = book.by("support", name="wang")
    for attempt in (
        lambda: by_wang.change_password("sun", "quiet copper river stone"),
        lambda: by_wang.change_roles("sun", ["support"]),
        lambda: by_wang.remove_operator("sun"),
        lambda: by_wang.add_operator("qian", "quiet copper river stone", ["support"]),
    ):
        with pytest.raises(AccessRefused, match="access:admin"):
            attempt()
    by_wang.change_password("wang", "quiet copper river stone")
    book.logins.begin("wang", "quiet copper river stone")
    book.logins.begin("sun", OTHER)


def test_a_key_of_the_same_name_is_not_the_operator(book: Book):
    book.changes.add_operator("wang", OTHER, ["support"])
    key = Principal("key", "wang", scopes_of_roles(["support"]))
    with pytest.raises(AccessRefused):
        Changes(book.ledger, key).change_password("wang", "quiet copper river stone")


def test_a_change_that_is_refused_leaves_no_row(book: Book):
    before = book.told()
    with pytest.raises(UnknownValue):
        book.changes.change_roles("nobody", ["support"])
    with pytest.raises(UnknownValue):
        book.changes.change_roles("li", ["king"])
    with pytest.raises(AccessRefused):
        book.changes.remove_operator("li")
    with pytest.raises(AccessInvalid):
        book.changes.change_roles("li", [])
    assert book.told() == before
