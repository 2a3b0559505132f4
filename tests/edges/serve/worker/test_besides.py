"""What a worker does besides: passing on to the owner, health, counts, the description, logs."""

from __future__ import annotations

import http.client
import json
import os
import socket
import socketserver
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from edges.serve.worker.running import running
from regulars.app.home import make_home
from regulars.intake.connection import Connections


class _Answering(BaseHTTPRequestHandler):
    """Tells what it was asked, and answers as the owner would."""

    protocol_version = "HTTP/1.1"
    server: FakeOwner

    def setup(self) -> None:
        super().setup()
        self.server.open.append(self.connection)

    def address_string(self) -> str:
        return "socket"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        if headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size + 2)[:-2]
            self.rfile.readline()
        self.server.asked.append((self.requestline, headers, body))
        self._answer()

    def do_PUT(self) -> None:
        self.do_GET()

    def _answer(self) -> None:
        if self.path == "/health":
            reasons = [] if self.server.health == 200 else ["it is lent"]
            told = {"status": "failing" if reasons else "ok", "reasons": reasons}
            self._whole(self.server.health, "application/json", json.dumps(told).encode())
        elif self.path == "/metrics":
            self._whole(200, "text/plain", b"regulars_owner_up 1\n")
        elif self.path == "/openapi.json":
            told = {
                "paths": {"/v1/customers/{id}/timeline": {"get": {"responses": {}}}},
                "components": {"schemas": {"Timeline": {"type": "object"}}},
            }
            self._whole(200, "application/json", json.dumps(told).encode())
        elif self.path == "/v1/many":
            parts = b"".join(b"5\r\npart%d\r\n" % n for n in range(3))
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: x-hop\r\n"
                b"x-hop: 1\r\nx-kept: 1\r\n\r\n" + parts + b"0\r\n\r\n"
            )
        elif self.path == "/v1/broken":
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart")
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        else:
            self._whole(404, "application/json", b'{"code":"people.no_such_customer"}')

    def _whole(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class FakeOwner(socketserver.ThreadingUnixStreamServer):
    """Speaks HTTP on a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), _Answering)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.open: list[socket.socket] = []
        self.health = 200
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        """End as a killed process would: nothing is answered, and connections break."""
        self.shutdown()
        self._thread.join()
        for one in self.open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.server_close()


@contextmanager
def owner_of(home: Path) -> Iterator[FakeOwner]:
    run = home / "run"
    run.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as short:
        owner = FakeOwner(Path(short) / "owner.sock")
        told = {"pid": os.getpid(), "http": owner.server_address, "warehouse": "-"}
        (run / "owner.json").write_text(json.dumps(told))
        try:
            yield owner
        finally:
            (run / "owner.json").unlink(missing_ok=True)
            owner.stop()


@pytest.fixture
def owner(shop) -> Iterator[FakeOwner]:
    with owner_of(shop) as made:
        yield made


def test_what_a_worker_does_not_know_goes_to_the_owner_as_it_is(worker, owner):
    answer = worker.ask("GET", "/v1/customers/7%2F8/timeline?limit=3&before=a%20b",
                        headers={"Authorization": "Bearer rk_1", "Connection": "x-mine",
                                 "X-Mine": "1", "X-Kept": "1", "TE": "trailers"})  # fmt: skip
    assert (answer.status, answer.told) == (404, {"code": "people.no_such_customer"})
    (asked, headers, body) = owner.asked[-1]
    assert asked == "GET /v1/customers/7%2F8/timeline?limit=3&before=a%20b HTTP/1.1"
    assert headers["authorization"] == "Bearer rk_1"
    assert headers["x-kept"] == "1"
    assert headers["accept-encoding"] == "identity", "this client's own, not ours"
    assert not {"x-mine", "te", "user-agent"} & set(headers)
    assert body == b""


def test_bodies_and_long_answers_are_passed_on_both_ways(worker, owner):
    answer = worker.ask("PUT", "/v1/many", b"y" * 300_000)
    assert (answer.status, answer.body) == (200, b"part0part1part2")
    assert ("x-hop" in answer.headers, answer.headers["x-kept"]) == (False, "1")
    assert owner.asked[-1][2] == b"y" * 300_000


def test_an_answer_that_the_owner_breaks_off_is_broken_off(worker, owner, key):
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        worker.ask("GET", "/v1/broken")
    assert worker.send("/v1/track", {"event": "x"}, key).status == 200


def test_without_an_owner_the_rest_is_503_and_intake_goes_on(worker, key):
    answer = worker.ask("GET", "/v1/customers/1/timeline")
    assert (answer.status, answer.told["code"]) == (503, "serve.owner_away")
    assert worker.send("/v1/track", {"event": "x"}, key).status == 200


def test_an_owner_that_died_without_a_word_is_away_and_a_new_one_is_found(worker, shop):
    with owner_of(shop) as first:
        assert worker.ask("GET", "/v1/x").status == 404
        first.stop()
        assert worker.ask("GET", "/v1/x").status == 503
        with owner_of(shop):
            assert worker.ask("GET", "/v1/x").status == 404
        (shop / "run" / "owner.json").write_text('{"http": "/nowhere", "pid": 1}')
        assert worker.ask("GET", "/v1/x").status == 503
        (shop / "run" / "owner.json").write_text("torn{")
        assert worker.ask("GET", "/v1/x").status == 503


NO_STORE = "the store's process does not answer"


def test_health_is_good_only_if_the_owner_is(worker, owner):
    checks = worker.ask("GET", "/health").told["checks"]
    assert (checks["intake"]["status"], checks["owner"]["status"]) == ("ok", "ok")
    owner.health = 503
    answer = worker.ask("GET", "/health")
    assert (answer.status, answer.told["reasons"]) == (503, ["it is lent", NO_STORE])


def test_health_names_what_is_wrong_without_an_owner(worker):
    answer = worker.ask("GET", "/health")
    assert answer.status == 503
    assert answer.told["checks"]["intake"]["status"] == "ok"
    assert answer.told["reasons"] == [
        "the owner of the warehouse does not answer", NO_STORE
    ]  # fmt: skip


def test_the_owners_counts_stand_below_the_workers(worker, owner):
    told = worker.ask("GET", "/metrics").body.decode()
    assert told.endswith("regulars_owner_up 1\n")
    assert "# TYPE regulars_intake_requests_total counter" in told


def test_counts_are_of_all_workers(tmp_path):
    make_home(tmp_path / "home")
    key = Connections(tmp_path / "home" / "keys").add("web", "events")[1]
    sent = 40
    with running(tmp_path / "home", workers=2) as worker:
        for _ in range(sent):
            assert worker.send("/v1/batch", {"batch": [{}, {}]}, key).status == 200
        assert len(list((tmp_path / "home" / "landing" / "inbox").glob("*.log"))) in (1, 2)

        def counted(name: str) -> float:
            told = worker.ask("GET", "/metrics").body.decode()
            return next(
                float(line.split()[-1]) for line in told.splitlines() if line.startswith(name)
            )

        messages = 'regulars_intake_messages_total{route="batch"}'
        until = time.monotonic() + 10  # another worker's copy is up to a second old
        while counted(messages) < 2 * sent and time.monotonic() < until:
            pass
        assert counted(messages) == 2 * sent
        assert counted("regulars_intake_committed_requests_total") == sent


def test_the_description_names_every_route_of_both(worker, owner):
    told = worker.ask("GET", "/openapi.json").told
    assert told["openapi"].startswith("3.")
    assert {"/v1/batch", "/v1/t", "/v1/import", "/v1/products", "/v1/webhooks/{shopify_connection}",
            "/health", "/v1/customers/{id}/timeline"} <= set(told["paths"])  # fmt: skip
    assert {"message", "Timeline"} <= set(told["components"]["schemas"])


def test_the_snippet_is_handed_out_and_not_again_to_who_has_it(worker):
    answer = worker.ask("GET", "/regulars.js")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    again = worker.ask("GET", "/regulars.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    packed = worker.ask("GET", "/regulars.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(answer.body)


def test_pages_of_other_sites_may_not_send_where_sites_are_listed(tmp_path):
    home = tmp_path / "home"
    make_home(home)
    settings = home / "regulars.toml"
    text = settings.read_text("utf-8")
    listed = '[serve]\norigins = ["https://shop.example"]'
    assert text.count("[serve]") == 1
    settings.write_text(text.replace("[serve]", listed), "utf-8")
    key = Connections(home / "keys").add("web", "events")[1]
    with running(home) as worker:
        good = worker.send("/v1/track", {"event": "x"}, key, Origin="https://shop.example")
        assert good.headers["access-control-allow-origin"] == "https://shop.example"
        bad = worker.send("/v1/track", {"event": "x"}, key, Origin="https://evil.example")
        assert (bad.status, bad.told["code"]) == (403, "intake.origin")
        assert "access-control-allow-origin" not in bad.headers
        assert worker.send("/v1/track", {"event": "x"}, key).status == 200, "servers have none"
        assert len(worker.kept()) == 2
