"""What a worker answers besides intake itself; whatever it does not know is the owner's."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import msgspec

from regulars.access.policy import OURS
from regulars.edges.serve.worker.answers import JSON, answer
from regulars.edges.serve.worker.body import Receive
from regulars.edges.serve.worker.commit import GroupCommit
from regulars.edges.serve.worker.description import description
from regulars.edges.serve.worker.forward import Forward, Send
from regulars.edges.serve.worker.health import health
from regulars.edges.serve.worker.metrics import Metrics
from regulars.edges.serve.worker.refusals import NoSuchRoute
from regulars.edges.serve.worker.store import StoreRoutes
from regulars.errors import RegularsError

SNIPPET = "/regulars.js"
_TEXT = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
_SCRIPT = (b"content-type", b"text/javascript; charset=utf-8")
_ANYWHERE = (b"access-control-allow-origin", b"*")
_HOUR = (b"cache-control", b"public, max-age=3600")


class Elsewhere:
    """The routes that are no intake."""

    def __init__(
        self, commit: GroupCommit, forward: Forward, metrics: Metrics, store: StoreRoutes
    ) -> None:
        self._commit = commit
        self._forward = forward
        self._metrics = metrics
        self._store = store

    async def answer(
        self, path: str, scope: MutableMapping[str, Any], receive: Receive, send: Send
    ) -> tuple[str, int]:
        """Answer, or have the owner do it; a label for counting and the status come back.

        Raises:
            OwnerAway: it is the owner's, and there is none.
            NoSuchRoute: only our own processes may ask the owner that.
        """
        if scope["method"] in ("GET", "HEAD"):
            found = await self._own(path, scope)
            if found is not None:
                status, headers, body = found
                await answer(send, status, headers, b"" if scope["method"] == "HEAD" else body)
                return path, status
        if path.startswith(OURS):
            raise NoSuchRoute("there is no such route", todo="see /openapi.json")
        return "owner", await self._forward.pass_on(scope, receive, send)

    async def _own(
        self, path: str, scope: MutableMapping[str, Any]
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes] | None:
        if path == "/health":
            status, told = await health(self._commit, self._forward, self._store)
            return status, [JSON], msgspec.json.encode(told)
        if path == "/metrics":
            text = self._metrics.text() + await self._store.metrics()
            return 200, [_TEXT], text + await self._of_owner("/metrics")
        if path == "/openapi.json":
            owner = await self._of_owner("/openapi.json")
            told = description(msgspec.json.decode(owner) if owner else None)
            return 200, [JSON, _ANYWHERE], msgspec.json.encode(told)
        if path == SNIPPET:
            return _snippet(dict(scope["headers"]))
        return None

    async def _of_owner(self, path: str) -> bytes:
        try:
            told = await self._forward.get(path)
        except RegularsError:
            return b""
        return told.content if told.status_code == 200 else b""


def _snippet(headers: dict[bytes, bytes]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    from regulars.edges.serve.snippet import snippet, snippet_gzipped

    script, tag = snippet()
    about = [_SCRIPT, _HOUR, _ANYWHERE, (b"etag", tag.encode()), (b"vary", b"accept-encoding")]
    if tag.encode() in headers.get(b"if-none-match", b""):
        return 304, about, b""
    if b"gzip" in headers.get(b"accept-encoding", b""):
        return 200, [*about, (b"content-encoding", b"gzip")], snippet_gzipped()
    return 200, about, script
