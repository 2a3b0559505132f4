"""What a worker refuses: too large, too much packed, lying about its length, not JSON."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from edges.serve.worker.running import basic

KILOBYTE = 1 << 10


def message_of(size: int) -> bytes:
    """A message of exactly so many bytes."""
    empty = json.dumps({"userId": "1", "event": ""}).encode()
    return json.dumps({"userId": "1", "event": "x" * (size - len(empty))}).encode()


def batch_of(size: int) -> bytes:
    empty = json.dumps({"batch": [{"type": "track", "event": ""}]}).encode()
    event = "x" * (size - len(empty))
    return json.dumps({"batch": [{"type": "track", "event": event}]}).encode()


@pytest.mark.parametrize(
    ("path", "make", "limit"),
    [("/v1/track", message_of, 32 * KILOBYTE), ("/v1/batch", batch_of, 500 * KILOBYTE)],
)
def test_what_is_just_within_the_limit_passes_and_one_byte_more_does_not(
    worker, key, path, make, limit
):
    assert worker.send(path, make(limit), key).status == 200
    before = len(worker.kept())
    answer = worker.send(path, make(limit + 1), key)
    assert (answer.status, answer.told["code"]) == (413, "intake.too_large")
    packed = worker.send(path, gzip.compress(make(limit + 1)), key, Content_Encoding="gzip")
    assert packed.status == 413, "the limit is of what is unpacked"
    assert len(worker.kept()) == before


def test_a_bomb_is_refused_without_being_unpacked(worker, key):
    bomb = gzip.compress(gzip.compress(bytes(400 << 20), 9), 9)
    while len(bomb) < 100 * KILOBYTE:
        bomb += gzip.compress(bytes(10 << 20), 9)
    before = resident(worker)
    for _ in range(5):
        answer = worker.send("/v1/batch", bomb[: 500 * KILOBYTE], key, Content_Encoding="gzip")
        assert answer.status in (400, 413)
    assert worker.send("/v1/batch", gzip.compress(bytes(400 << 20)), key,
                       Content_Encoding="gzip").status == 413  # fmt: skip
    assert resident(worker) - before < 20_000, "KB"


def resident(worker) -> int:
    """Memory of the worker process (KB)."""
    import subprocess

    told = subprocess.run(
        ["ps", "-o", "rss=", "--ppid", str(worker.process.pid)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return sum(map(int, told.stdout.split()))


@pytest.mark.parametrize("cut", [1, 5, 15, -9, -1])
def test_gzip_that_is_cut_off_is_no_gzip(worker, key, cut):
    packed = gzip.compress(json.dumps({"event": "x"}).encode())[:cut]
    answer = worker.send("/v1/track", packed, key, Content_Encoding="gzip")
    assert (answer.status, answer.told["code"]) == (400, "intake.malformed")


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "x" * 500])
def test_other_packing_is_refused_by_name(worker, key, encoding):
    answer = worker.send("/v1/track", zlib.compress(b"{}"), key, Content_Encoding=encoding)
    assert (answer.status, answer.told["code"]) == (415, "intake.encoding")


def test_a_length_above_the_limit_is_refused_before_anything_is_sent(worker, key):
    head = f"POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(key)}\r\n"
    answer = worker.raw(f"{head}Content-Length: 99999999\r\n\r\n".encode())
    assert b" 413 " in answer.split(b"\r\n")[0]


def test_a_body_shorter_than_it_says_is_not_kept(worker, key):
    before = len(worker.kept())
    head = f"POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(key)}\r\n"
    told = worker.raw(f'{head}Content-Length: 50\r\n\r\n{{"event":"x"}}'.encode(), half_close=True)
    assert b" 200 " not in told
    assert len(worker.kept()) == before
    assert worker.send("/v1/track", {"event": "x"}, key).status == 200, "and the worker lives"


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "99999999999999999999999", "5, 6"])
def test_a_length_that_is_none_is_never_taken(worker, key, length):
    before = len(worker.kept())
    head = f"POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(key)}\r\n"
    told = worker.raw(f'{head}Content-Length: {length}\r\n\r\n{{"event":"x"}}'.encode(),
                      half_close=True)  # fmt: skip
    assert b" 200 " not in told.split(b"\r\n")[0]
    assert b" 50" not in told.split(b"\r\n")[0]
    assert len(worker.kept()) == before


def test_chunks_without_end_are_cut_off_at_the_limit(worker, key):
    head = f"POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(key)}\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    told = worker.raw(head.encode() + chunk * 10)
    assert b" 413 " in told.split(b"\r\n")[0]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"", None), (b"null", None), (b"[]", None), (b'"x"', None), (b"7", None), (b"{", None),
        (b'{"a":NaN}', 1), (b'{"a":Infinity}', 1), (b'{"a":-Infinity}', 1), (b"{'a':1}", 1),
        (b'{"a":1,}', 1), (b'{"a":\n1,\n"b":tru}', 3), (b'{"a":1}{"b":2}', 1),
        (b'{"a":"\xff"}', 1), (b'{\n"a":"\xed\xa0\x80"}', 2), (b'{"a":"\x01"}', 1),
        (b'{"a":1,"b":2,"a":3}', None), (b'{"a": 1, "a": 1}', None),
        ("{\"a\":1}".encode("utf-16"), 1), (b"\x1f\x8b\x08", 1), (b'{"a":"\\u12"}', 1),
        (b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", None),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, None), (b"[" * 20_000, None),
    ],
    ids=range(24),
)  # fmt: skip
def test_what_is_no_strict_json_object_is_refused_with_its_place(worker, key, body, line):
    before = len(worker.kept())
    answer = worker.send("/v1/batch" if len(body) > 32_000 else "/v1/track", body, key)
    assert (answer.status, answer.told["code"]) == (400, "intake.malformed")
    assert answer.told["where"].get("line") == line
    assert len(worker.kept()) == before


@pytest.mark.parametrize(
    "body", [{}, {"batch": None}, {"batch": {}}, {"batch": "x"}, {"Batch": []}]
)
def test_a_batch_without_a_list_is_refused(worker, key, body):
    answer = worker.send("/v1/batch", body, key)
    assert (answer.status, answer.told["where"]["column"]) == (400, "batch")


def test_half_an_emoji_or_a_nul_costs_no_batch(worker, key):
    body = rb'{"a":"\ud83d","b":"\ud83d\ude00 \u0000 \\u0000 \\ud83d","c":"\uDE00\ud83dx"}'
    assert worker.send("/v1/track", body, key).status == 200
    assert json.loads(worker.kept()[-1].body) == {
        "a": "�", "b": "😀 � \\u0000 \\ud83d", "c": "��x"
    }  # fmt: skip


def test_brackets_within_text_are_no_nesting(worker, key):
    text = "[" * 500 + '\\"{' * 200
    assert worker.send("/v1/track", {"event": text, "more": [[]] * 200}, key).status == 200
