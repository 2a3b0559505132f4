"""One request's way into the inbox: room, key, size, form, and then among what is written next."""

from __future__ import annotations

import time

from regulars.edges.serve.worker.body import Receive, read, too_large, unpacked
from regulars.edges.serve.worker.commit import GroupCommit
from regulars.edges.serve.worker.form import checked
from regulars.edges.serve.worker.keys import key_in, sender
from regulars.edges.serve.worker.refusals import MalformedBody
from regulars.edges.serve.worker.routes import WEBHOOK, WEBHOOKS, Route
from regulars.edges.serve.worker.signatures import is_ping, route_and_headers
from regulars.errors import ConnectionRefused, UnknownValue
from regulars.intake.connection import Connection, Connections
from regulars.intake.inbox.frame import PUBLIC, Received
from regulars.kernel.failpoint import reach

Headers = dict[bytes, bytes]


class Intake:
    """What a worker does with a body.

    Args:
        connections: whose keys and secrets are good.
        commit: makes durable.
    """

    def __init__(self, connections: Connections, commit: GroupCommit) -> None:
        self._connections = connections
        self._commit = commit

    async def messages(self, route: Route, headers: Headers, receive: Receive) -> int:
        """Keep one request of an events connection; how many messages it carries comes back.

        Raises:
            RegularsError: why nothing of it was kept.
        """
        self._commit.check_room()
        connection = None
        authorization = headers.get(b"authorization")
        if authorization is not None:
            connection = sender(self._connections, key_in(authorization), *route.uses)
        held = self._commit.held
        raw = await _sent(route, headers, receive, self._commit)
        size = len(raw)
        try:
            encoding = headers.get(b"content-encoding")
            if encoding is not None:
                raw = unpacked(raw, encoding.strip().lower().decode("latin-1"), route.limit)
                held.bytes += len(raw)
                size += len(raw)
            body, key, count = checked(raw, batch=route.body == "batch")
            if connection is None:
                connection = sender(self._connections, key, *route.uses)
            if count:
                told = PUBLIC if connection.use == "public" else {}
                at = time.time_ns() // 1000
                await self._commit.keep(Received(connection.name, route.name, at, body, told))
                reach("inbox.replying")
        finally:
            held.bytes -= size
        return count

    def named(self, path: str) -> tuple[Connection, Route]:
        """The connection whose webhook the path is, and the route of its use.

        Raises:
            ConnectionRefused: there is none; who guesses names learns nothing else.
        """
        name = path.removeprefix(WEBHOOKS).removesuffix("/")
        try:
            connection = self._connections.by_name(name)
            return connection, WEBHOOK[connection.use]
        except (UnknownValue, KeyError):
            raise ConnectionRefused(
                "there is no such webhook",
                todo="make one with: regulars connect NAME --shopify (or --woocommerce, --webhook)",
            ) from None

    async def webhook(
        self, connection: Connection, route: Route, headers: Headers, receive: Receive
    ) -> int:
        """Keep one webhook; 1 comes back, or 0 for a platform that only asks who is there.

        Raises:
            RegularsError: why nothing of it was kept.
        """
        self._commit.check_room()
        held = self._commit.held
        raw = await _sent(route, headers, receive, self._commit)
        try:
            if headers.get(b"content-encoding") is not None:
                raise MalformedBody("webhooks are signed as they are sent", todo="send it unpacked")
            if is_ping(connection.use, headers, raw):
                return 0
            kept_as, told = route_and_headers(connection, headers, raw)
            body = checked(raw).body
            at = time.time_ns() // 1000
            await self._commit.keep(Received(connection.name, kept_as, at, body, told))
            reach("inbox.replying")
        finally:
            held.bytes -= len(raw)
        return 1


async def _sent(route: Route, headers: Headers, receive: Receive, commit: GroupCommit) -> bytes:
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared[:20]) > route.limit:
        raise too_large(route.limit)
    return await read(receive, route.limit, commit.held)
