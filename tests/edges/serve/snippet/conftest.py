"""A small shop on one origin, a server that writes down what it is told on another, a browser."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from chromium import chromium
from regulars.edges.serve.snippet import CONTENT_TYPE, snippet, snippet_gzipped

PAGES = Path(__file__).parent / "shop"
KEY = "wk_of_the_web"
PATIENCE = 20.0
_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error here."""


@dataclass
class Recorder:
    """The server that is told of events: what it has heard, and how it answers."""

    answers: list[int | None] = field(default_factory=list)
    """Statuses of the next answers; None hangs up without one. When they are used up: 200."""
    otherwise: int | None = 200
    requests: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    """Of those requests that were answered with 200."""
    changed: threading.Condition = field(default_factory=threading.Condition)
    address: str = ""

    @property
    def messages(self) -> list[dict[str, Any]]:
        """As the server keeps them: each id once, as it was first heard."""
        found: dict[str, dict[str, Any]] = {}
        for body in self.bodies:
            for message in body["batch"]:
                found.setdefault(message["messageId"], message)
        return sorted(found.values(), key=lambda message: message["timestamp"])

    def told(self, name: str) -> list[dict[str, Any]]:
        """Messages by the name of the event, or by their type."""
        return [m for m in self.messages if m.get("event", m["type"]) == name]

    def wait(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """Waits until so many were told; fails with what was told instead."""
        with self.changed:
            done = self.changed.wait_for(lambda: len(self.told(name)) >= count, PATIENCE)
        names = [m.get("event", m["type"]) for m in self.messages]
        assert done, f"{count} × {name!r} did not come, but {names}"
        return self.told(name)

    def wait_for(self, condition: Callable[[], object]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), self.requests

    def hear(self, headers: Any, raw: bytes) -> int | None:
        with self.changed:
            status = self.answers.pop(0) if self.answers else self.otherwise
            self.requests.append(
                {"status": status, "headers": dict(headers), "raw": raw, "body": json.loads(raw)}
            )
            if status == 200:
                self.bodies.append(json.loads(raw))
            self.changed.notify_all()
            return status


class _Events(BaseHTTPRequestHandler):
    recorder: Recorder
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        text, tag = snippet()
        zipped = "gzip" in self.headers.get("Accept-Encoding", "")
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("ETag", tag)
        self.send_header("Access-Control-Allow-Origin", "*")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
            text = snippet_gzipped()
            assert gzip.decompress(text) == snippet()[0]
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.recorder.hear(self.headers, raw) if self.path == "/v1/batch" else 404
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_OPTIONS(self) -> None:
        self.recorder.hear(self.headers, b'{"batch": [], "preflight": true}')
        self.send_response(405)
        self.end_headers()

    def log_message(self, *told: Any) -> None:
        """Nothing on the screen."""


@dataclass
class Shop:
    """The shop's own web server: its pages, and the line that it puts into each of them."""

    address: str = ""
    line: str = ""
    """The script element."""
    headers: dict[str, str] = field(default_factory=dict)

    def has(self, events: str, attributes: str = "", key: str = KEY) -> None:
        """Puts the snippet into the pages."""
        source = f'src="{events}/regulars.js"'
        self.line = f'<script async {source} data-key="{key}" {attributes}></script>'

    def page(self, path: str) -> str:
        return f"{self.address}/{path}"


class _Pages(BaseHTTPRequestHandler):
    shop: Shop
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].strip("/") or "index.html"
        file = PAGES / name
        if not file.is_file():
            # Pages that are drawn in place, opened by their address, and posters of any kind.
            file = PAGES / ("app.html" if name.startswith("app") else "index.html")
        body = file.read_bytes().replace(b"<!--regulars-->", self.shop.line.encode())
        self.send_response(200)
        self.send_header("Content-Type", _TYPES[file.suffix])
        self.send_header("Content-Length", str(len(body)))
        for header, value in {"Cache-Control": "no-store", **self.shop.headers}.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *told: Any) -> None:
        """Nothing on the screen."""


@pytest.fixture(scope="session")
def ports() -> set[int]:
    """That a server of this run had: the browser keeps what an origin stored for the next there."""
    return set()


@pytest.fixture
def serve(ports: set[int]) -> Iterator[Callable[..., str]]:
    running: list[ThreadingHTTPServer] = []

    def on_a_new_port(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
        server = _Quiet(("127.0.0.1", 0), handler)
        if server.server_port in ports:
            with server:  # it keeps the port until another is found
                return on_a_new_port(handler)
        ports.add(server.server_port)
        return server

    def start(handler: type[BaseHTTPRequestHandler], port: int = 0, **given: Any) -> str:
        made = type("Handler", (handler,), given)
        server = _Quiet(("127.0.0.1", port), made) if port else on_a_new_port(made)
        threading.Thread(target=partial(server.serve_forever, 0.02), daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def events(serve: Callable[..., str]) -> Recorder:
    recorder = Recorder()
    recorder.address = serve(_Events, recorder=recorder)
    return recorder


@pytest.fixture
def shop(serve: Callable[..., str], events: Recorder) -> Shop:
    shop = Shop()
    shop.address = serve(_Pages, shop=shop)
    shop.has(events.address)
    return shop


@pytest.fixture(scope="session")
def start_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    with ExitStack() as started:

        def start(*flags: str, **preferences: Any) -> Any:
            told = {name.replace("__", "."): value for name, value in preferences.items()}
            folder = tmp_path_factory.mktemp("chromium")
            browser = started.enter_context(chromium(folder, *flags, preferences=told))
            browser.set_script_timeout(PATIENCE)
            return browser

        yield start


@pytest.fixture(scope="session")
def one_browser(start_browser: Callable[..., Any]) -> Any:
    return start_browser()


@pytest.fixture
def browser(one_browser: Any, events: Recorder) -> Iterator[Any]:
    """The browser with one empty tab; storage is new, as every shop has an origin of its own."""
    del events  # the tab is left before its server stops
    one_browser.get_log("browser")
    yield one_browser
    first, *others = one_browser.window_handles
    for handle in others:
        one_browser.switch_to.window(handle)
        one_browser.close()
    one_browser.switch_to.window(first)
    one_browser.get("about:blank")


@pytest.fixture
def before_pages(browser: Any) -> Iterator[Callable[[str], None]]:
    """Runs a script in every page before the page's own."""
    added: list[str] = []

    def add(source: str) -> None:
        command = "Page.addScriptToEvaluateOnNewDocument"
        added.append(browser.execute_cdp_cmd(command, {"source": source})["identifier"])

    yield add
    for identifier in added:
        browser.execute_cdp_cmd(
            "Page.removeScriptToEvaluateOnNewDocument", {"identifier": identifier}
        )
