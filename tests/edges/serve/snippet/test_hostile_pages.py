"""Addresses, storage and pages that mean ill, or are only odd: nothing leaks, nothing breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.browser

_PROBLEMS = (
    "<script>window.problems = [];"
    "addEventListener('error', event => problems.push(event.message));"
    "addEventListener('unhandledrejection', event => problems.push(String(event.reason)));"
    "</script>"
)


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("search?keyword=tel%2013812345678", "13812345678"),
        ("search?keyword=%2213812345678%22", "13812345678"),
        ("search?keyword=call 13812345678.", "13812345678"),
        ("search?keyword=%2B44%2020%207946%200958", "7946"),
        ("checkout?billing_phone=02012345&x=1", "02012345"),
        ("checkout?checkout%5Bshipping_address%5D%5Bfirst_name%5D=Leilei", "Leilei"),
        ("checkout?customer[name]=Leilei", "Leilei"),
        ("order-received/7/?key=wc_order_s3cret", "s3cret"),
        ("in?refresh_token=s3cret&id_token=s3cret", "s3cret"),
        ("in?accessToken=s3cret", "s3cret"),
        ("in?reset_password_token=s3cret", "s3cret"),
        ("in?next=%2Freset%3Ftoken%3Ds3cret%26x%3D1", "s3cret"),
        ("in?next=" + quote(quote("/reset?token=s3cret", safe=""), safe=""), "s3cret"),
        ("app#/access_token=s3cret&state=1", "s3cret"),
        ("app#/in?PHPSESSID=s3cret", "s3cret"),
        ("tea;jsessionid=s3cret", "s3cret"),
        ("in?user_email=lei", "=lei"),
        ("in?signature=s3cret&sid=s3cret&secret=s3cret&otp=s3cret", "s3cret"),
    ],
)
def test_what_is_private_in_an_address_stays_there(
    browser: Any, shop: Any, events: Any, address: str, secret: str
) -> None:
    browser.get(shop.page(address))
    events.wait("page")
    browser.get(shop.page("several.html"))  # with the first as referrer, and its last messages
    events.wait("page", 2)
    for request in events.requests:
        assert secret not in request["raw"].decode(), request["body"]


def test_an_address_without_anything_private_is_told_as_it_is(
    browser: Any, shop: Any, events: Any
) -> None:
    asked = "?utm_source=email&q=iphone+15&page=2&sort=price&product=T-100&id=20261122&size=5.5"
    browser.get(shop.page("list/2026/11/" + asked))
    (page,) = events.wait("page")
    assert page["properties"]["search"] == asked
    assert page["properties"]["path"] == "/list/2026/11/"


def test_the_servers_log_of_referrers_learns_no_address(
    browser: Any, shop: Any, events: Any
) -> None:
    shop.headers["Referrer-Policy"] = "unsafe-url"
    browser.get(shop.page("tea.html?token=s3cret"))
    events.wait("page")
    assert {r["headers"].get("Referer") for r in events.requests} <= {None, shop.address + "/"}


def test_withdrawal_holds_in_a_page_that_comes_back(browser: Any, shop: Any, events: Any) -> None:
    """The page before sleeps while consent is withdrawn, and hears nothing of it."""
    shop.headers["Cache-Control"] = "max-age=60"
    shop.has(events.address, 'data-consent="required"')
    browser.get(shop.page("tea.html"))
    browser.execute_script("regulars.consent(true); window.same = true")
    events.wait("page")
    events.otherwise = 503
    browser.execute_script("regulars.track('Unsent'); document.location.href = '/cup.html'")
    events.wait_for(lambda: b"cup.html" in events.requests[-1]["raw"])
    events.otherwise = 200
    browser.execute_script("regulars.consent(false)")
    told = len(events.requests)
    browser.execute_script("history.back()")
    if not browser.execute_script("return window.same"):
        pytest.skip("this browser makes the page anew")
    browser.execute_script("regulars.track('After')")
    assert browser.execute_script("return Object.keys(localStorage)") == []
    shop.has(events.address, key="wk_of_the_next")
    browser.get(shop.page("several.html"))
    events.wait_for(lambda: events.requests[-1]["body"]["writeKey"] == "wk_of_the_next")
    later = [r["body"] for r in events.requests[told:]]
    assert [body for body in later if body["writeKey"] != "wk_of_the_next"] == []


def test_a_refusal_is_kept_where_storage_is_full(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page(""))
    events.wait("page")
    browser.execute_script(
        "(function fill(size) {"
        "  try { for (;;) localStorage.setItem('shop' + Math.random(), 'x'.repeat(size)); }"
        "  catch (error) { if (size) fill(size >> 1); } })(1 << 20);"
        "regulars.consent(false);"
    )
    assert browser.execute_script("return localStorage.getItem('regulars.refused')") == "1"
    browser.refresh()
    assert browser.execute_script("return regulars.anonymousId()") is None


@pytest.mark.parametrize("given", ["'false'", "'no'", "0", "{}", "null", ""])
def test_nothing_but_true_is_consent(browser: Any, shop: Any, events: Any, given: str) -> None:
    shop.has(events.address, 'data-consent="required"')
    browser.get(shop.page("tea.html"))
    browser.execute_script(f"regulars.consent({given})")
    assert browser.execute_script("return Object.keys(localStorage)") == []
    browser.execute_script("regulars.consent(true)")
    events.wait("page")


@pytest.mark.parametrize("asks", ["", '=""', '="true"', "=Required", '=" required"'])
def test_a_shop_that_misspells_required_asks_all_the_same(
    browser: Any, shop: Any, events: Any, asks: str
) -> None:
    shop.has(events.address, "data-consent" + asks)
    browser.get(shop.page("tea.html"))
    browser.execute_script("regulars.track('Before')")
    assert browser.execute_script("return Object.keys(localStorage)") == []
    browser.get(shop.page("cup.html"))
    browser.execute_script("regulars.consent(true)")
    (page,) = events.wait("page")
    assert page["properties"]["path"] == "/cup.html"


def test_an_element_of_our_name_does_not_stand_in_the_way(
    browser: Any, shop: Any, events: Any
) -> None:
    shop.line = '<a id="regulars" href="/tea.html">熟客</a>' + _PROBLEMS + shop.line
    browser.get(shop.page(""))
    events.wait("page")
    browser.execute_script("regulars.track('Step')")
    events.wait("Step")
    link = "return document.getElementById('regulars').href"
    assert browser.execute_script(link) == shop.page("tea.html")
    assert browser.execute_script("return window.problems") == []


@pytest.mark.parametrize(
    "page",
    [
        "window.fetch = () => Promise.resolve()",
        "window.fetch = () => undefined",
        "window.fetch = () => { throw new Error('no') }",
        "window.Request = () => 0",
        "window.regulars = 'of somebody else'",
        "window.regulars = Object.freeze({})",
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})",
        "Storage.prototype.getItem = () => '{{'",
        "Storage.prototype.setItem = () => { throw new Error('full') }",
        "Array.prototype.toJSON = function () { return 'x' }",
        "Array.prototype.extra = () => 0; Object.prototype.extra = 'x'",
        "Array.prototype.filter = undefined; Object.keys = undefined",
        "const own = JSON.stringify; JSON.stringify = function (told) {"
        " if (told && (told.messageId || told.id)) throw new Error('no');"
        " return own.apply(JSON, arguments) }",
        "Date.now = () => NaN",
        "window.Date = undefined",
        "window.URLSearchParams = undefined; window.Blob = undefined",
        "history.pushState = null",
        "Object.freeze(history)",
        "Object.defineProperty(document, 'title', {get() { throw new Error('no') }})",
        "window.WeakMap = undefined",
    ],
)
def test_a_page_that_takes_the_ground_away_meets_no_error_of_ours(
    browser: Any, shop: Any, events: Any, page: str
) -> None:
    # With this attribute a browser tells the page of errors in scripts of another origin.
    shop.line = _PROBLEMS + f"<script>{page}</script>" + shop.line.replace("async", "crossorigin")
    browser.get(shop.page("declared.html?utm_source=weibo"))
    browser.execute_async_script(
        "const done = arguments[0], made = document.createElement('script');"
        f"made.src = '{events.address}/regulars.js'; made.dataset.key = 'k';"
        "made.onload = made.onerror = () => setTimeout(done, 600); document.head.append(made);"
    )
    browser.execute_script(
        "document.getElementById('add').click();"
        "try { history.replaceState({}, '', '/elsewhere') } catch (error) { /* the page's own */ }"
    )
    assert browser.execute_script("return window.problems") == []


def test_another_vendors_key_is_not_taken_for_ours(browser: Any, shop: Any, events: Any) -> None:
    """Within a module a script does not know its own element."""
    other = '<script type="x" src="https://pay.example/checkout.js" data-key="pk_of_pay"></script>'
    shop.line = other + shop.line.replace("<script async", '<script type="module"')
    browser.get(shop.page(""))
    events.wait("page")
    assert {body["writeKey"] for body in events.bodies} == {"wk_of_the_web"}


def test_an_address_of_the_script_may_have_a_query(browser: Any, shop: Any, events: Any) -> None:
    shop.line = shop.line.replace("regulars.js", "regulars.js?v=2026/11/22")
    browser.get(shop.page(""))
    events.wait("page")


@pytest.mark.parametrize("kept", ["7", "true", '"x"', "[]", '{"at": {}}', '{"id": 5}', "{{"])
def test_a_spoilt_entry_in_storage_is_made_anew(
    browser: Any, shop: Any, events: Any, kept: str, before_pages: Callable[[str], None]
) -> None:
    before_pages(
        "for (const name of ['id', 'visit', 'user', 'first'])"
        f" if (!localStorage.done) localStorage['regulars.' + name] = {kept!r};"
        "localStorage.done = 1;"
    )
    browser.get(shop.page("?utm_source=weibo"))
    (page,) = events.wait("page")
    assert len(page["anonymousId"]) == 32
    assert len(page["context"]["sessionId"]) == 32
    assert page["context"]["campaign"] == {"source": "weibo"}
    assert page.get("userId") in (None, "x")


def test_a_link_of_a_thousand_sources_leaves_the_shop_its_storage(
    browser: Any, shop: Any, events: Any
) -> None:
    many = "&".join(f"utm_x{number}={'y' * 300}" for number in range(3000))
    browser.get(shop.page(f"app#/?utm_source=weibo&utm_campaign=spring&utm_li@mail.com=1&{many}"))
    (page,) = events.wait("page")
    campaign = page["context"]["campaign"]
    assert (campaign["source"], campaign["name"], len(campaign)) == ("weibo", "spring", 10)
    kept = browser.execute_script("return JSON.stringify(localStorage).length")
    assert kept < 20_000


def test_names_of_javascripts_own_are_no_words_of_ours(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page("?__proto__=x&constructor=y&utm_source=weibo&utm___proto__=z"))
    events.wait("page")
    browser.execute_script(
        "for (const word of ['constructor', '__proto__', 'toString']) {"
        "  const made = document.createElement('button'); made.setAttribute('data-regulars', word);"
        "  document.body.append(made); made.click();"
        "}"
        "regulars.push(['constructor', 1], ['__proto__'], ['toString']);"
        "regulars.track('Last')"
    )
    (last,) = events.wait("Last")
    assert last["context"]["campaign"] == {"source": "weibo"}
    names = ["constructor", "__proto__", "toString"]
    assert [m["event"] for m in events.messages if m.get("event") in names] == names


def test_it_works_in_a_sandbox_without_storage(browser: Any, shop: Any, events: Any) -> None:
    inner = f"{_PROBLEMS}{shop.line}".replace('"', "&quot;")
    shop.line = f'<iframe sandbox="allow-scripts" srcdoc="{inner}"></iframe>'
    browser.get(shop.page("tea.html"))
    (page,) = events.wait("page")
    assert len(page["anonymousId"]) == 32
    browser.switch_to.frame(0)
    assert browser.execute_script("return window.problems") == []
