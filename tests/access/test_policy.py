"""The policy: every route of the server stands in it, and nobody passes without what it asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.access.policy import POLICY, Policy, authorise
from regulars.access.principal import ANYBODY, Principal
from regulars.access.scopes import ROLES, SCOPES, scopes_of_roles
from regulars.edges.serve.teller.routes import ROUTES as TELLER_ROUTES
from regulars.edges.serve.worker.elsewhere import SNIPPET
from regulars.edges.serve.worker.routes import MEASURES, ROUTES, WEBHOOKS
from regulars.errors import AccessRefused, FromElsewhere, NotKnown

ROUTES_WITH_SCOPE = sorted(route for route, one in POLICY.items() if one.by == "principal")
OURS = {"fetched_from": "same-origin", "host": "shop.example"}


def _by_owner() -> Iterator[tuple[str, str]]:
    """The owner's routes, from its application."""
    from regulars.edges.api.app import api

    nothing = SimpleNamespace()
    home = cast("Any", SimpleNamespace(keys=Path("/nowhere")))
    application = api(home, cast("Any", nothing), cast("Any", nothing), cast("Any", nothing))
    for path, item in application.openapi()["paths"].items():
        for method in item:
            yield method.upper(), path.replace(":path", "")
    yield "GET", "/metrics"  # left out of the description, as is what only our processes ask
    yield "GET", "/ours/number"


def _by_server() -> set[tuple[str, str]]:
    intake = {("POST", route.paths[0]) for route in ROUTES}
    webhooks = {("POST", f"{WEBHOOKS}{{connection}}")}
    measures = {("POST", min(MEASURES, key=len))}
    besides = {("GET", path) for path in ("/health", "/metrics", "/openapi.json", SNIPPET)}
    teller = {(route.method, route.path) for route in TELLER_ROUTES}
    return intake | webhooks | measures | besides | teller | set(_by_owner())


def test_every_route_of_the_server_is_declared_and_every_declared_one_is_there():
    assert _by_server() == set(POLICY)


def test_every_scope_that_a_route_asks_for_is_a_scope():
    assert {one.scope for one in POLICY.values()} - {""} <= set(SCOPES)


def test_what_posts_or_deletes_says_that_it_changes_something_and_no_question_does():
    looks = {("POST", "/v1/m"), ("POST", "/v1/benefits/quote")}  # nothing is kept
    for route, one in POLICY.items():
        assert one.changes == (route[0] != "GET" and route not in looks), route


def test_every_role_is_made_of_scopes_that_there_are():
    for name, (_words, scopes) in ROLES.items():
        assert scopes <= set(SCOPES), name
    assert scopes_of_roles(["owner"]) == set(SCOPES)
    assert scopes_of_roles(["gone since"]) == frozenset()


def test_a_route_that_nobody_has_declared_is_refused_to_an_owner_too():
    owner = Principal("key", "all", frozenset(SCOPES))
    with pytest.raises(AccessRefused, match="no policy"):
        authorise(owner, ("POST", "/v1/ledger/burn"))


@pytest.mark.parametrize("route", ROUTES_WITH_SCOPE)
def test_who_has_shown_nothing_is_told_401(route):
    with pytest.raises(NotKnown) as told:
        authorise(ANYBODY, route, **OURS)
    assert told.value.status == 401


@pytest.mark.parametrize("route", ROUTES_WITH_SCOPE)
@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("kind", ["key", "operator"])
def test_a_role_passes_where_its_scopes_hold_the_routes_and_nowhere_else(route, role, kind):
    principal = Principal(kind, "li", scopes_of_roles([role]), (role,))
    scope = POLICY[route].scope
    if not scope or scope in ROLES[role][1]:
        assert authorise(principal, route, **OURS) is POLICY[route]
    else:
        with pytest.raises(AccessRefused) as told:
            authorise(principal, route, **OURS)
        assert told.value.status == 403
        assert scope in told.value.message


@given(
    st.sampled_from(sorted(POLICY)),
    st.frozensets(st.sampled_from(sorted(SCOPES))),
    st.sampled_from(["key", "operator", "anybody"]),
)
def test_nothing_is_ever_allowed_that_the_scopes_do_not_hold(route, scopes, kind):
    try:
        passed = authorise(Principal(kind, "li", scopes), route, **OURS)
    except AccessRefused:
        return
    assert passed.by != "principal" or (
        kind != "anybody" and (not passed.scope or passed.scope in scopes)
    )


CHANGE = ("POST", "/v1/ledger/post")
OPERATOR = Principal("operator", "li", frozenset(SCOPES), ("owner",))


@pytest.mark.parametrize(
    "headers",
    [
        {"fetched_from": "same-origin"},
        {"fetched_from": "same-origin", "host": "shop.example"},
        {"fetched_from": "same-origin", "origin": "https://shop.example", "host": "shop.example"},
        {"origin": "https://shop.example", "host": "shop.example"},
        {"origin": "http://localhost:8686", "host": "localhost:8686"},
    ],
)
def test_a_sessions_change_from_our_own_page_passes(headers):
    assert authorise(OPERATOR, CHANGE, **headers).changes


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "shop.example"},
        {"origin": "https://evil.example"},
        {"origin": "https://evil.example", "host": "shop.example"},
        {"origin": "https://shop.example.evil.example", "host": "shop.example"},
        {"origin": "null", "host": "shop.example"},
        {"origin": "null", "host": "null"},
        {"fetched_from": "cross-site", "host": "shop.example"},
        {"fetched_from": "same-site", "host": "shop.example"},
        {"fetched_from": "none", "host": "shop.example"},
        {"fetched_from": "anything", "host": "shop.example"},
        {"fetched_from": "cross-site", "origin": "https://shop.example", "host": "shop.example"},
        {"fetched_from": "same-origin", "origin": "https://evil.example", "host": "shop.example"},
    ],
)
def test_a_sessions_change_that_another_site_may_have_asked_for_is_refused(headers):
    with pytest.raises(FromElsewhere):
        authorise(OPERATOR, CHANGE, **headers)


def test_a_question_and_a_key_need_not_tell_where_they_come_from():
    assert authorise(OPERATOR, ("GET", "/v1/ledger/head")) == Policy("principal", "ledger:read")
    assert authorise(Principal("key", "till", frozenset({"ledger:write"})), CHANGE).changes
