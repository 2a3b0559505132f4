"""Posting: to the address that was looked at, within a time, following nothing."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from delivery.webhook.receiver import Receiver, answer, close_after, drop
from regulars.delivery.webhook.calling import MOST_READ, Caller
from regulars.settings import WebhookSettings

BODY = b'{"type":"webhook.test"}'


def post(receiver: Receiver, within: float = 5.0):
    with Caller(receiver.url, receiver.rules, within=within) as caller:
        return caller.post({"webhook-id": "1"}, BODY)


def test_a_body_arrives_as_it_was_sent():
    with Receiver() as receiver:
        got = post(receiver)
    assert (got.status, got.is_good, got.said) == (200, True, "HTTP 200")
    (heard,) = receiver.heard
    assert (heard.path, heard.body) == ("/in", BODY)
    assert heard.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert heard.headers["content-type"] == "application/json"


def test_one_connection_serves_many_messages():
    with Receiver() as receiver, Caller(receiver.url, receiver.rules) as caller:
        assert all(caller.post({}, BODY).is_good for _ in range(5))
    assert (len(receiver.heard), receiver.connections) == (5, 1)


def test_a_connection_that_the_other_side_has_closed_is_made_anew():
    receiver = Receiver(close_after, close_after)
    with receiver, Caller(receiver.url, receiver.rules) as caller:
        assert [caller.post({}, BODY).status for _ in range(3)] == [200, 200, 200]
    assert receiver.connections == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_follows_to_elsewhere(status):
    with Receiver() as elsewhere:
        with Receiver(answer(status, {"Location": elsewhere.url})) as receiver:
            got = post(receiver)
        assert (got.status, got.is_good) == (status, False)
        assert "nobody follows" in got.said
        assert not elsewhere.heard


def test_nothing_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        rules = WebhookSettings(allow_private=True, http_hosts=("127.0.0.1",), ports=(port,))
        with Caller(f"http://127.0.0.1:{port}/", rules) as caller:
            got = caller.post({}, BODY)
    assert (got.status, got.said) == (0, "Connection refused")


def test_dropped_without_an_answer():
    with Receiver(drop) as receiver:
        got = post(receiver)
    assert (got.status, got.is_good) == (0, False)


@pytest.mark.parametrize("how", ["stall", "trickle"])
def test_who_says_nothing_or_next_to_nothing_is_left_in_time(how):
    with Receiver() as receiver:
        receiver.answers = [getattr(receiver, how)]
        began = time.monotonic()
        got = post(receiver, within=0.3)
        took = time.monotonic() - began
    assert (got.status, got.said) == (0, "no answer within 0.3 s")
    assert took < 2


def test_of_a_huge_answer_the_status_counts_and_the_rest_is_not_read():
    receiver = Receiver(answer(200, body=b"x" * (50 << 20)))
    with receiver, Caller(receiver.url, receiver.rules) as caller:
        began = time.monotonic()
        assert caller.post({}, BODY).is_good
        assert time.monotonic() - began < 2
        assert caller.post({}, BODY).is_good, "over a new connection"
    assert receiver.connections == 2


def test_huge_headers_are_no_answer():
    with Receiver(answer(200, {f"X-{n}": "x" * 4000 for n in range(50)})) as receiver:
        got = post(receiver)
    assert (got.status, got.said) == (0, f"its answer has more than {MOST_READ >> 10} KB")


def test_what_is_no_http_is_no_answer():
    def babble(handler):
        handler.wfile.write(b"220 mail.example ESMTP\r\n")
        drop(handler)

    with Receiver(babble) as receiver:
        assert post(receiver).said == "what came is no answer of HTTP"


def test_who_asks_to_be_left_alone_is_heard():
    with Receiver(answer(429, {"Retry-After": "7"}), answer(503, {"Retry-After": "soon"})) as one:
        first, second = post(one), post(one)
    assert (first.wish, second.wish) == (7, 0)
    assert not first.is_alive
    assert not second.is_alive


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        (datetime.timedelta(seconds=90), range(80, 91)),
        (datetime.timedelta(seconds=-90), range(1)),
        (datetime.timedelta(days=36_500), range(3_153_599_900, 3_153_600_001)),
    ],
)
def test_the_wish_may_be_a_date_of_http(after, seconds):
    until = format_datetime(datetime.datetime.now(datetime.UTC) + after, usegmt=True)
    with Receiver(answer(503, {"Retry-After": until})) as one:
        assert post(one).wish in seconds


@pytest.mark.parametrize(
    "wish",
    ["Tue, 99 Foo 2026", "٧", "", "9" * 5000, "Mon, 1 Jan 0000 1:1:1", f"1 Jan {10**20} 1:1"],
)
def test_a_wish_that_says_nothing_is_none(wish):
    with Receiver(answer(503, {"Retry-After": wish.encode().decode("latin-1")})) as one:
        assert post(one).wish == 0


def test_a_name_that_leads_elsewhere_a_moment_later_is_not_asked_again():
    """Rebinding: a public address to whoever looks at it, this machine to whoever calls."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with Receiver() as receiver:
        rules = WebhookSettings(
            allow_private=True, http_hosts=("erp.example",), ports=(receiver.port,)
        )
        url = f"http://erp.example:{receiver.port}/in"
        with Caller(url, rules, resolve=resolve) as caller:
            assert caller.post({}, BODY).is_good
        assert asked == ["erp.example"], "looked at and called are one"
        with Caller(url, rules, resolve=resolve) as caller:
            got = caller.post({}, BODY)
    assert (got.status, len(receiver.heard)) == (0, 1)
    assert "169.254.169.254" in got.said


