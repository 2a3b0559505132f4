"""What a worker takes in, from whom, and what it answers."""

from __future__ import annotations

import gzip
import json
import time

import pytest

EVENT = {"userId": "1001", "event": "Product Viewed", "messageId": "m-1"}


@pytest.mark.parametrize("name", ["identify", "track", "page", "screen", "group", "alias"])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("short", [False, True])
def test_each_call_of_the_segment_spec_is_kept_under_its_name(worker, key, name, slash, short):
    path = f"/v1/{name[0] if short else name}{slash}"
    before = time.time_ns() // 1000
    answer = worker.send(path, {**EVENT, "path": path}, key)
    assert (answer.status, answer.told) == (200, {"success": True})
    kept = worker.kept()[-1]
    assert (kept.connection, kept.route, kept.headers) == ("web", name, {})
    assert json.loads(kept.body) == {**EVENT, "path": path}
    assert before <= kept.at <= time.time_ns() // 1000


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/v1/import/", "/v1/batch/"])
def test_a_batch_is_kept_whole(worker, key, path):
    batch = {"batch": [{**EVENT, "type": "track"}] * 3, "sentAt": path}
    assert worker.send(path, batch, key).status == 200
    kept = worker.kept()[-1]
    assert kept.route == "batch"
    assert json.loads(kept.body) == batch


@pytest.mark.parametrize("name", ["products", "customers", "spend", "receipts"])
def test_records_are_kept_under_their_route(worker, key, name):
    assert worker.send(f"/v1/{name}", {name: [{"product_id": "7"}]}, key).status == 200
    assert worker.kept()[-1].route == name


def test_a_body_is_kept_byte_for_byte_as_it_came(worker, key):
    body = b'{ "userId" : "\xe7\x86\x9f\xe5\xae\xa2",\n\t"n": 1.10, "deep": {"a": 1, "a": 2} }\n'
    assert worker.send("/v1/track", body, key).status == 200
    assert worker.kept()[-1].body == body


def test_an_empty_batch_is_thanked_and_nothing_is_kept(worker, key):
    before = len(worker.kept())
    assert worker.send("/v1/batch", {"batch": []}, key).status == 200
    assert len(worker.kept()) == before


def test_reports_of_browser_clients_on_themselves_are_thanked_and_not_kept(worker):
    before = len(worker.kept())
    assert worker.send("/v1/m", {"series": []}).status == 200
    assert len(worker.kept()) == before


def test_what_is_gzipped_is_kept_unpacked(worker, key):
    body = json.dumps({"batch": [EVENT] * 50}).encode()
    answer = worker.send("/v1/batch", gzip.compress(body), key, Content_Encoding="gzip")
    assert answer.status == 200
    assert worker.kept()[-1].body == body


def test_a_chunked_body_is_kept(worker, key):
    body = json.dumps({**EVENT, "chunks": True}).encode()

    def parts():
        yield body[:10]
        yield body[10:]

    from edges.serve.worker.running import basic

    answer = worker.ask("POST", "/v1/track", parts(), {"Authorization": basic(key)})
    assert answer.status == 200
    assert worker.kept()[-1].body == body


def test_the_key_may_stand_in_the_body_of_a_page_that_can_set_no_header(worker, key):
    beacon = {**EVENT, "writeKey": key}
    answer = worker.send("/v1/track", beacon, Content_Type="text/plain;charset=UTF-8")
    assert answer.status == 200
    batch = {"batch": [EVENT], "writeKey": key}
    assert worker.send("/v1/b", batch, Content_Type="text/plain").status == 200


def test_the_key_may_be_a_bearer_token(worker, key):
    assert worker.send("/v1/track", EVENT, Authorization=f"Bearer {key}").status == 200


@pytest.mark.parametrize(
    "authorization",
    ["Basic d2tfd3Jvbmc6", "Basic !!!", "Basic", "Basic /w==", "Bearer wk_wrong", "Digest x", ""],
)
def test_a_wrong_key_is_refused_and_nothing_is_kept(worker, key, authorization):
    before = len(worker.kept())
    body = {**EVENT, "writeKey": key}
    answer = worker.send("/v1/track", body, Authorization=authorization)
    assert answer.status == 401
    assert answer.told["code"] == "intake.refused"
    assert answer.told["todo"]
    assert len(worker.kept()) == before


@pytest.mark.parametrize("wrong", [None, "", 7, {"a": 1}, ["x"], "wk_wrong"])
def test_no_key_or_a_wrong_one_in_the_body_is_refused(worker, wrong):
    answer = worker.send("/v1/track", {**EVENT, "writeKey": wrong})
    assert answer.status == 401
    assert "basic" in answer.headers["www-authenticate"].lower()


def test_a_key_for_reading_does_not_send(worker, book):
    read = book.add("ask", "read")[1]
    answer = worker.send("/v1/track", EVENT, read)
    assert (answer.status, "for read" in answer.told["message"]) == (401, True)


def test_a_new_key_is_good_at_once_and_one_taken_away_is_not(worker, book):
    key = book.add("till", "events", platform="pos")[1]
    assert worker.send("/v1/track", EVENT, key).status == 200
    assert worker.kept()[-1].connection == "till"
    book.remove("till")
    assert worker.send("/v1/track", EVENT, key).status == 401


def test_another_method_is_told_which_one_is_right(worker):
    for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD"):
        answer = worker.ask(method, "/v1/track")
        assert (answer.status, answer.headers["allow"]) == (405, "POST, OPTIONS"), method


def test_a_browser_that_asks_first_may_send(worker):
    answer = worker.ask("OPTIONS", "/v1/batch", headers={
        "Origin": "https://shop.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    })  # fmt: skip
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert "content-type" in answer.headers["access-control-allow-headers"]
    sent = worker.send("/v1/track", {}, Origin="https://shop.example")
    assert sent.status == 401
    assert sent.headers["access-control-allow-origin"] == "https://shop.example", "it can be read"


def test_nothing_of_a_request_is_told_to_the_log(worker, key):
    worker.send("/v1/track", {**EVENT, "email": "li@shop.example"}, key)
    worker.send("/v1/track", b"{li@shop.example", key)
    told = worker.log.read_text()
    assert "li@shop.example" not in told
    assert key not in told
    assert "127.0.0.1" not in told.split("Listening at", 1)[-1].split("\n", 1)[-1]
