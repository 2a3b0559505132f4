"""Connections: what may send to the shop or ask it, by which key, and for which platform.

They are kept in `keys/connections.json`, readable by the owner only. A connection may have several
keys at once, so that a new one can be brought in before the old one goes.

>>> import tempfile, pathlib
>>> book = Connections(pathlib.Path(tempfile.mkdtemp()))
>>> made, key = book.add("web", "events")
>>> made.name, made.platform, book.by_key(key).name, book.by_key("wrong")
('web', 'shop', 'web', None)
"""

from __future__ import annotations

import fcntl
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

import msgspec

from regulars.errors import ConnectionRefused, SettingsError, UnknownValue, VaultError, Where

FILE = "connections.json"

Use = Literal["events", "public", "shopify", "woocommerce", "webhook", "read"]
"""What a connection is for: sending events and records by a server's write key, only events by a
key that stands in web pages and apps for all to see, one of the webhooks by its secret, or
asking."""

BY_KEY: frozenset[Use] = frozenset({"events", "public", "read"})
"""Uses of which the key alone tells the connection."""

_PLATFORM: dict[str, str] = {"shopify": "shopify", "woocommerce": "woocommerce"}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Connection(msgspec.Struct, frozen=True):
    """One connection.

    Attributes:
        name: unique in the shop; with the number of a message it tells messages apart.
        use: what it is for.
        platform: the namespace of its customers', orders' and products' numbers.
        keys: write keys (public ones are no secrets), secrets of webhooks, or sums of keys for
            reading.
        made_at: ISO 8601.
    """

    name: str
    use: Use
    platform: str
    keys: tuple[str, ...]
    made_at: str


class Connections:
    """The connections of a home.

    Args:
        folder: `keys/`.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._read_at: tuple[int, int, int] | None = None
        self._all: dict[str, Connection] = {}
        self._by_key: dict[str, Connection] = {}

    def all(self) -> list[Connection]:
        """Every connection, by name; read anew where the file has changed."""
        self._refresh()
        return list(self._all.values())

    def by_name(self, name: str) -> Connection:
        """The connection of the name.

        Raises:
            UnknownValue: there is none.
        """
        self._refresh()
        if name not in self._all:
            raise UnknownValue.of("connection", name, sorted(self._all))
        return self._all[name]

    def by_key(self, key: str) -> Connection | None:
        """The connection for events or for reading that has this key; None if there is none."""
        self._refresh()
        found = self._by_key.get(key)
        if found is None or found.use == "read":
            # Who has seen the file knows the sum of a key for reading, and not the key.
            found = self._by_key.get(_sum(key))
        return found

    def add(
        self, name: str, use: Use, *, platform: str | None = None, secret: str | None = None
    ) -> tuple[Connection, str]:
        """Make a connection, or give one a further key; both come back, the key for this once.

        Args:
            name: lower case letters, digits, - and _.
            use: what it is for.
            platform: by default the webhook's own, else `shop`.
            secret: of a webhook, where the platform has made it.

        Raises:
            UnknownValue: the use is none.
            SettingsError: the name is none, or stands for another use or platform.
        """
        if use not in get_args(Use):
            raise UnknownValue.of("use of a connection", use, list(get_args(Use)))
        if not _NAME.fullmatch(name):
            raise _wrong("this is no name of a connection", name, "take a-z, 0-9, - and _")
        if secret is not None and use in BY_KEY:
            raise _wrong("only a webhook has a secret from elsewhere", name, "leave the secret out")
        if secret is not None and len(secret) < 8:
            raise _wrong("the secret is too short", name, "copy the platform's own secret")
        key = secret if secret is not None else _new_key(use)
        with self._changing() as found:
            before = found.get(name)
            wanted = platform or (before.platform if before else _PLATFORM.get(use, "shop"))
            if before is not None and (before.use, before.platform) != (use, wanted):
                raise _wrong(
                    f"there is a connection of this name already, for {before.use}"
                    f" of {before.platform}",
                    name,
                    "choose another name",
                )
            kept = _sum(key) if use == "read" else key
            keys = tuple(dict.fromkeys([*(before.keys if before else ()), kept]))
            made_at = before.made_at if before else datetime.now(UTC).isoformat()
            found[name] = made = Connection(name, use, wanted, keys, made_at)
        return made, key

    def remove(self, name: str, key: str | None = None) -> None:
        """Take a connection away, or one of its keys; what came through it stays.

        Raises:
            UnknownValue: there is no such connection.
            ConnectionRefused: it has no such key.
        """
        with self._changing() as found:
            if name not in found:
                raise UnknownValue.of("connection", name, sorted(found))
            if key is None:
                del found[name]
                return
            before = found[name]
            gone = _sum(key) if before.use == "read" else key
            if gone not in before.keys:
                raise ConnectionRefused(
                    "the connection has no such key", where=Where(value=name), todo="list its keys"
                )
            keys = tuple(one for one in before.keys if one != gone)
            if keys:
                found[name] = msgspec.structs.replace(before, keys=keys)
            else:
                del found[name]

    def _refresh(self) -> None:
        try:
            told = self.path.stat()
        except FileNotFoundError:
            self._read_at, self._all, self._by_key = None, {}, {}
            return
        stamp = (told.st_mtime_ns, told.st_size, told.st_ino)
        if stamp == self._read_at:
            return
        self._all = self._load()
        self._by_key = {
            key: one for one in self._all.values() if one.use in BY_KEY
            for key in one.keys
        }  # fmt: skip
        self._read_at = stamp

    def _load(self) -> dict[str, Connection]:
        try:
            listed = msgspec.json.decode(self.path.read_bytes(), type=list[Connection])
        except FileNotFoundError:
            return {}
        except msgspec.DecodeError as error:
            raise VaultError(
                f"the connections do not read ({error})",
                where=Where(file=str(self.path)),
                todo="restore keys/ from its backup",
            ) from error
        return {one.name: one for one in sorted(listed, key=lambda one: one.name)}

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Connection]]:
        """The connections to be changed, under a lock; written aside and moved into place."""
        with (self.path.parent / ".connections.lock").open("a") as lock:
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


def _new_key(use: Use) -> str:
    if use in BY_KEY:
        begins = {"events": "wk", "public": "pk", "read": "rk"}[use]
        return f"{begins}_{secrets.token_urlsafe(24)}"
    if use == "webhook":
        import base64

        return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    return secrets.token_urlsafe(32)


def _sum(key: str) -> str:
    # The keys are random and long: a plain sum cannot be turned back, and needs no salt.
    return f"sha256:{sha256(key.encode()).hexdigest()}"


def same_secret(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing of them."""
    return hmac.compare_digest(one.encode(), other.encode())


def _wrong(message: str, name: str, todo: str) -> SettingsError:
    return SettingsError(message, where=Where(column="name", value=name), todo=todo)
