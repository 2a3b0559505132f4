"""Webhooks: signed by a secret of the connection, or refused.

The signatures of the first two tests were made apart from our code, by
    printf %s BODY | openssl dgst -sha256 -hmac SECRET -binary | base64
and that of Standard Webhooks is the example of its specification's reference libraries.
"""

from __future__ import annotations

import base64
import hmac
import json
import subprocess
import time
from hashlib import sha256

import pytest

ORDER = b'{"id":820982911946154508,"name":"#1001","total_price":"199.00"}'
OTHER = b'{"id":820982911946154508,"name":"#1001","total_price":"1.00"}'
SECRET, SECOND = "hush-hush-hush", "a-second-secret"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module", autouse=True)
def connections(book):
    book.add("shop-a", "shopify", secret=SECRET)
    book.add("shop-a", "shopify", secret=SECOND)
    book.add("woo", "woocommerce", secret=SECRET)
    book.add("crm", "webhook", secret=WHSEC)


def signed(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, sha256).digest()).decode()


def test_the_signature_is_the_one_that_openssl_makes():
    try:
        made = subprocess.run(
            ["openssl", "dgst", "-sha256", "-hmac", SECRET, "-binary"],
            input=ORDER, capture_output=True, check=True,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    assert base64.b64encode(made.stdout).decode() == signed(ORDER, SECRET)


@pytest.mark.parametrize("secret", [SECRET, SECOND])
def test_a_webhook_of_shopify_is_kept_with_what_tells_it_apart(worker, secret):
    answer = worker.send(
        "/v1/webhooks/shop-a", ORDER,
        X_Shopify_Hmac_Sha256=signed(ORDER, secret),
        X_Shopify_Topic="orders/create",
        X_Shopify_Shop_Domain="tea.myshopify.com",
        X_Shopify_Webhook_Id="b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        X_Shopify_Event_Id="7b8c9d0a-1234-5678-90ab-cdef12345678",
        X_Shopify_Triggered_At="2026-11-22T08:00:00.123456789Z",
    )  # fmt: skip
    assert (answer.status, answer.told) == (200, {"success": True})
    kept = worker.kept()[-1]
    assert (kept.connection, kept.route, kept.body) == ("shop-a", "shopify:orders/create", ORDER)
    assert kept.headers == {
        "topic": "orders/create",
        "message-id": f"orders/create:{sha256(ORDER).hexdigest()[:32]}",
        "delivery-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "event-id": "7b8c9d0a-1234-5678-90ab-cdef12345678",
        "triggered-at": "2026-11-22T08:00:00.123456789Z",
    }


def test_a_webhook_of_woocommerce_is_kept_with_what_tells_it_apart(worker):
    answer = worker.send(
        "/v1/webhooks/woo/", ORDER,
        X_WC_Webhook_Source="https://tea.example/",
        X_WC_Webhook_Topic="order.updated",
        X_WC_Webhook_Signature=signed(ORDER, SECRET),
        X_WC_Webhook_ID="7",
        X_WC_Webhook_Delivery_ID="a0c5d1",
    )  # fmt: skip
    assert answer.status == 200
    kept = worker.kept()[-1]
    assert (kept.route, kept.headers["delivery-id"]) == ("woocommerce:order.updated", "a0c5d1")


def test_a_replay_under_another_id_is_the_same_message(worker):
    """Shopify signs the body only: the id of a delivery can be made up by who has seen one."""
    for delivery in ("one", "another"):
        worker.send("/v1/webhooks/shop-a", ORDER, X_Shopify_Topic="orders/paid",
                    X_Shopify_Hmac_Sha256=signed(ORDER, SECRET),
                    X_Shopify_Webhook_Id=delivery)  # fmt: skip
    first, second = worker.kept()[-2:]
    assert first.headers["delivery-id"] != second.headers["delivery-id"]
    assert first.headers["message-id"] == second.headers["message-id"]


def test_the_ping_of_woocommerce_is_answered_and_not_kept(worker):
    before = len(worker.kept())
    answer = worker.send("/v1/webhooks/woo", b"webhook_id=7",
                         Content_Type="application/x-www-form-urlencoded")  # fmt: skip
    assert answer.status == 200
    assert len(worker.kept()) == before


def standard(at: int, body: bytes = ORDER, name: str = "msg_1", secret: str = WHSEC) -> dict:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    sum_ = hmac.new(key, f"{name}.{at}.".encode() + body, sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(sum_).decode()}",
    }


