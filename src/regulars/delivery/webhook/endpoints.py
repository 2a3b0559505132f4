"""Endpoints: whom webhooks tell, of which events, and under which secret.

They are kept in `keys/webhooks.json`, readable by the owner only: their secrets cannot be kept as
sums, since we sign with them. A running server follows at once.

>>> import tempfile, pathlib
>>> book = Endpoints(pathlib.Path(tempfile.mkdtemp()))
>>> made = book.add("erp", "https://erp.example/in", ["Coupon Claimed"])
>>> made.name, made.is_active, book.by_name("erp") == made, len(made.live(made.made_at))
('erp', True, True, 1)
>>> len(book.rotate("erp", grace=3600).live(made.made_at))
2
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec.structs import replace

from regulars.delivery.webhook.signing import new_secret
from regulars.errors import SettingsError, UnknownValue, VaultError, Where

FILE = "webhooks.json"

MOST = 32
"""Each has a thread of its own."""
GRACE = 86_400
"""Seconds for which the secret before the newest one is live too."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LONGEST_EVENT = 200


class Secret(msgspec.Struct, frozen=True):
    """A secret, and until when it is live: UTC microseconds, 0 for the newest."""

    text: str
    until: int = 0

    def __repr__(self) -> str:
        return f"Secret(…, until={self.until})"


class Endpoint(msgspec.Struct, frozen=True):
    """Whom webhooks tell.

    Attributes:
        id: under which the store keeps how far it has been told; another one if it is made anew.
        name: unique in the shop.
        url: to which messages are posted.
        events: told to it, by the journal's names or by those of webhooks; none named are all.
        secrets: the newest last.
        made_at: UTC microseconds; what happened before is not told, unless it is replayed.
        paused: why it is told nothing at the moment; empty while it is.
    """

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    secrets: tuple[Secret, ...]
    made_at: int
    paused: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it is told anything."""
        return not self.paused

    def live(self, at: int) -> list[str]:
        """The secrets that are live at the instant, the newest first."""
        return [one.text for one in reversed(self.secrets) if not one.until or one.until > at]


class Endpoints:
    """The endpoints of a home.

    Args:
        folder: `keys/`.
        now: the present instant in UTC microseconds.
    """

    def __init__(
        self, folder: Path, now: Callable[[], int] = lambda: time.time_ns() // 1000
    ) -> None:
        self.path = folder / FILE
        self._now = now
        self._read_at: tuple[int, int, int] | None = None
        self._all: dict[str, Endpoint] = {}

    def all(self) -> list[Endpoint]:
        """Every endpoint, by name; read anew where the file has changed.

        Raises:
            VaultError: the file does not read.
        """
        try:
            told = self.path.stat()
        except FileNotFoundError:
            self._read_at, self._all = None, {}
            return []
        stamp = (told.st_mtime_ns, told.st_size, told.st_ino)
        if stamp != self._read_at:
            self._all = self._load()
            self._read_at = stamp
        return list(self._all.values())

    def by_name(self, name: str) -> Endpoint:
        """The endpoint of the name.

        Raises:
            UnknownValue: there is none.
        """
        return _of({one.name: one for one in self.all()}, name)

    def add(self, name: str, url: str, events: Sequence[str] = ()) -> Endpoint:
        """Make an endpoint, with a secret of its own; the URL has been looked at before.

        Args:
            name: lower case letters, digits, - and _.
            url: to which messages are posted.
            events: told to it; none named are all.

        Raises:
            SettingsError: the name is none or is taken, an event has none, or there are too many.
        """
        if not _NAME.fullmatch(name):
            raise _wrong("this is no name of a webhook", name, "take a-z, 0-9, - and _")
        for event in events:
            if not 0 < len(event.strip()) <= _LONGEST_EVENT:
                raise _wrong("this is no name of an event", event, "for example Coupon Claimed")
        with self._changing() as found:
            if name in found:
                raise _wrong("there is a webhook of this name", name, "choose another name")
            if len(found) >= MOST:
                raise _wrong(f"there are {MOST} webhooks already", name, "remove one")
            found[name] = made = Endpoint(
                secrets.token_hex(8),
                name,
                url,
                tuple(dict.fromkeys(one.strip() for one in events)),
                (Secret(new_secret()),),
                self._now(),
            )
        return made

    def rotate(self, name: str, *, grace: int = GRACE) -> Endpoint:
        """Give an endpoint a new secret; the one before is live for a while too.

        Args:
            name: of the endpoint.
            grace: seconds; 0 ends the old one now. Of older ones none stays live.

        Raises:
            UnknownValue: there is no such endpoint.
        """
        with self._changing() as found:
            one = _of(found, name)
            old = replace(one.secrets[-1], until=self._now() + grace * 1_000_000)
            found[name] = made = replace(one, secrets=(old, Secret(new_secret())))
        return made

    def pause(self, name: str, why: str, *, endpoint_id: str | None = None) -> None:
        """Tell an endpoint nothing for now; what happens meanwhile waits for it.

        Args:
            name: of the endpoint.
            why: shown where it is listed.
            endpoint_id: only if it is still this one.

        Raises:
            UnknownValue: there is no such endpoint.
        """
        with self._changing() as found:
            one = _of(found, name)
            if endpoint_id in (None, one.id):
                found[name] = replace(one, paused=why)

    def resume(self, name: str) -> Endpoint:
        """Tell it again, first of all what waits; raises `UnknownValue` where there is none."""
        with self._changing() as found:
            found[name] = made = replace(_of(found, name), paused="")
        return made

    def remove(self, name: str) -> Endpoint:
        """Take an endpoint away; what it was comes back. `UnknownValue` where there is none."""
        with self._changing() as found:
            gone = _of(found, name)
            del found[name]
        return gone

    def _load(self) -> dict[str, Endpoint]:
        try:
            listed = msgspec.json.decode(self.path.read_bytes(), type=list[Endpoint])
        except FileNotFoundError:
            return {}
        except msgspec.DecodeError as error:
            raise VaultError(
                f"the webhooks do not read ({error})",
                where=Where(file=str(self.path)),
                todo="restore keys/ from its backup",
            ) from error
        return {one.name: one for one in sorted(listed, key=lambda one: one.name)}

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Endpoint]]:
        """The endpoints to be changed, under a lock; written aside and moved into place."""
        with (self.path.parent / ".webhooks.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            found = self._load()
            yield found
            aside = self.path.with_suffix(".new")
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(list(found.values()))))
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self.path)


def _of(found: dict[str, Endpoint], name: str) -> Endpoint:
    if name not in found:
        raise UnknownValue.of("webhook", name, sorted(found))
    return found[name]


def _wrong(message: str, value: str, todo: str) -> SettingsError:
    return SettingsError(message, where=Where(value=value), todo=todo)
