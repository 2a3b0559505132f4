"""What the snippet tells of a visit, in a real browser: words and columns of docs/snippet.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

pytestmark = pytest.mark.browser


def _click(browser: Any, identifier: str) -> None:
    browser.execute_script(f"document.getElementById({identifier!r}).click()")


def test_a_page_is_told_with_its_address_title_and_visitor(
    browser: Any, shop: Any, events: Any
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    browser.get(shop.page("tea.html?colour=red"))
    (page,) = events.wait("page")
    expected = {
        "path": "/tea.html",
        "url": shop.page("tea.html?colour=red"),
        "search": "?colour=red",
        "title": "正山小种 - 茶铺",
        "referrer": "",
    }
    assert page["properties"] == expected
    assert page["context"]["page"] == expected
    assert page["context"]["library"]["name"] == "regulars.js"
    assert before < datetime.fromisoformat(page["timestamp"]) < before + timedelta(seconds=20)
    assert "userId" not in page
    assert "campaign" not in page["context"]
    ids = (page["messageId"], page["anonymousId"], page["context"]["sessionId"])
    assert len(set(ids)) == 3
    assert all(len(one) == 32 and one.isalpha() for one in ids)
    body = events.bodies[0]
    assert body["writeKey"] == "wk_of_the_web"
    assert body["sentAt"] >= page["timestamp"]


def test_a_batch_needs_no_preflight_and_carries_no_cookie(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page(""))
    browser.execute_script("document.cookie = 'shop_session=secret'")
    browser.refresh()
    events.wait("page", 2)
    assert not any("preflight" in request["body"] for request in events.requests)
    headers = events.requests[-1]["headers"]
    assert headers["Content-Type"].startswith("text/plain")
    assert "Cookie" not in headers


def test_visitor_and_visit_stay_the_same_from_page_to_page(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page(""))
    _click(browser, "tea")
    first, second = events.wait("page", 2)
    assert first["anonymousId"] == second["anonymousId"]
    assert first["context"]["sessionId"] == second["context"]["sessionId"]
    assert second["properties"]["referrer"] == shop.page("")


def test_the_source_of_a_visit_stays_with_it_and_the_first_is_remembered(
    browser: Any, shop: Any, events: Any
) -> None:
    link = "?utm_source=weibo&utm_medium=social&utm_campaign=spring&utm_term=tea&utm_content=a1"
    browser.get(shop.page(link + "&inviter=FRIEND7"))
    _click(browser, "tea")
    first, second = events.wait("page", 2)
    campaign = {
        "source": "weibo",
        "medium": "social",
        "name": "spring",
        "term": "tea",
        "content": "a1",
    }
    for page in (first, second):
        assert page["context"]["campaign"] == campaign
        assert page["context"]["inviter"] == "FRIEND7"
    assert first["context"]["firstTouch"]["campaign"] == campaign
    assert "firstTouch" not in second["context"]  # once a visit is enough

    browser.get(shop.page("?utm_source=email"))
    _click(browser, "cup")
    *_, third, fourth = events.wait("page", 4)
    for page in (third, fourth):
        assert page["context"]["campaign"] == {"source": "email"}
        assert "inviter" not in page["context"]
    assert third["context"]["sessionId"] != first["context"]["sessionId"]
    assert third["context"]["firstTouch"]["campaign"] == campaign
    assert third["context"]["firstTouch"]["inviter"] == "FRIEND7"

    browser.refresh()
    *_, again = events.wait("page", 5)
    assert again["context"]["sessionId"] == third["context"]["sessionId"]


@pytest.mark.parametrize(
    ("link", "campaign", "further"),
    [
        ("?scene=shelf-12", {"source": "qr", "content": "shelf-12"}, {"scene": "shelf-12"}),
        ("?inviter=FRIEND7", {"source": "inviter"}, {"inviter": "FRIEND7"}),
        ("#/home?utm_source=wechat", {"source": "wechat"}, {}),
    ],
    ids=["a QR code", "an inviter", "an address behind #"],
)
def test_other_ways_in_are_sources_too(
    browser: Any, shop: Any, events: Any, link: str, campaign: Any, further: Any
) -> None:
    browser.get(shop.page(link))
    (page,) = events.wait("page")
    assert page["context"]["campaign"] == campaign
    assert further.items() <= page["context"].items()


def test_where_the_visit_came_from_is_told_on_all_its_pages(
    browser: Any, shop: Any, events: Any, serve: Callable[..., str]
) -> None:
    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<a href="{shop.page("tea.html")}">tea</a>'.encode())

        def log_message(self, *told: Any) -> None:
            """Nothing on the screen."""

    browser.get(serve(Elsewhere) + "/search")
    browser.find_element("tag name", "a").click()
    (page,) = events.wait("page")
    assert page["properties"]["referrer"].startswith("http://127.0.0.1:")
    _click(browser, "choose")
    browser.get(shop.page("cup.html"))
    _, second = events.wait("page", 2)
    assert second["context"]["referrer"]["url"] == page["properties"]["referrer"]


def test_half_an_hour_without_a_sign_of_life_ends_a_visit(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page("?utm_source=weibo"))
    events.wait("page")
    browser.execute_script(
        """
        const visit = JSON.parse(localStorage["regulars.visit"]);
        visit.at -= 31 * 60 * 1000;
        localStorage["regulars.visit"] = JSON.stringify(visit);
        """
    )
    browser.get(shop.page("tea.html"))
    first, second = events.wait("page", 2)
    assert first["anonymousId"] == second["anonymousId"]
    assert first["context"]["sessionId"] != second["context"]["sessionId"]
    assert "campaign" not in second["context"]


@pytest.mark.parametrize(
    ("page", "product"),
    [
        (
            "tea.html",
            {
                "product_id": "T-100",
                "sku": "T-100-50",
                "name": "正山小种",
                "brand": "桐木",
                "category": "红茶",
                "price": 1288,
                "currency": "CNY",
            },
        ),
        (
            "cup.html",
            {
                "product_id": "C-20",
                "name": "盖碗",
                "price": 59.5,
                "currency": "CNY",
                "brand": "德化",
            },
        ),
        (
            "declared.html",
            {
                "product_id": "N-3",
                "name": "茶针",
                "category": "茶具",
                "price": 12.8,
                "currency": "CNY",
            },
        ),
    ],
    ids=["JSON-LD", "Open Graph", "attributes"],
)
def test_a_product_is_viewed(browser: Any, shop: Any, events: Any, page: str, product: Any) -> None:
    browser.get(shop.page(page))
    browser.get(shop.page(""))
    events.wait("page", 2)
    (viewed,) = events.told("Product Viewed")
    assert viewed["properties"] == product
    assert viewed["type"] == "track"


def test_a_page_of_several_products_views_none_of_them(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page("several.html"))
    browser.get(shop.page(""))
    events.wait("page", 2)
    assert events.told("Product Viewed") == []


def test_the_shops_own_script_may_name_the_product(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page(""))
    events.wait("page")
    browser.execute_script("regulars.product({id: 9, name: '绿茶', price: '30.00', brand: null})")
    (viewed,) = events.wait("Product Viewed")
    assert viewed["properties"] == {"product_id": 9, "name": "绿茶", "price": 30}


@pytest.mark.parametrize("parameter", ["q", "s", "keyword"])
def test_a_search_is_told_by_its_address(
    browser: Any, shop: Any, events: Any, parameter: str
) -> None:
    browser.get(shop.page(f"search?{parameter}=%E7%99%BD%E8%8C%B6"))
    (searched,) = events.wait("Products Searched")
    assert searched["properties"] == {"query": "白茶"}


def test_declared_elements_tell_what_is_done_with_them(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page("declared.html"))
    events.wait("Product Viewed")
    for identifier in ("within", "wish", "coupon", "other", "plain"):
        _click(browser, identifier)
    (added,) = events.wait("Product Added")
    assert added["properties"] == {
        "product_id": "N-3",
        "name": "茶针",
        "category": "茶具",
        "price": 12.8,
        "currency": "CNY",
        "quantity": 2,
    }
    (wished,) = events.wait("Product Added to Wishlist")
    assert wished["properties"]["product_id"] == "N-3"
    (coupon,) = events.wait("Coupon Copied")
    assert coupon["properties"]["coupon"] == "SPRING"
    (clicked,) = events.wait("Product Clicked")
    assert clicked["properties"] == {"product_id": "N-4", "position": 1}
    (shown,) = events.wait("Product List Viewed")
    assert shown["properties"] == {"list_id": "also", "category": "茶具"}
    assert len(events.told("Product Added")) == 1


def test_the_buttons_of_common_themes_need_no_declaration(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page("tea.html"))
    events.wait("Product Viewed")
    for identifier in ("buy", "woo", "choose"):  # the last is disabled
        _click(browser, identifier)
    browser.get(shop.page(""))
    events.wait("Page Left")
    first, second = events.wait("Product Added", 2)
    assert first["properties"]["product_id"] == "T-100"
    assert first["properties"]["quantity"] == 2
    assert (
        second["properties"] | {"product_id": "W-7", "sku": "W-7-A", "quantity": 3}
        == (second["properties"])
    )
    assert "送给妈妈" not in str(events.requests)  # a field of the form


def test_a_declared_button_within_a_form_of_the_theme_tells_once(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page("declared.html"))
    _click(browser, "both")
    browser.get(shop.page(""))
    events.wait("Page Left")
    (added,) = events.wait("Product Added")
    assert added["properties"]["product_id"] == "N-3"


def test_dwell_time_counts_only_what_was_in_sight(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page("tea.html"))
    (page,) = events.wait("page")
    shop_tab = browser.current_window_handle
    browser.execute_async_script("setTimeout(arguments[0], 300)")
    browser.switch_to.new_window("tab")
    (left,) = events.wait("Page Left")
    assert left["properties"]["page_view"] == page["messageId"]
    assert left["context"]["page"]["path"] == "/tea.html"
    hidden = datetime.now(UTC)
    first = left["properties"]["dwell_ms"]
    assert 300 <= first <= 60_000

    browser.execute_async_script("setTimeout(arguments[0], 1500)")  # out of sight: not counted
    browser.switch_to.window(shop_tab)
    browser.execute_cdp_cmd("Page.bringToFront", {})
    browser.execute_async_script(
        "const done = arguments[0]; (function seen() {"
        " document.visibilityState === 'visible' ? setTimeout(done, 1100) : setTimeout(seen, 20)"
        "})()"
    )
    browser.get(shop.page(""))
    _, again = events.wait("Page Left", 2)[:2]
    assert again["properties"]["page_view"] == page["messageId"]
    in_all = (datetime.now(UTC) - hidden).total_seconds() * 1000
    assert 1100 <= again["properties"]["dwell_ms"] <= in_all - 1400


def test_the_time_of_loading_is_told_once(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page("tea.html"))
    (page,) = events.wait("page")
    (loaded,) = events.wait("Page Loaded")
    properties = loaded["properties"]
    assert properties["page_view"] == page["messageId"]
    assert properties["navigation"] == "navigate"
    assert 0 < properties["ttfb_ms"] <= properties["dom_ms"] <= properties["load_ms"] < 60_000
    assert 0 < properties["lcp_ms"] < 60_000
    browser.get(shop.page(""))
    events.wait("page", 2)
    assert len(events.told("Page Loaded")) == 1


def test_pages_drawn_in_place_are_pages_of_their_own(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page("app"))
    events.wait("page")
    browser.execute_script("go('/app/goods/t1?from=list')")
    events.wait("Product Viewed", 1)
    browser.execute_script("go('/app/about')")
    events.wait("page", 3)
    browser.execute_script("go('/app/goods/t2')")
    events.wait("Product Viewed", 2)
    browser.execute_script("history.replaceState({scroll: 10}, '', location.href)")
    browser.back()
    events.wait("page", 5)
    browser.get(shop.page("cup.html"))
    pages = events.wait("page", 6)
    paths = [one["properties"]["path"] for one in pages]
    assert paths == [
        "/app", "/app/goods/t1", "/app/about", "/app/goods/t2", "/app/about", "/cup.html",
    ]  # fmt: skip
    assert pages[1]["properties"]["title"] == "白茶"
    assert pages[1]["properties"]["referrer"] == shop.page("app")
    viewed = [one["properties"]["product_id"] for one in events.told("Product Viewed")]
    assert viewed[:2] == ["t1", "t2"]  # and none on /app/about, which still holds t1's data
    left = events.wait("Page Left", 5)
    assert [one["context"]["page"]["path"] for one in left] == paths[:5]
    assert [one["properties"]["page_view"] for one in left] == [m["messageId"] for m in pages[:5]]


def test_calls_made_before_it_is_there_are_told_when_it_is(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page("early.html"))
    (promotion,) = events.wait("Promotion Viewed")
    (searched,) = events.wait("Products Searched")
    (identified,) = events.wait("identify")
    assert promotion["properties"] == {"promotion_id": "spring"}
    assert searched["properties"] == {"query": "白茶"}
    assert identified["traits"] == {"grade": "gold"}
    assert {m["userId"] for m in events.messages} == {"u-1"}
    assert browser.execute_script("return window.sameAfterwards") is True


def test_an_account_is_told_until_it_is_reset(browser: Any, shop: Any, events: Any) -> None:
    browser.get(shop.page("?utm_source=weibo"))
    events.wait("page")
    browser.execute_script("regulars.identify(1001, {email: 'li.lei@example.com'})")
    (identified,) = events.wait("identify")
    assert (identified["userId"], identified["traits"]) == ("1001", {"email": "li.lei@example.com"})
    assert identified["context"]["firstTouch"]["campaign"] == {"source": "weibo"}
    browser.get(shop.page("tea.html"))
    first, second = events.wait("page", 2)
    assert "userId" not in first
    assert second["userId"] == "1001"
    assert second["anonymousId"] == first["anonymousId"]
    asked = browser.execute_script("return regulars.anonymousId()")
    assert asked == first["anonymousId"]

    browser.execute_script("regulars.reset()")
    browser.get(shop.page("cup.html"))
    *_, third = events.wait("page", 3)
    assert "userId" not in third
    assert third["anonymousId"] != first["anonymousId"]


def test_another_account_on_the_same_device_is_another_visitor(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page(""))
    browser.execute_script("regulars.identify('a'); regulars.identify('a'); regulars.identify('b')")
    first, again, other = events.wait("identify", 3)
    assert first["anonymousId"] == again["anonymousId"] != other["anonymousId"]


def test_a_page_opened_from_the_browsers_memory_is_a_page_view(
    browser: Any, shop: Any, events: Any
) -> None:
    browser.get(shop.page(""))
    events.wait("page")
    browser.get(shop.page("tea.html"))
    events.wait("page", 2)
    browser.back()
    pages = events.wait("page", 3)
    assert pages[2]["properties"]["path"] == "/"
    assert len({one["messageId"] for one in pages}) == 3


def test_nothing_is_told_by_itself_where_the_shop_tells_it(
    browser: Any, shop: Any, events: Any
) -> None:
    shop.has(events.address, 'data-auto="off"')
    browser.get(shop.page("tea.html?q=tea"))
    browser.execute_script("regulars.page('Tea', {shelf: 3})")
    (page,) = events.wait("page")
    assert page["name"] == "Tea"
    assert page["properties"]["shelf"] == 3
    browser.get(shop.page(""))
    events.wait("Page Left")
    told = {m.get("event", m["type"]) for m in events.messages}
    assert told <= {"page", "Page Left", "Page Loaded"}
