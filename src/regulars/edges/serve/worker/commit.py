"""Group commit: what waits goes into the inbox together, and only then is anybody answered.

While one group is being written, the next gathers; nothing waits for a clock. One thread does all
that touches the disk, so that a slow disk never holds up the others.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from regulars.edges.serve.worker.body import Held
from regulars.edges.serve.worker.refusals import Overloaded
from regulars.errors import InboxFull, Where
from regulars.intake.inbox.frame import Received
from regulars.intake.inbox.writer import InboxWriter
from regulars.intake.vault import Vault

GROUP_BYTES = 8 << 20
"""A group is no larger, so that nobody waits long for its sync."""
WAITING_BYTES = 64 << 20
"""More than so much is not held in memory."""
IDLE_SECONDS = 15.0
"""A file that has not been written for so long is closed, so that it can be settled…"""
OLDEST_SECONDS = 300.0
"""…and one that was begun so long ago."""
PAUSE_SECONDS = 1.0
"""After a failed write so long nothing is tried: each try costs a file and a key."""

_PROBE = b"regulars"


class GroupCommit:
    """The worker's end of the inbox.

    Args:
        inbox: its folder.
        keys: the vault's folder.
        limit: bytes in the inbox above which nothing more is taken in.
        committed: told requests, bytes and seconds of each group.
    """

    def __init__(
        self,
        inbox: Path,
        keys: Path,
        limit: int,
        committed: Callable[[int, int, float], None] = lambda *_: None,
    ) -> None:
        self.folder = inbox
        self._keys = keys
        self._limit = limit
        self._committed = committed
        self._thread = ThreadPoolExecutor(1, "inbox")
        self._vault: Vault | None = None
        self._writer: InboxWriter | None = None
        self._waiting: deque[tuple[Received, asyncio.Future[None]]] = deque()
        self._running: asyncio.Task[None] | None = None
        self._begun_at = self._written_at = 0.0
        self.held = Held()
        self.inbox_bytes = 0
        """Bytes of all files in the inbox, of all workers, as last looked at."""
        self.failed: InboxFull | None = None
        """Why the last write did not become durable, if it did not."""
        self._paused_until = 0.0
        self.durable_at = 0.0
        """When something last became durable (monotonic)."""

    async def open(self) -> None:
        """Open vault and inbox; raises `VaultError` where there are no keys."""
        await self._on_thread(self._open)

    def _open(self) -> None:
        # Here, since SQLite's connections stay with the thread that made them.
        self._vault = Vault.open(self._keys)
        self._writer = InboxWriter(self.folder, self._vault)
        self.inbox_bytes = self._size()

    def check_room(self) -> None:
        """Whether more can be taken in now.

        Raises:
            Overloaded: too much waits, here or in the inbox.
            InboxFull: the last write failed a moment ago.
        """
        if self.failed is not None and time.monotonic() < self._paused_until:
            raise _again(self.failed)
        if self.held.bytes > WAITING_BYTES:
            raise Overloaded("more is waiting than is taken at once", todo="send it again later")
        if self.inbox_bytes > self._limit:
            raise Overloaded(
                f"more than {self._limit >> 20:,} MB wait to be settled",
                todo="see why with: regulars doctor; [serve] inbox_limit_mb sets the limit",
            )

    async def keep(self, received: Received) -> None:
        """Make it durable, together with whatever else waits.

        Raises:
            InboxFull: it could not be written; nothing of it is there.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((received, future))
        if self._running is None:
            self._running = asyncio.create_task(self._write_groups())
        await future

    async def _write_groups(self) -> None:
        # The task begins in the loop's next round: all that this round brought is in the group.
        try:
            while self._waiting:
                group, futures, size = self._next_group()
                began = time.perf_counter()
                error = await self._try(group)
                if error is None:
                    self._committed(len(group), size, time.perf_counter() - began)
                for future in futures:
                    if future.done():
                        continue  # the client has gone; what it sent is kept all the same
                    if error is None:
                        future.set_result(None)
                    else:
                        future.set_exception(
                            _again(error) if isinstance(error, InboxFull) else error
                        )
        finally:
            self._running = None

    def _next_group(self) -> tuple[list[Received], list[asyncio.Future[None]], int]:
        group, futures, size = [], [], 0
        while self._waiting and size < GROUP_BYTES:
            received, future = self._waiting.popleft()
            group.append(received)
            futures.append(future)
            size += len(received.body)
        return group, futures, size

    async def _try(self, group: Sequence[Received]) -> Exception | None:
        try:
            await self._on_thread(self._append, group)
        except InboxFull as error:
            self._note_failure(error)
            return error
        except Exception as error:  # a bug of ours; whoever waits must not wait for ever
            return error
        self.failed = None
        return None

    def _append(self, group: Sequence[Received]) -> None:
        if self._writer is None:
            raise RuntimeError("the inbox is not open")
        had = self._writer.path
        self._writer.append(group)
        self._written_at = self.durable_at = time.monotonic()
        if self._writer.path != had:
            self._begun_at = self._written_at

    def _note_failure(self, error: InboxFull) -> None:
        self.failed = error
        self._paused_until = time.monotonic() + PAUSE_SECONDS

    async def tend(self) -> None:
        """Now and then: close a file that is idle or old, and look at the inbox's size."""
        await self._on_thread(self._tend)

    def _tend(self) -> None:
        now = time.monotonic()
        writer = self._writer
        if writer is not None and writer.path is not None:
            idle, old = now - self._written_at, now - self._begun_at
            if idle > IDLE_SECONDS or old > OLDEST_SECONDS:
                writer.close()
        self.inbox_bytes = self._size()

    def _size(self) -> int:
        size = 0
        with suppress(FileNotFoundError):
            for file in self.folder.iterdir():
                with suppress(FileNotFoundError):
                    size += file.stat().st_size
        return size

    async def probe(self) -> None:
        """See whether the disk makes anything durable at all.

        Raises:
            InboxFull: it does not.
        """
        try:
            await self._on_thread(self._probe)
        except InboxFull as error:
            self._note_failure(error)
            raise
        self.failed = None

    def _probe(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = self.folder / f".probe-{os.getpid()}"
            try:
                with file.open("wb") as out:
                    out.write(_PROBE)
                    out.flush()
                    os.fsync(out.fileno())
            finally:
                file.unlink(missing_ok=True)
        except OSError as error:
            raise InboxFull(
                f"nothing can be written ({error.strerror or error})",
                where=Where(file=str(self.folder)),
                todo="make room on the disk",
            ) from error
        self.durable_at = time.monotonic()

    async def close(self) -> None:
        """Write what waits, and let go."""
        if self._running is not None:
            await asyncio.wait([self._running])
        await self._on_thread(self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._vault is not None:
            self._vault.close()

    def _on_thread(self, action: Callable[..., None], *arguments: object) -> asyncio.Future[None]:
        return asyncio.get_running_loop().run_in_executor(self._thread, action, *arguments)


def _again(error: InboxFull) -> InboxFull:
    """The same anew: one that is raised often would drag all its tracebacks along."""
    return InboxFull(error.message, where=error.where, todo=error.todo)
