"""Who may ask the store over HTTP, by key and by session."""

from __future__ import annotations

import json

import pytest

from edges.serve.telling import Telling, key_of, telling
from edges.serve.worker.running import Answer
from regulars.access.changes import Changes
from regulars.access.limits import Rates
from regulars.access.policy import POLICY
from regulars.access.scopes import SCOPES
from regulars.app.home import Home
from regulars.app.store import open_store
from regulars.edges.serve.teller import gate as gates
from regulars.edges.serve.teller.frames import Request
from regulars.edges.serve.teller.routes import BY_NAME, ROUTES
from regulars.ledger.ledger import Ledger

PASSWORD = "violet-anvil-crossing-42"  # noqa: S105 - of a shop that is made up


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with telling(tmp_path_factory.mktemp("access")) as made:
        made.post("define", {"asset": "points"}, "define points")
        yield made


def change(shop: Telling, does) -> None:
    """As the command line does it, in another process than the teller."""
    with open_store(Home.open(shop.home)) as store, Ledger(store) as ledger:
        does(Changes(ledger))


def body_of(route) -> bytes | None:
    return b"{}" if route.method == "POST" else None


def ask(shop: Telling, method: str, path: str, body: object = None, **headers: str) -> Answer:
    raw = None if body is None else json.dumps(body).encode()
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return shop.worker.ask(method, path, raw, told)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_has_a_policy_and_refuses_who_shows_nothing(shop, route):
    assert (route.method, route.path) in POLICY
    answer = ask(
        shop, route.method, route.path.replace("{n}", "1"), {"x": 1} if body_of(route) else None
    )
    if route.name == "session.begin":
        assert answer.status == 400  # anybody may try, with a name and a password
    else:
        assert (answer.status, answer.told["code"]) == (401, "access.not_known")
        assert "www-authenticate" in answer.headers