def test_a_name_that_leads_to_this_machine_is_not_called_unless_it_may_be():
    with Receiver() as receiver:
        rules = WebhookSettings(http_hosts=("erp.example",), ports=(receiver.port,))
        url = f"http://erp.example:{receiver.port}/in"
        with Caller(url, rules, resolve=lambda *_: ["127.0.0.1"]) as caller:
            got = caller.post({}, BODY)
    assert "not public" in got.said
    assert (receiver.heard, receiver.connections) == ([], 0)


def test_no_proxy_of_the_environment_is_used(monkeypatch):
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert post(receiver).is_good
    assert (len(receiver.heard), len(proxy.heard)) == (1, 0)


def test_broken_off_from_another_thread_it_ends_at_once():
    with Receiver() as receiver:
        receiver.answers = [receiver.stall]
        caller = Caller(receiver.url, receiver.rules)

        def end() -> None:
            while not receiver.heard:
                receiver.ended.wait(0.01)
            caller.abort()

        thread = threading.Thread(target=end)
        thread.start()
        began = time.monotonic()
        got = caller.post({}, BODY)
        thread.join()
        assert got.status == 0
        assert time.monotonic() - began < 5
        assert caller.post({}, BODY).status == 0, "nothing more begins"
        caller.close()
    assert len(receiver.heard) == 1


# TLS.


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server whose certificate names erp.example, and of a caller who believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "erp.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("erp.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    caller = ssl.create_default_context(cafile=str(file))
    return server, caller


def tls(receiver: Receiver, host: str, context: ssl.SSLContext | None):
    rules = WebhookSettings(allow_private=True, ports=(receiver.port,))
    url = f"https://{host}:{receiver.port}/in"
    with Caller(url, rules, resolve=lambda *_: ["127.0.0.1"], context=context) as caller:
        return caller.post({}, BODY)


def test_the_certificate_is_that_of_the_name_though_the_address_is_called(certified):
    server, caller = certified
    with Receiver(context=server) as receiver:
        assert tls(receiver, "erp.example", caller).is_good
        other = tls(receiver, "other.example", caller)
        unknown = tls(receiver, "erp.example", None)
    assert len(receiver.heard) == 1
    assert "Hostname mismatch" in other.said
    assert "certificate" in unknown.said


def test_what_speaks_no_tls_is_told_as_such(certified):
    with Receiver() as receiver:
        got = tls(receiver, "erp.example", certified[1])
    assert got.status == 0
    assert got.said.startswith("TLS failed")
    assert not receiver.heard


@pytest.mark.parametrize("meanwhile", [102, 103])
def test_what_is_said_meanwhile_is_no_answer(meanwhile):
    def first(handler):
        handler.send_response_only(meanwhile)
        handler.send_header("Link", "</x>")
        handler.end_headers()
        answer(200)(handler)

    def then(handler):
        answer(500)(handler)

    with Receiver(first, then) as receiver, Caller(receiver.url, receiver.rules) as caller:
        assert [caller.post({}, BODY).status for _ in range(3)] == [200, 500, 200]
    assert receiver.connections == 1


def test_who_wants_to_speak_something_else_has_not_taken_the_message():
    with (
        Receiver(answer(101, {"Upgrade": "x"})) as receiver,
        Caller(receiver.url, receiver.rules) as caller,
    ):
        assert [caller.post({}, BODY).status for _ in range(2)] == [101, 200]
    assert receiver.connections == 2
