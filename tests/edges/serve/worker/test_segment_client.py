"""The real Segment client for Python, unchanged, sends to a worker."""

from __future__ import annotations

import gzip
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

segment = pytest.importorskip("segment.analytics.client", reason="segment-analytics-python absent")


def messages(worker, since: int) -> list[dict]:
    return [one for kept in worker.kept()[since:] for one in json.loads(kept.body)["batch"]]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_every_call_arrives_whole(worker, key, packed):
    before = len(worker.kept())
    failed: list[object] = []
    client = segment.Client(
        key, host=worker.address, gzip=packed, on_error=lambda *told: failed.append(told),
    )  # fmt: skip
    at = datetime(2026, 11, 1, 8, tzinfo=UTC)
    client.identify("1001", {"email": "li@shop.example", "name": "李雷"})
    client.track("1001", "Order Completed", {"order_id": "A1", "revenue": 59.9}, timestamp=at)
    client.page("1001", "Tea", "Home", {"url": "https://shop.example/"})
    client.screen("1001", "Cart")
    client.group("1001", "vip", {"level": 3})
    client.alias("anon-1", "1001")
    for n in range(300):
        client.track("1001", "Product Viewed", {"n": n}, anonymous_id=f"a{n}")
    client.shutdown()
    assert failed == []
    found = messages(worker, before)
    assert [one["type"] for one in found[:6]] == [
        "identify", "track", "page", "screen", "group", "alias"
    ]  # fmt: skip
    assert [one["properties"]["n"] for one in found[6:]] == list(range(300))
    assert found[0]["traits"]["name"] == "李雷"
    assert found[5]["previousId"] == "anon-1"
    assert len({one["messageId"] for one in found}) == 306


def test_a_wrong_key_is_told_to_the_client_in_its_own_words(worker):
    failed: list[Exception] = []
    client = segment.Client("wk_wrong", host=worker.address,
                            on_error=lambda error, _: failed.append(error))  # fmt: skip
    client.track("1001", "x")
    client.shutdown()
    assert len(failed) == 1, "401 is final: not tried again"
    assert (failed[0].status, failed[0].code) == (401, "intake.refused")
    assert failed[0].message == "this is no key of the shop"


class _Refusing(BaseHTTPRequestHandler):
    """A server that is full for the first requests, and then passes on to the worker."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(body)
        if len(self.server.seen) <= 2:
            told = json.dumps({"code": "intake.no_room", "message": "full"}).encode()
            self.send_response(503)
        else:
            passed = self.server.worker.ask("POST", self.path, body, dict(self.headers))
            told = passed.body
            self.send_response(passed.status)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: object) -> None:
        pass


def test_what_is_refused_with_503_comes_again_and_is_kept_once(worker, key):
    before = len(worker.kept())
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as front:
        front.seen, front.worker = [], worker
        threading.Thread(target=front.serve_forever, daemon=True).start()
        client = segment.Client(key, host=f"http://127.0.0.1:{front.server_address[1]}", gzip=True)
        client.track("1001", "Kept Once")
        client.shutdown()
        front.shutdown()
    assert len(front.seen) == 3
    sent = {json.loads(gzip.decompress(one))["batch"][0]["messageId"] for one in front.seen}
    (kept,) = messages(worker, before)
    assert kept["event"] == "Kept Once"
    assert sent == {kept["messageId"]}
