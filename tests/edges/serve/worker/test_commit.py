"""Group commit: durable before it is answered, together with what waits, bounded, and resumed."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from edges.serve.worker.running import kept_in
from regulars.app.home import make_home
from regulars.edges.serve.worker import body as bodies
from regulars.edges.serve.worker import commit as commits
from regulars.edges.serve.worker.body import Held, read
from regulars.edges.serve.worker.commit import GroupCommit
from regulars.edges.serve.worker.refusals import Overloaded, TooSlow
from regulars.errors import InboxFull
from regulars.intake.inbox.frame import Received
from regulars.intake.inbox.reader import Inbox
from regulars.intake.vault import Vault

MEGABYTE = 1 << 20


@pytest.fixture
def home(tmp_path) -> Path:
    make_home(tmp_path / "home")
    return tmp_path / "home"


def commit_of(home: Path, limit: int = 100 * MEGABYTE, committed=lambda *_: None) -> GroupCommit:
    return GroupCommit(home / "landing" / "inbox", home / "keys", limit, committed)


def one(n: int, size: int = 10) -> Received:
    return Received("web", "track", n, b"x" * size)


def test_what_waits_while_one_group_is_written_goes_together(home):
    groups: list[int] = []

    async def run() -> None:
        commit = commit_of(home, committed=lambda requests, *_: groups.append(requests))
        await commit.open()
        first = asyncio.create_task(commit.keep(one(0)))
        await asyncio.sleep(0)  # the first group begins
        await asyncio.sleep(0)
        await asyncio.gather(first, *(commit.keep(one(n)) for n in range(1, 50)))
        await commit.close()

    asyncio.run(run())
    assert groups == [1, 49]
    assert [received.at for received in kept_in(home)] == list(range(50))


def test_it_is_synced_before_anybody_is_answered(home, monkeypatch):
    told: list[str] = []
    synced = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (synced(file), told.append("synced")))

    async def run() -> None:
        commit = commit_of(home)
        await commit.open()
        for n in range(3):
            await commit.keep(one(n))
            told.append("answered")
        await commit.close()

    asyncio.run(run())
    assert told == ["synced", "answered"] * 3


def test_no_group_is_larger_than_its_bound(home, monkeypatch):
    monkeypatch.setattr(commits, "GROUP_BYTES", 1000)
    groups: list[int] = []

    async def run() -> None:
        commit = commit_of(home, committed=lambda _, size, __: groups.append(size))
        await commit.open()
        await asyncio.gather(*(commit.keep(one(n, 300)) for n in range(20)))
        await commit.close()

    asyncio.run(run())
    assert sum(groups) == 6000
    assert max(groups) <= 1200
    assert len(kept_in(home)) == 20


def test_a_client_that_left_is_kept_all_the_same_and_others_are_answered(home):
    async def run() -> None:
        commit = commit_of(home)
        await commit.open()
        gone = asyncio.create_task(commit.keep(one(1)))
        stays = asyncio.create_task(commit.keep(one(2)))
        await asyncio.sleep(0)
        gone.cancel()
        await stays
        await commit.close()

    asyncio.run(run())
    assert [received.at for received in kept_in(home)] == [1, 2]


def test_closing_finishes_what_waits(home):
    async def run() -> None:
        commit = commit_of(home)
        await commit.open()
        waiting = [asyncio.create_task(commit.keep(one(n))) for n in range(10)]
        await asyncio.sleep(0)
        await commit.close()
        await asyncio.gather(*waiting)

    asyncio.run(run())
    assert len(kept_in(home)) == 10


def test_when_the_disk_refuses_nothing_is_acknowledged_and_it_resumes_by_itself(home, monkeypatch):
    written = os.pwrite
    is_full = [False]

    def pwrite(file, data, at):
        if is_full[0]:
            written(file, bytes(data[: len(data) // 2]), at)
            raise OSError(28, "No space left on device")
        return written(file, data, at)

    monkeypatch.setattr(os, "pwrite", pwrite)
    monkeypatch.setattr(commits, "PAUSE_SECONDS", 60.0)

    async def run() -> None:
        commit = commit_of(home)
        await commit.open()
        await commit.keep(one(1))
        is_full[0] = True
        results = await asyncio.gather(
            *(commit.keep(one(n)) for n in (2, 3)), return_exceptions=True
        )
        assert [type(result) for result in results] == [InboxFull, InboxFull]
        assert results[0] is not results[1], "one error raised twice drags its tracebacks along"
        with pytest.raises(InboxFull, match="No space left"):
            commit.check_room()  # refused at once, without touching the disk again
        is_full[0] = False
        commit._paused_until = time.monotonic()
        commit.check_room()
        await commit.keep(one(4))
        assert commit.failed is None
        await commit.close()

    asyncio.run(run())
    assert [received.at for received in kept_in(home)] == [1, 4]


def test_a_bug_in_writing_is_told_to_everybody_who_waits(home, monkeypatch):
    async def run() -> None:
        commit = commit_of(home)
        await commit.open()
        with monkeypatch.context() as broken:
            broken.setattr(commit._writer, "append", lambda _: 1 / 0)
            results = await asyncio.wait_for(
                asyncio.gather(*(commit.keep(one(n)) for n in (1, 2)), return_exceptions=True), 10
            )
        assert [type(result) for result in results] == [ZeroDivisionError] * 2
        await commit.keep(one(3))
        await commit.close()

    asyncio.run(run())
    assert [received.at for received in kept_in(home)] == [3]


def test_more_than_may_wait_is_refused_before_it_is_read(home, monkeypatch):
    async def run() -> None:
        commit = commit_of(home)
        await commit.open()
        commit.held.bytes = commits.WAITING_BYTES + 1
        with pytest.raises(Overloaded):
            commit.check_room()
        commit.held.bytes = 0
        commit.check_room()
        await commit.close()

    asyncio.run(run())


def test_an_inbox_that_nobody_settles_takes_no_more_until_it_is_settled(home):
    async def run() -> None:
        commit = commit_of(home, limit=MEGABYTE)
        await commit.open()
        for n in range(3):
            await commit.keep(one(n, MEGABYTE // 2))
        await commit.tend()
        with pytest.raises(Overloaded, match="1 MB wait to be settled"):
            commit.check_room()
        with Vault.open(home / "keys") as vault:
            inbox = Inbox(home / "landing" / "inbox", vault)
            for file in inbox.files():
                inbox.discard(file)
        await commit.tend()
        commit.check_room()
        await commit.close()

    asyncio.run(run())


@pytest.mark.parametrize("bound", ["IDLE_SECONDS", "OLDEST_SECONDS"])
def test_a_file_that_is_idle_or_old_is_closed_so_that_it_can_be_settled(home, monkeypatch, bound):
    async def run() -> None:
        commit = commit_of(home)
        await commit.open()
        await commit.keep(one(1))
        with Vault.open(home / "keys") as vault:
            inbox = Inbox(home / "landing" / "inbox", vault)
            await commit.tend()
            assert [inbox.is_being_written(file) for file in inbox.files()] == [True]
            monkeypatch.setattr(commits, bound, -1.0)
            await commit.tend()
            assert [inbox.is_being_written(file) for file in inbox.files()] == [False]
        await commit.keep(one(2))
        await commit.close()

    asyncio.run(run())
    assert [received.at for received in kept_in(home)] == [1, 2]


def test_a_body_that_does_not_arrive_in_time_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(bodies, "SECONDS", 0.01)
    held = Held()

    async def run() -> None:
        parts = iter([{"type": "http.request", "body": b"{", "more_body": True}])

        async def receive():
            part = next(parts, None)
            return part if part is not None else await asyncio.Event().wait()

        with pytest.raises(TooSlow):
            await read(receive, 100, held)

    asyncio.run(run())
    assert held.bytes == 0


def test_every_byte_that_was_held_is_let_go_of(worker, key):
    import re

    for body in (b"{}", b"{", b"x" * 40_000, b'{"batch":[]}'):
        worker.send("/v1/track", body, key)
        worker.send("/v1/track", body)
        worker.send("/v1/webhooks/nobody", body)
    told = worker.ask("GET", "/health").told["checks"]["intake"]
    assert told["held_bytes"] == 0
    assert re.search(
        r"^regulars_intake_held_bytes 0", worker.ask("GET", "/metrics").body.decode(), re.M
    )