@pytest.fixture(scope="module")
def keys(shop):
    """A key for each scope, with this one only."""
    return {scope: key_of(shop.home, scope.replace(":", "-"), scope) for scope in SCOPES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_a_key_passes_where_its_scope_is_the_routes_and_nowhere_else(shop, keys, route):
    """The whole matrix, asked for over HTTP; bodies make no sense, so that nothing is done."""
    policy = POLICY[route.method, route.path]
    path = route.path.replace("{n}", "1")
    for scope, key in keys.items():
        answer = ask(
            shop, route.method, path, {"x": 1} if body_of(route) else None,
            Authorization=f"Bearer {key}", Idempotency_Key=f"{scope} {route.name}",
        )  # fmt: skip
        if policy.by == "anybody" or policy.scope in ("", scope):
            assert answer.status not in (401, 403), (scope, answer.told)
        else:
            assert (answer.status, answer.told["code"]) == (403, "access.refused"), scope
    assert {one.path for one in ROUTES if one.path.startswith("/v1/benefits/")}


@pytest.mark.parametrize("key", ["", "x", "rg_0123456789_" + "a" * 32, "wk_123"])
def test_a_key_that_is_none_is_refused(shop, key):
    assert shop.get("head", who=key).status == 401
    assert shop.post("define", {"asset": "a"}, "none", who=key).status == 401


def test_a_key_for_reading_may_not_write(shop):
    key = key_of(shop.home, "reads", "ledger:read")
    assert shop.get("head", who=key).status == 200
    before = shop.get("head").told["n"]
    answer = shop.post("define", {"asset": "stolen"}, "stolen", who=key)
    assert (answer.status, answer.told["code"]) == (403, "access.refused")
    assert shop.get("head").told["n"] == before


def test_a_key_made_while_the_server_runs_is_good_at_once_and_revoked_at_once(shop):
    key = key_of(shop.home, "comes-and-goes", "ledger:read")
    assert shop.get("head", who=key).status == 200
    change(shop, lambda changes: changes.revoke("comes-and-goes"))
    assert shop.get("head", who=key).status == 401


def test_idempotency_keys_are_those_of_whoever_asks(shop):
    other = key_of(shop.home, "other-shop", "ledger:write")
    assert shop.post("define", {"asset": "mine"}, "same key").status == 200
    assert shop.post("define", {"asset": "theirs"}, "same key", who=other).status == 200


def test_who_asks_too_often_is_told_when_to_ask_again(shop, monkeypatch):
    monkeypatch.setattr("regulars.access.limits.RATES", {"asks": "3/minute"})

    class Known:
        def refresh(self, _connection):
            pass

        def of_key(self, _key):
            from regulars.access.principal import Principal

            return Principal("key", "web", frozenset({"ledger:read"}))

    head = (BY_NAME["ledger.head"], Request(1, "ledger.head", authorization=b"Bearer rg_x"))
    with (
        open_store(Home.open(shop.home)) as store,
        gates.AccessGate(store, Known(), None, Rates()) as gate,
    ):
        found = gate.admit([head] * 4)
    assert [isinstance(one, gates.Passed) for one in found] == [True, True, True, False]
    assert found[3].status == 429
    assert found[3].retry_after > 0


class Browser:
    """What a browser sends along, once it has logged in."""

    def __init__(self, shop: Telling, name: str) -> None:
        self.shop = shop
        self.answer = ask(shop, "POST", "/v1/session", {"name": name, "password": PASSWORD})
        assert self.answer.status == 200, self.answer.body
        self.cookie = self.answer.headers["set-cookie"].partition(";")[0]

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        return ask(self.shop, method, path, body, Cookie=self.cookie, **headers)

    @property
    def own(self) -> str:
        return f"http://127.0.0.1:{self.shop.worker.port}"


@pytest.fixture(scope="module")
def owner(shop):
    change(shop, lambda changes: changes.add_operator("li", PASSWORD, ["owner"]))
    return Browser(shop, "li")


def test_an_operator_logs_in_looks_and_logs_out(shop, owner):
    cookie = owner.answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert PASSWORD not in owner.answer.body.decode()
    assert owner.ask("GET", "/v1/session").told["operator"] == "li"
    assert owner.ask("GET", "/v1/ledger/head").status == 200
    other = Browser(shop, "li")
    out = other.ask("DELETE", "/v1/session", Origin=other.own)
    assert out.status == 200
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert other.ask("GET", "/v1/session").status == 401
    assert owner.ask("GET", "/v1/session").status == 200  # another session goes on


def test_a_page_of_another_site_changes_nothing_with_a_session(owner):
    body = {"asset": "planted"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {},
    ):
        answer = owner.ask("POST", "/v1/ledger/define", body, Idempotency_Key="p", **headers)
        assert (answer.status, answer.told["code"]) == (403, "access.from_elsewhere"), headers
    answer = owner.ask("POST", "/v1/ledger/define", body, Idempotency_Key="p", Origin=owner.own)
    assert answer.status == 200


def test_a_wrong_password_and_an_unknown_name_are_told_alike_and_soon_not_tried_any_more(
    shop, owner
):
    def attempt(name: str) -> Answer:
        return ask(shop, "POST", "/v1/session", {"name": name, "password": "wrong" * 4})

    wrong, unknown = attempt("li"), attempt("nobody")
    assert (wrong.status, wrong.body) == (unknown.status, unknown.body)
    assert wrong.status == 401
    for _ in range(5):
        last = attempt("nobody")
    assert (last.status, last.told["code"]) == (429, "access.too_often")
    assert int(last.headers["retry-after"]) > 0


def test_a_changed_role_ends_the_operators_sessions_at_once(shop, owner):
    change(shop, lambda changes: changes.add_operator("wang", PASSWORD, ["owner"]))
    wang = Browser(shop, "wang")
    assert wang.ask("GET", "/v1/ledger/head").status == 200
    change(shop, lambda changes: changes.change_roles("wang", ["analyst"]))
    assert wang.ask("GET", "/v1/ledger/head").status == 401


def test_a_login_from_another_sites_page_is_refused(shop, owner):
    body = {"name": "li", "password": PASSWORD}
    assert ask(shop, "POST", "/v1/session", body, Sec_Fetch_Site="cross-site").status == 403
