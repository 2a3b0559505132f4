"""A key that stands in a web page sends events, and nothing else."""

from __future__ import annotations

import json
import socket

import pytest

from regulars.intake.inbox.frame import PUBLIC


@pytest.fixture(scope="session")
def public(book) -> str:
    return book.add("page", "public")[1]


def test_it_sends_events_which_are_kept_as_what_anybody_may_say(worker, public):
    assert worker.send("/v1/track", {"userId": "u1", "event": "Seen by all"}, public).status == 200
    body = {"writeKey": public, "batch": [{"type": "page", "userId": "u1"}]}
    assert worker.send("/v1/batch", body).status == 200
    kept = [one for one in worker.kept() if one.connection == "page"]
    assert [one.headers for one in kept] == [PUBLIC, PUBLIC]


@pytest.mark.parametrize("name", ["products", "customers", "spend", "receipts"])
def test_it_tells_no_records(worker, public, name):
    refused = worker.send(f"/v1/{name}", {"product_id": "T1"}, public)
    assert (refused.status, refused.told["code"]) == (401, "intake.refused")


def test_a_servers_key_is_believed(worker, key):
    assert worker.send("/v1/track", {"userId": "u1", "event": "Of a server"}, key).status == 200
    assert not any(one.is_public for one in worker.kept() if one.connection == "web")


def test_a_body_that_breaks_off_in_its_chunks_is_malformed(worker, key):
    head = f"POST /v1/track HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
    told = worker.raw(f"{head}transfer-encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n".encode())
    assert told.startswith(b"HTTP/1.1 400 ")
    assert json.loads(told.partition(b"\r\n\r\n")[2])["code"] == "intake.malformed"


def test_who_sends_slowly_what_is_no_intake_holds_nobody_up(worker):
    slow = []
    try:
        for _ in range(120):  # more than there are ways to the owner
            wire = socket.create_connection(("127.0.0.1", worker.port), timeout=5)
            wire.sendall(b"POST /v1/nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")
            slow.append(wire)
        assert worker.ask("GET", "/health").status in (200, 503)
        assert worker.ask("GET", "/v1/customers/1").status in (404, 503)
    finally:
        for wire in slow:
            wire.close()
