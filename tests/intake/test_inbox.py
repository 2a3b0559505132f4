"""The inbox: what was acknowledged survives; what is torn was not; what is damaged is told."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars.errors import InboxFull, LandingDamaged, VaultError
from regulars.intake.inbox import reader as readers
from regulars.intake.inbox import writer as writers
from regulars.intake.inbox.frame import MAGIC, Received
from regulars.intake.inbox.reader import Inbox
from regulars.intake.inbox.writer import InboxWriter
from regulars.intake.vault import Vault


@pytest.fixture
def vault(tmp_path) -> Iterator[Vault]:
    with Vault.open(tmp_path / "keys", make=True) as made:
        yield made


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "inbox"


def group(n: int) -> list[Received]:
    return [
        Received("web", "track", n, f'{{"event":"{n}"}}'.encode()),
        Received("shop", "shopify:orders/create", n, b"{}", {"message-id": str(n)}),
    ]


def frames_in(folder: Path, vault: Vault) -> list[list[Received]]:
    inbox = Inbox(folder, vault)
    return [frame.received for file in inbox.files() for frame in inbox.read(file)]


def write(folder: Path, vault: Vault, groups: int) -> Path:
    with InboxWriter(folder, vault) as writer:
        for n in range(groups):
            writer.append(group(n))
        assert writer.path is not None
        return writer.path


def test_what_is_written_reads_back_in_order_from_any_frame_on(folder, vault):
    file = write(folder, vault, 5)
    inbox = Inbox(folder, vault)
    frames = list(inbox.read(file))
    assert [frame.received for frame in frames] == [group(n) for n in range(5)]
    assert [frame.offset for frame in frames[1:]] == [frame.end for frame in frames[:-1]]
    for place, frame in enumerate(frames):
        assert [one.received for one in inbox.read(file, frame.offset)] == [
            group(n) for n in range(place, 5)
        ]
    assert list(inbox.read(file, frames[-1].end)) == []


def test_nothing_that_was_sent_stands_in_the_clear(folder, vault):
    with InboxWriter(folder, vault) as writer:
        writer.append([Received("web", "identify", 0, b'{"phone":"13812345678"}' * 100)])
    for file in [*folder.iterdir()]:
        assert b"13812345678" not in file.read_bytes()
        assert b"identify" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_torn_at_every_byte_all_frames_before_the_tear_are_whole(folder, vault):
    file = write(folder, vault, 3)
    whole = file.read_bytes()
    ends = [len(MAGIC), *(frame.end for frame in Inbox(folder, vault).read(file))]
    assert ends[-1] == len(whole)
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        complete = max(sum(end <= size for end in ends) - 1, 0)
        assert frames_in(folder, vault) == [group(n) for n in range(complete)], size


def test_a_crash_may_leave_any_bytes_behind_the_last_whole_frame(folder, vault):
    file = write(folder, vault, 2)
    whole = file.read_bytes()
    last = list(Inbox(folder, vault).read(file))[-1]
    length = last.end - last.offset
    for tail in (bytes(length), os.urandom(length), b"\xff" * 9, whole[last.offset : last.end - 1]):
        file.write_bytes(whole[: last.end] + tail[: length - 1])
        assert frames_in(folder, vault) == [group(0), group(1)]


def test_a_flipped_byte_is_never_read_as_something_else(folder, vault):
    file = write(folder, vault, 3)
    whole = file.read_bytes()
    ends = [frame.end for frame in Inbox(folder, vault).read(file)]
    for at in range(len(whole)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        found: list[list[Received]] = []
        told = ""
        try:
            for frame in Inbox(folder, vault).read(file):
                found.append(frame.received)
        except LandingDamaged as error:
            told = str(error)
        before = sum(end <= at for end in ends)
        assert found == [group(n) for n in range(before)], at
        # In the last frame it cannot be told from a crash, and nothing behind it is lost.
        assert str(file) in told or (before == 2 and not told), at


def test_a_page_of_zeros_at_the_end_is_a_crash_and_in_the_middle_is_damage(folder, vault):
    """Pages may reach the disk out of order: the head is lost, what follows it is there."""
    file = write(folder, vault, 3)
    whole = file.read_bytes()
    *_, middle, last = Inbox(folder, vault).read(file)
    for lost, is_damage in ((last, False), (middle, True)):
        head = lost.offset + 40
        file.write_bytes(whole[: lost.offset] + bytes(40) + whole[head:])
        if is_damage:
            with pytest.raises(LandingDamaged):
                frames_in(folder, vault)
        else:
            assert frames_in(folder, vault) == [group(0), group(1)]


def test_a_frame_cannot_be_moved_within_its_file_or_into_another(folder, vault):
    file = write(folder, vault, 3)
    whole = file.read_bytes()
    first, second, _ = Inbox(folder, vault).read(file)
    assert first.end - first.offset == second.end - second.offset
    swapped = (
        whole[: first.offset] + whole[second.offset : second.end]
        + whole[first.offset : first.end] + whole[second.end :]
    )  # fmt: skip
    file.write_bytes(swapped)
    with pytest.raises(LandingDamaged, match=f"byte {first.offset}"):
        frames_in(folder, vault)

    file.write_bytes(whole)
    other = write(folder, vault, 3)
    shutil.copy(file, other)
    with pytest.raises(LandingDamaged):
        list(Inbox(folder, vault).read(other))


def test_two_writers_at_once_have_a_file_each(folder, tmp_path, vault):
    with (
        Vault.open(tmp_path / "keys") as other_vault,
        InboxWriter(folder, vault) as one,
        InboxWriter(folder, other_vault) as other,
    ):
        for n in range(10):
            one.append(group(2 * n))
            other.append(group(2 * n + 1))
        assert one.path != other.path
        inbox = Inbox(folder, vault)
        assert [inbox.is_being_written(file) for file in inbox.files()] == [True, True]
        found = frames_in(folder, vault)
    assert sorted(frame[0].at for frame in found) == list(range(20))
    assert [inbox.is_being_written(file) for file in inbox.files()] == [False, False]


def test_a_reader_follows_a_writer(folder, vault):
    inbox = Inbox(folder, vault)
    with InboxWriter(folder, vault) as writer:
        offset = 0
        for n in range(5):
            writer.append(group(n))
            (file,) = inbox.files()
            (frame,) = inbox.read(file, offset)
            assert frame.received == group(n)
            offset = frame.end


def test_a_writer_that_goes_on_while_it_is_read_is_not_taken_for_damage(folder, vault, monkeypatch):
    file = write(folder, vault, 3)
    whole = file.read_bytes()
    _, second, _ = Inbox(folder, vault).read(file)
    file.write_bytes(whole[: second.end - 5])  # the second frame is being written
    read = readers._sealed_at

    def then_the_writer_goes_on(head, data):
        found = read(head, data)
        if found is None:
            file.write_bytes(whole)
        return found

    monkeypatch.setattr(readers, "_sealed_at", then_the_writer_goes_on)
    assert frames_in(folder, vault) == [group(0)]
    assert frames_in(folder, vault) == [group(n) for n in range(3)]


def test_a_new_file_is_begun_after_enough_bytes_and_after_a_pause(folder, vault):
    with InboxWriter(folder, vault, rotate_at=200) as writer:
        for n in range(6):
            writer.append(group(n))
        assert len(Inbox(folder, vault).files()) > 1
        writer.close()
        writer.append(group(6))
    assert [frame[0].at for frame in frames_in(folder, vault)] == list(range(7))


def test_a_file_that_was_discarded_is_forgotten_in_every_backup(folder, tmp_path, vault):
    file = write(folder, vault, 1)
    backup = tmp_path / "backup"
    shutil.copy(file, backup)
    inbox = Inbox(folder, vault)
    inbox.discard(file)
    assert inbox.files() == []
    shutil.copy(backup, file)
    with pytest.raises((LandingDamaged, VaultError)):
        frames_in(folder, vault)


def test_a_file_that_is_no_inbox_is_told(folder, vault):
    file = write(folder, vault, 1)
    file.write_bytes(b"something else entirely")
    with pytest.raises(LandingDamaged, match="byte 0"):
        frames_in(folder, vault)


def refuse(monkeypatch, name: str, error: int = 28) -> None:
    def refused(*_: object) -> None:
        raise OSError(error, "No space left on device")

    monkeypatch.setattr(writers.os, name, refused)


@pytest.mark.parametrize("call", ["open", "write", "fsync"])
def test_a_file_that_cannot_be_begun_leaves_nothing_and_no_key(folder, vault, monkeypatch, call):
    made: list[str] = []
    cipher = vault.cipher
    monkeypatch.setattr(vault, "cipher", lambda subject: (made.append(subject), cipher(subject))[1])
    with InboxWriter(folder, vault) as writer:
        with monkeypatch.context() as full:
            refuse(full, call)
            with pytest.raises(InboxFull, match="No space left"):
                writer.append(group(0))
        assert Inbox(folder, vault).files() == []
        assert len(made) == 1
        assert vault.shred(made) == 0, "its key was shredded already"
        writer.append(group(1))
    assert frames_in(folder, vault) == [group(1)]


@pytest.mark.parametrize("call", ["pwrite", "fdatasync"])
def test_what_could_not_be_written_is_not_there_and_the_next_is(folder, vault, monkeypatch, call):
    with InboxWriter(folder, vault) as writer:
        writer.append(group(0))
        first = writer.path
        with monkeypatch.context() as full:
            refuse(full, call)
            with pytest.raises(InboxFull):
                writer.append(group(1))
        writer.append(group(2))
        assert writer.path != first, "after a failed sync the kernel may have dropped pages"
    assert frames_in(folder, vault) == [group(0), group(2)]


def test_a_power_cut_takes_nothing_that_was_acknowledged(folder, vault, monkeypatch):
    """What was not synced is gone after a power cut: here the file is cut back to its last sync."""
    durable = [0]
    synced = os.fdatasync

    def fdatasync(file: int) -> None:
        synced(file)
        durable[0] = os.fstat(file).st_size

    monkeypatch.setattr(writers.os, "fdatasync", fdatasync)
    acknowledged = []
    with InboxWriter(folder, vault) as writer:
        for n in range(5):
            writer.append(group(n))
            acknowledged.append(group(n))
            assert writer.path is not None
            whole = writer.path.read_bytes()
            after = folder.parent / f"after-{n}"
            after.mkdir()
            (after / writer.path.name).write_bytes(whole[: durable[0]])
            assert frames_in(after, vault) == acknowledged
