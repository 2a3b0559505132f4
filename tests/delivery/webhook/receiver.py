"""A receiver of webhooks: a real server on loopback that answers as it is told, and keeps all."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from standardwebhooks import Webhook

from regulars.settings import WebhookSettings

Answering = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Heard:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> dict[str, Any]:
        """The message, as the library of Standard Webhooks reads it."""
        told: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return told


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Answering:
    """With a status."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return give


def drop(handler: BaseHTTPRequestHandler) -> None:
    """Close without an answer."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def close_after(handler: BaseHTTPRequestHandler) -> None:
    """Answer, and close though it was not said so."""
    answer(200)(handler)
    drop(handler)


class Receiver:
    """Answers with `answers` in their order, and with 200 when there are no more."""

    def __init__(self, *answers: Answering, context: ssl.SSLContext | None = None) -> None:
        self.answers = list(answers)
        self.heard: list[Heard] = []
        self.connections = 0
        self.ended = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                receiver.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.heard.append(Heard(self.path, headers, body))
                give = receiver.answers.pop(0) if receiver.answers else answer(200)
                give(self)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: Any) -> None:
                """A caller may go away: that is what some tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    @property
    def rules(self) -> WebhookSettings:
        """Those under which it may be told."""
        return WebhookSettings(
            allow_private=True, http_hosts=("127.0.0.1",), ports=(self.port,)
        )  # fmt: skip

    @property
    def keys(self) -> list[str]:
        """What tests have told, by the key of its post."""
        return [json.loads(one.body)["data"]["properties"]["key"] for one in self.heard]

    def stall(self, handler: BaseHTTPRequestHandler) -> None:
        """Say nothing until the end."""
        self.ended.wait(30)
        handler.close_connection = True

    def trickle(self, handler: BaseHTTPRequestHandler) -> None:
        """A byte now and then, for ever."""
        while not self.ended.wait(0.02):
            handler.wfile.write(b"H")