def test_the_library_agrees_with_the_example_of_its_specification():
    """github.com/standard-webhooks/standard-webhooks, libraries/*: the test of `sign`."""
    from datetime import UTC, datetime

    from standardwebhooks import Webhook

    made = Webhook(WHSEC).sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, tz=UTC),
        '{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert made == standard(1614265330, b'{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek")[
        "webhook-signature"
    ]  # fmt: skip


def test_a_standard_webhook_is_kept_under_its_signed_id(worker):
    at = int(time.time())
    assert worker.ask("POST", "/v1/webhooks/crm", ORDER, standard(at)).status == 200
    kept = worker.kept()[-1]
    assert (kept.route, kept.headers) == ("webhook", {"message-id": "msg_1",
                                                      "triggered-at": str(at)})  # fmt: skip


@pytest.mark.parametrize("off", [-301, 310, -86_400])
def test_a_standard_webhook_of_another_time_is_refused(worker, off):
    headers = standard(int(time.time()) + off)
    assert worker.ask("POST", "/v1/webhooks/crm", ORDER, headers).status == 401


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"}, {"webhook-timestamp": str(int(time.time()) - 7)},
        {"webhook-signature": "v1,AAAA"}, {"webhook-signature": "v1"}, {"webhook-signature": ""},
        {"webhook-signature": "v1,!!"}, {"webhook-timestamp": "nan"}, {"webhook-id": ""},
        {"webhook-signature": "v1a,AAAA v2,BBBB"}, {"webhook-timestamp": "1e400"},
    ],
)  # fmt: skip
def test_a_forged_standard_webhook_is_refused(worker, change):
    before = len(worker.kept())
    headers = {**standard(int(time.time())), **change}
    answer = worker.ask("POST", "/v1/webhooks/crm", ORDER, headers)
    assert (answer.status, answer.told["code"]) == (401, "intake.refused")
    assert len(worker.kept()) == before


def test_of_several_signatures_one_good_one_is_enough(worker):
    headers = standard(int(time.time()))
    headers["webhook-signature"] = f"v1,AAAA {headers['webhook-signature']}"
    assert worker.ask("POST", "/v1/webhooks/crm", ORDER, headers).status == 200


@pytest.mark.parametrize("name", ["shop-a", "woo"])
@pytest.mark.parametrize(
    "signature",
    [None, "", "x", signed(OTHER, SECRET), signed(ORDER, "another"), signed(ORDER, SECRET)[:-2],
     signed(ORDER, SECRET) * 2, "\xff\xfe"],
)  # fmt: skip
def test_a_forged_webhook_of_a_platform_is_refused(worker, name, signature):
    before = len(worker.kept())
    headers = {"X-Shopify-Topic": "orders/create", "X-WC-Webhook-Topic": "order.created"}
    if signature is not None:
        headers |= {"X-Shopify-Hmac-Sha256": signature, "X-WC-Webhook-Signature": signature}
    answer = worker.ask("POST", f"/v1/webhooks/{name}", ORDER, headers)
    assert (answer.status, answer.told["code"]) == (401, "intake.refused")
    assert len(worker.kept()) == before


@pytest.mark.parametrize("name", ["nobody", "web", "", "../x", "%2e%2e", "shop-a/x"])
def test_a_name_that_is_no_webhook_is_refused_as_a_wrong_signature_is(worker, name, key):
    answer = worker.send(f"/v1/webhooks/{name}", ORDER, X_Shopify_Hmac_Sha256="x")
    assert (answer.status, answer.told["code"]) == (401, "intake.refused")


def test_a_signed_body_that_is_no_json_is_refused_all_the_same(worker):
    body = b"not json"
    answer = worker.send("/v1/webhooks/shop-a", body,
                         X_Shopify_Hmac_Sha256=signed(body, SECRET))  # fmt: skip
    assert answer.status == 400


def test_an_order_of_many_lines_passes(worker):
    body = json.dumps({"line_items": [{"id": n, "title": "x" * 200} for n in range(5000)]}).encode()
    assert len(body) > 1_000_000
    answer = worker.send("/v1/webhooks/shop-a", body, X_Shopify_Topic="orders/create",
                         X_Shopify_Hmac_Sha256=signed(body, SECRET))  # fmt: skip
    assert answer.status == 200
