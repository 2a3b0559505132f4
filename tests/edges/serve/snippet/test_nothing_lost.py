"""What is told arrives, once, whatever happens to server, page and browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

_KEPT = "return Object.keys(localStorage).filter(key => key.startsWith('regulars.q.')).length"


def _ids(events: Any) -> Counter[str]:
    return Counter(m["messageId"] for body in events.bodies for m in body["batch"])


@pytest.mark.parametrize("answer", [503, 500, 429, 401, None], ids=str)
def test_while_the_server_is_down_nothing_is_lost_and_nothing_doubled(
    browser: Any, shop: Any, events: Any, answer: int | None
) -> None:
    events.answers = [answer, answer]
    browser.get(shop.page("tea.html"))
    events.wait_for(lambda: len(events.requests) == 1)
    browser.execute_script("for (let n = 0; n < 5; n++) regulars.track('Step', {n})")
    steps = events.wait("Step", 5)
    assert [one["properties"]["n"] for one in steps] == list(range(5))
    events.wait("Product Viewed")
    assert set(_ids(events).values()) == {1}
    assert browser.execute_async_script(
        "const done = arguments[0]; (function empty() { Object.keys(localStorage)"
        ".some(key => key.startsWith('regulars.q.')) ? setTimeout(empty, 20) : done(true) })()"
    )


def test_what_one_page_could_not_send_the_next_page_sends(
    browser: Any, shop: Any, events: Any
) -> None:
    events.otherwise = 503
    browser.get(shop.page("tea.html?utm_source=weibo"))
    events.wait_for(lambda: events.requests)
    browser.get(shop.page("cup.html"))
    events.wait_for(lambda: len(events.requests) >= 2)
    assert events.messages == []
    events.otherwise = 200
    browser.get(shop.page(""))
    pages = events.wait("page", 3)
    assert [one["properties"]["path"] for one in pages] == ["/tea.html", "/cup.html", "/"]
    viewed = events.wait("Product Viewed", 2)
    assert [one["properties"]["product_id"] for one in viewed] == ["T-100", "C-20"]
    assert len(events.wait("Page Left", 2)) == 2


def test_a_lost_answer_repeats_the_message_under_the_same_id(
    browser: Any, shop: Any, events: Any
) -> None:
    events.otherwise = None  # it hears, and hangs up
    browser.get(shop.page(""))
    events.wait_for(lambda: events.requests)
    heard = events.requests[0]["body"]["batch"]
    events.otherwise = 200
    (page,) = events.wait("page")
    assert page["messageId"] == heard[0]["messageId"]
    assert page["timestamp"] == heard[0]["timestamp"]
    assert events.bodies[0]["sentAt"] > events.requests[0]["body"]["sentAt"]


def test_one_bad_message_does_not_hold_up_the_others(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page(""))
    events.wait("Page Loaded")  # nothing else comes between
    already = len(events.requests)
    events.answers = [400, 400]  # the batch; then the first of it, alone
    browser.execute_script("for (let n = 0; n < 4; n++) regulars.track('Step', {n})")
    steps = events.wait("Step", 3)
    assert [one["properties"]["n"] for one in steps] == [1, 2, 3]
    assert [len(one["body"]["batch"]) for one in events.requests[already:]][:3] == [4, 1, 1]


def test_a_tab_that_is_closed_has_told_its_last(browser: Any, shop: Any, events: Any) -> None:
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    browser.get(shop.page("declared.html"))
    browser.execute_script("document.getElementById('add').click()")
    browser.close()
    browser.switch_to.window(first)
    for name in ("page", "Product Viewed", "Product Added", "Page Left"):
        assert len(events.wait(name)) == 1


def test_a_browser_that_only_says_that_the_page_goes_is_enough(
    browser: Any, shop: Any, events: Any, before_pages: Callable[[str], None]
) -> None:
    before_pages(
        "document.addEventListener('visibilitychange',"
        " event => event.stopImmediatePropagation(), true)"
    )
    browser.get(shop.page("declared.html"))
    browser.execute_script("document.getElementById('add').click()")
    browser.get("about:blank")
    for name in ("page", "Product Added", "Page Left"):
        assert len(events.wait(name)) == 1


def test_without_keepalive_the_last_is_told_by_beacon(
    browser: Any, shop: Any, events: Any, before_pages: Callable[[str], None]
) -> None:
    before_pages("delete Request.prototype.keepalive")
    browser.get(shop.page("tea.html"))
    browser.execute_script("regulars.track('Last')")
    browser.get(shop.page("several.html"))
    events.wait("Last")
    events.wait("Page Left")
    events.wait("page", 2)
    assert len(events.told("Last")) == 1
    modes = {r["headers"]["Sec-Fetch-Mode"] for r in events.requests if b"Page Left" in r["raw"]}
    assert "no-cors" in modes  # as beacons are


def test_a_click_that_leads_away_is_told(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page(""))
    browser.execute_script(
        "const link = document.getElementById('tea');"
        "link.setAttribute('data-regulars', 'click');"
        "link.setAttribute('data-regulars-product', 'T-100');"
        "link.click()"
    )
    (clicked,) = events.wait("Product Clicked")
    assert clicked["properties"] == {"product_id": "T-100"}
    assert clicked["context"]["page"]["path"] == "/"


def test_it_works_where_storage_is_blocked(
    start_browser: Callable[..., Any], shop: Any, events: Any
) -> None:
    browser = start_browser(profile__default_content_setting_values__cookies=2)
    try:
        browser.get(shop.page("tea.html?utm_source=weibo"))
        refused = "try { return localStorage.length } catch (error) { return error.name }"
        assert browser.execute_script(refused) == "SecurityError"
        browser.execute_script("regulars.identify('u-1'); regulars.track('Step')")
        (step,) = events.wait("Step")
        assert (step["userId"], step["context"]["campaign"]) == ("u-1", {"source": "weibo"})
        (page,) = events.wait("page")
        assert page["anonymousId"] == step["anonymousId"]
        browser.get(shop.page("cup.html"))
        (left,) = events.wait("Page Left")
        assert left["anonymousId"] == page["anonymousId"]
    finally:
        browser.quit()


def test_it_works_where_storage_is_full(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page(""))
    browser.refresh()  # the id comes from storage, not from this page's memory
    _, page = events.wait("page", 2)
    full = """
    const fill = size => {
      try { for (;;) localStorage.setItem("shop" + Math.random(), "x".repeat(size)); }
      catch (error) { if (size > 1) fill(size >> 1); else return; }
    };
    fill(1 << 20);
    regulars.track("Step");
    regulars.track("Step");
    """
    browser.execute_script(full)
    steps = events.wait("Step", 2)
    assert {one["anonymousId"] for one in steps} == {page["anonymousId"]}


def test_it_works_in_an_old_web_view(
    browser: Any, shop: Any, events: Any, before_pages: Callable[[str], None]
) -> None:
    before_pages(
        "for (const name of ['fetch', 'PerformanceObserver', 'crypto', 'Request'])"
        " Object.defineProperty(window, name, {value: undefined});"
        "navigator.sendBeacon = undefined;"
        "Performance.prototype.getEntriesByType = undefined;"
        "Object.defineProperty(navigator, 'userAgent',"
        " {value: 'Mozilla/5.0 (Linux; Android 7.0) Chrome/57 Mobile MicroMessenger/6.6.7'});"
    )
    events.answers = [503]
    browser.get(shop.page("tea.html"))
    (page,) = events.wait("page")
    assert page["context"]["app"] == {"name": "WeChat"}
    assert page["context"]["device"] == {"type": "mobile"}
    (loaded,) = events.wait("Page Loaded")
    assert loaded["properties"]["load_ms"] > 0
    assert "lcp_ms" not in loaded["properties"]
    browser.get(shop.page(""))
    (left,) = events.wait("Page Left")  # kept by the page that went, sent by the one that came
    assert left["properties"]["page_view"] == page["messageId"]


def test_two_tabs_do_not_take_one_anothers_messages(browser: Any, shop: Any, events: Any) -> None:
    events.otherwise = 503
    tell = "for (let n = 0; n < 20; n++) regulars.track('Step', {n, tab: arguments[0]})"
    browser.get(shop.page(""))
    browser.execute_script(tell, 1)
    browser.switch_to.new_window("tab")
    browser.get(shop.page(""))
    browser.execute_script(tell, 2)
    events.otherwise = 200
    browser.get(shop.page("cup.html"))
    steps = events.wait("Step", 40)
    told = sorted((one["properties"]["tab"], one["properties"]["n"]) for one in steps)
    assert told == [(tab, n) for tab in (1, 2) for n in range(20)]


def test_the_queue_is_bounded_and_the_oldest_go_first(browser: Any, shop: Any, events: Any) -> None:
    events.otherwise = 503
    browser.get(shop.page(""))
    events.wait_for(lambda: events.requests)
    browser.execute_script("for (let n = 0; n < 300; n++) regulars.track('Step', {n})")
    assert browser.execute_script(_KEPT) == 200
    browser.execute_script("regulars.track('Too long', {text: 'x'.repeat(40000)})")
    browser.execute_script(
        "for (let n = 300; n < 320; n++) regulars.track('Step', {n, t: '茶'.repeat(9000)})"
    )
    kept = (
        "return Object.keys(localStorage).reduce((sum, key) => sum + localStorage[key].length, 0)"
    )
    assert browser.execute_script(kept) < 200_000
    events.otherwise = 200
    browser.refresh()
    events.wait_for(lambda: any(m["properties"].get("n") == 319 for m in events.messages))
    assert events.told("Too long") == []
    steps = [one["properties"]["n"] for one in events.told("Step")]
    assert steps == list(range(steps[0], 320))
    assert all(len(request["raw"]) <= 33_000 for request in events.requests)


def test_text_that_is_no_text_is_mended(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page(""))
    browser.execute_script(
        "regulars.track('Step', {half: 'tea \\ud83c', whole: '\\ud83c\\udf75', zero: 'a\\0b'})"
    )
    (step,) = events.wait("Step")
    assert step["properties"] == {"half": "tea \ufffd", "whole": "🍵", "zero": "ab"}


def test_nothing_is_thrown_into_the_page(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page("hostile.html"))
    browser.execute_script(
        """
        const round = {};
        round.self = round;
        const bad = {get trap() { throw new Error("trap"); }};
        regulars.track("Round", round);
        regulars.track("Trap", bad);
        regulars.track();
        regulars.identify(null, bad);
        regulars.product(null);
        regulars.product(bad);
        regulars.page({toString() { throw new Error("name"); }});
        regulars.push(["nothing of the kind"], null);
        document.getElementById("drawing").dispatchEvent(new Event("click", {bubbles: true}));
        document.dispatchEvent(new Event("click"));
        history.pushState({}, "", "/elsewhere");
        regulars.track("Still here");
        """
    )
    events.wait("Still here")
    assert browser.execute_script("return window.problems") == []
    assert events.told("Round") == []
    severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert severe == []


def test_the_script_twice_on_a_page_tells_once(browser: Any, shop: Any, events: Any) -> None:
    shop.line *= 2
    browser.get(shop.page(""))
    browser.get(shop.page("tea.html"))
    events.wait("page", 2)
    assert len(events.told("Page Left")) <= 1
    assert len(events.told("page")) == 2
