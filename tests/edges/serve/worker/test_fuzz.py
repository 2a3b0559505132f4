"""Whatever is sent to whatever path: never a 5xx, never a body kept that is no strict JSON object.

`REGULARS_EXAMPLES` sets how many requests are made up.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edges.serve.worker.running import Answer, basic
from regulars.edges.serve.worker.routes import BY_PATH

SECRET = "hush-hush-hush"  # noqa: S105 - of a shop that is made up
EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "20")) * 15

PATHS = [*BY_PATH, "/v1/webhooks/shop-f", "/v1/webhooks/woo-f", "/v1/webhooks/crm-f", "/v1/m"]

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from(["\ud800", "\x00", "NaN", "2026-11-22T00:00:00Z", "9" * 400])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)  # fmt: skip
keys = st.sampled_from(
    ["batch", "type", "userId", "writeKey", "messageId", "timestamp", "properties", "context"]
) | st.text(max_size=4)
objects = st.dictionaries(keys, values, max_size=6)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """JSON, nearly JSON, and anything."""
    whole = json.dumps(draw(objects | values)).encode()
    made = draw(st.sampled_from(["whole", "cut", "bytes", "twice", "deep"]))
    if made == "cut":
        return whole[: draw(st.integers(0, len(whole)))]
    if made == "bytes":
        return draw(st.binary(max_size=300))
    if made == "twice":
        return b'{"batch":[],"a":1,' + whole[1:] if whole.startswith(b'{"') else whole * 2
    if made == "deep":
        levels = draw(st.integers(1, 3000))
        return b'{"batch":' + b"[" * levels + b"]" * levels + b"}"
    return whole


headers = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(
            ["application/json", "text/plain", "application/x-www-form-urlencoded", "x/y; z=\xff"]
        ),
        "Content-Encoding": st.sampled_from(["gzip", "identity", "br", "GZIP", ""]),
        "Origin": st.sampled_from(["https://shop.example", "null", "\xff"]),
        "Authorization": st.sampled_from(["Basic", "Basic !", "Bearer ", "x" * 3000, "\xff\xfe"]),
        "X-Shopify-Hmac-Sha256": st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])),
        "X-Shopify-Topic": st.sampled_from(["orders/create", "", "\xff" * 300]),
        "webhook-id": st.just("x"),
        "webhook-timestamp": st.sampled_from(["1", "x", "9" * 30]),
        "webhook-signature": st.sampled_from(["v1,", ",", "v1,AAAA", "v1 v1"]),
    },
)


class Client:
    """One connection that is kept open while the server keeps it."""

    def __init__(self, port: int) -> None:
        self._wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, method: str, path: str, body: bytes, told: dict[str, str]) -> Answer:
        try:
            self._wire.request(method, path, body, told)
            answer = self._wire.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        except (http.client.HTTPException, OSError):
            self._wire.close()
            self._wire.request(method, path, body, told)
            answer = self._wire.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())


@pytest.fixture(scope="module")
def client(worker, book):
    for name, use in (("shop-f", "shopify"), ("woo-f", "woocommerce")):
        book.add(name, use, secret=SECRET)
    book.add("crm-f", "webhook")
    made = Client(worker.port)
    yield made
    made._wire.close()


def is_strict(body: bytes) -> bool:
    """By another parser than ours."""

    def no_constant(name: str) -> None:
        raise ValueError(name)

    found = json.loads(body.decode(), parse_constant=no_constant)
    text = json.dumps(found, ensure_ascii=False)
    text.encode()  # fails on half of a surrogate pair
    return isinstance(found, dict) and "\\u0000" not in text


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize="REGULARS_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    path=st.sampled_from(PATHS),
    body=bodies(),
    told=headers,
    good=st.booleans(),
    packed=st.booleans(),
)
def test_no_request_is_answered_with_a_5xx(client, key, path, body, told, good, packed):
    if good:
        told = {**told, "Authorization": basic(key)}
    if packed:
        body, told = gzip.compress(body), {**told, "Content-Encoding": "gzip"}
    answer = client.ask("POST", path, body, told)
    assert answer.status in (200, 400, 401, 413, 415), (answer.status, answer.body)
    if answer.status != 200:
        assert {"code", "message", "where", "todo"} == set(json.loads(answer.body))


def test_what_the_fuzz_left_in_the_inbox_is_strict_json(worker, client):
    assert all(is_strict(one.body) for one in worker.kept())
    assert '"bug"' not in worker.log.read_text()
