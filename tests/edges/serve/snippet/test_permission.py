"""The snippet keeps quiet where the visitor wants it to, and tells nothing private."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

pytestmark = pytest.mark.browser

_STORED = "return Object.keys(localStorage).sort()"
_REFUSALS = {
    "Do Not Track": "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})",
    "Global Privacy Control": (
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
    ),
}


def _after_this(browser: Any, shop: Any, events: Any) -> list[dict[str, Any]]:
    """What was told up to the moment at which a page of another kind was.

    A page that goes sends at once what it has, so nothing can come after the next page's call.
    """
    shop.has(events.address, key="wk_of_the_next")
    shop.address = shop.address.replace("127.0.0.1", "localhost")  # another origin: new storage
    browser.get(shop.page("several.html"))
    events.wait_for(lambda: any(b["writeKey"] == "wk_of_the_next" for b in events.bodies))
    return [r["body"] for r in events.requests if r["body"].get("writeKey") != "wk_of_the_next"]


@pytest.mark.parametrize("refusal", list(_REFUSALS))
def test_a_browser_that_asks_not_to_be_tracked_is_not(
    browser: Any, shop: Any, events: Any, refusal: str, before_pages: Callable[[str], None]
) -> None:
    before_pages(f"if (location.hostname === '127.0.0.1') {_REFUSALS[refusal]}")
    browser.get(shop.page("declared.html?utm_source=weibo"))
    browser.execute_script(
        "regulars.track('Step'); regulars.identify('u-1'); regulars.consent(true);"
        "document.getElementById('add').click();"
    )
    assert browser.execute_script("return regulars.anonymousId()") is None
    assert browser.execute_script(_STORED) == []
    assert _after_this(browser, shop, events) == []


def test_the_browsers_own_setting_of_do_not_track_is_understood(
    start_browser: Callable[..., Any], shop: Any, events: Any
) -> None:
    browser = start_browser(enable_do_not_track=True)
    try:
        browser.get(shop.page("declared.html"))
        if browser.execute_script("return navigator.doNotTrack") != "1":
            pytest.skip("this browser has no such setting any more")
        assert browser.execute_script("return regulars.anonymousId()") is None
        assert browser.execute_script(_STORED) == []
    finally:
        browser.quit()


def test_a_later_wish_not_to_be_tracked_deletes_what_was_kept(
    browser: Any, shop: Any, events: Any, before_pages: Callable[[str], None]
) -> None:
    browser.get(shop.page(""))
    events.wait("page")
    assert "regulars.id" in browser.execute_script(_STORED)
    before_pages(_REFUSALS["Global Privacy Control"])
    browser.refresh()
    assert browser.execute_script(_STORED) == []


def test_where_consent_is_required_nothing_is_kept_or_sent_before_it(
    browser: Any, shop: Any, events: Any
) -> None:
    shop.has(events.address, 'data-consent="required"')
    browser.get(shop.page("declared.html?utm_source=weibo"))
    browser.execute_script("regulars.identify('u-1'); document.getElementById('add').click()")
    assert browser.execute_script(_STORED) == []
    browser.get(shop.page("tea.html"))
    assert browser.execute_script(_STORED) == []
    assert _after_this(browser, shop, events) == []


def test_with_consent_the_page_that_asked_is_told_as_well(
    browser: Any, shop: Any, events: Any
) -> None:
    shop.has(events.address, 'data-consent="required"')
    browser.get(shop.page("tea.html?utm_source=weibo"))
    browser.execute_script("regulars.track('Before'); regulars.consent(true)")
    (page,) = events.wait("page")
    (before,) = events.wait("Before")
    assert page["context"]["campaign"] == {"source": "weibo"}
    assert page["anonymousId"] == before["anonymousId"]
    browser.get(shop.page("cup.html"))
    _, second = events.wait("page", 2)  # consent is remembered
    assert second["anonymousId"] == page["anonymousId"]
    assert second["context"]["campaign"] == {"source": "weibo"}


@pytest.mark.parametrize("mode", ['data-consent="required"', ""], ids=["required", "not required"])
def test_withdrawal_deletes_ids_and_queue_and_stops(
    browser: Any, shop: Any, events: Any, mode: str
) -> None:
    shop.has(events.address, mode)
    browser.get(shop.page("tea.html"))
    browser.execute_script("regulars.consent(true)")
    (page,) = events.wait("page")
    events.otherwise = 503
    browser.execute_script("regulars.identify('u-1'); regulars.track('Unsent')")
    browser.execute_script("regulars.consent(false); regulars.track('After')")
    kept = [] if mode else ["regulars.refused"]
    assert browser.execute_script(_STORED) == kept
    events.otherwise = 200
    browser.get(shop.page("cup.html"))
    assert browser.execute_script(_STORED) == kept
    assert browser.execute_script("return document.title") == "盖碗 - 茶铺"

    browser.execute_script("regulars.consent(true)")
    _, again = events.wait("page", 2)
    assert again["properties"]["path"] == "/cup.html"
    assert again["anonymousId"] != page["anonymousId"]
    assert "userId" not in again
    told = {m.get("event") for m in events.messages}
    assert not told & {"Unsent", "After"}


@pytest.mark.parametrize("mode", ['data-consent="required"', ""], ids=["required", "not required"])
def test_what_is_withdrawn_in_one_tab_is_withdrawn_in_all(
    browser: Any, shop: Any, events: Any, mode: str
) -> None:
    shop.has(events.address, mode)
    browser.get(shop.page("tea.html"))
    browser.execute_script("regulars.consent(true)")
    events.wait("page")
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    browser.get(shop.page("cup.html"))
    events.wait("page", 2)
    browser.execute_script("regulars.consent(false)")
    browser.switch_to.window(first)
    assert browser.execute_async_script(
        "const done = arguments[0]; (function quiet() {"
        " regulars.anonymousId() ? setTimeout(quiet, 20) : done(true) })()"
    )
    browser.execute_script("regulars.track('After')")
    assert browser.execute_script(_STORED) == ([] if mode else ["regulars.refused"])


def test_robots_are_no_visitors(browser: Any, shop: Any, events: Any) -> None:
    ours = browser.execute_script("return navigator.userAgent")
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/120"
    browser.execute_cdp_cmd("Emulation.setUserAgentOverride", {"userAgent": agent})
    try:
        browser.get(shop.page("tea.html"))
        assert browser.execute_script("return regulars.anonymousId()") is None
        assert browser.execute_script(_STORED) == []
    finally:
        browser.execute_cdp_cmd("Emulation.setUserAgentOverride", {"userAgent": ours})


def test_private_things_are_cut_out_of_addresses(browser: Any, shop: Any, events: Any) -> None:
    link = (
        "search?q=%E7%99%BD%E8%8C%B6+li.lei%40example.com&email=a%40b.cn&tel=010-8888&code=071x"
        "&back=%2Fu%3Fm%3Dhanmeimei%2540example.com&phone=138%200013%208000&utm_source=13900139000"
        "&utm_campaign=+8613700137000&from=%2B4915112345678&order=20260501123&inviter=hanmeimei@example.com"
    )
    browser.get(shop.page(link))
    browser.execute_script(
        "document.title = '13812345678 的订单'; history.pushState({}, '', '/u/a@b.cn')"
    )
    events.wait("Products Searched")
    browser.get(shop.page("tea.html"))
    events.wait("page", 2)
    everything = "".join(request["raw"].decode() for request in events.requests)
    for private in (
        "li.lei", "a%40b", "010-8888", "071x", "hanmeimei", "example.com", "138%200013",
        "13900139000", "13700137000", "15112345678", "13812345678", "a@b.cn",
    ):  # fmt: skip
        assert private not in everything, private
    (searched,) = events.told("Products Searched")
    assert searched["properties"]["query"] == "白茶 ***"
    assert "order=20260501123" in everything  # a number is no phone


def test_what_is_typed_into_forms_is_not_told(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page(""))
    browser.find_element("id", "save").click()
    browser.get(shop.page("tea.html"))
    browser.find_element("id", "buy").click()
    events.wait("Product Added")
    everything = "".join(request["raw"].decode() for request in events.requests)
    for private in ("li.lei@example.com", "13812345678", "送给妈妈"):
        assert private not in everything


def test_it_needs_no_inline_script_and_speaks_to_nobody_else(
    browser: Any, shop: Any, events: Any
) -> None:
    shop.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {events.address}; connect-src {events.address};"
        " img-src data:; frame-src 'self'; form-action 'self'"
    )
    browser.get(shop.page("declared.html"))
    browser.execute_script("document.getElementById('add').click()")
    browser.get(shop.page("tea.html"))
    events.wait("page", 2)
    events.wait("Page Left")
    asked = browser.execute_script(
        "return performance.getEntriesByType('resource').map(one => one.name)"
    )
    assert {one.rpartition("/")[0] for one in asked if not one.startswith("data:")} <= {
        events.address,
        f"{events.address}/v1",
    }
    severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert severe == []


def test_it_does_not_hold_up_the_page(
    browser: Any, shop: Any, events: Any, serve: Callable[..., str]
) -> None:
    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            threading.Event().wait(2.0)
            self.send_error(503)

        def log_message(self, *told: Any) -> None:
            """Nothing on the screen."""

    shop.has(serve(Slow))
    browser.get(shop.page("app"))
    drawn, all_loaded = browser.execute_script(
        "const [times] = performance.getEntriesByType('navigation');"
        "return [times.domContentLoadedEventEnd, times.loadEventStart]"
    )
    assert drawn + 500 < all_loaded
    assert events.requests == []
