"""Whose a message is: the ids it carries, its node and the links that it tells.

An account number or visitor's number that is an e-mail address or a phone is that key, by its hash.
The links of a message lead from the id it goes by to each of its others (`identity.ids.decider`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa

from regulars.intake.events import any_json
from regulars.intake.events.decode import text_of
from regulars.intake.events.land import ADDRESS_IS_ACCOUNT
from regulars.intake.events.land_sources import keeps_accounts_secret
from regulars.intake.events.message import Id, Message
from regulars.intake.identity import ids
from regulars.intake.identity.ids import MADE_UP, Identity
from regulars.intake.identity.link import SCHEMA
from regulars.intake.personal import clear_email, clear_phone, field_told_by
from regulars.intake.vault import Vault

_REMEMBERED = 1 << 18
_TELLING = re.compile(r"[@*＊+]|^[\s(]*(?:00)?(?:86)?[\s().-]*[1１]")
_MADE_UP = re.compile(MADE_UP)
_LONGEST = 512
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_KEYS = {
    "phone": ("phone", "phoneNumber", "phone_number", "mobile"),
    "email": ("email", "emailAddress", "email_address"),
    "unionid": ("unionid", "unionId", "union_id"),
    "openid": ("openid", "openId", "open_id"),
}

_PROVED = ("Verified", "_verified")
"""What follows the name of a trait in the name of one that says it is proved."""

Link = tuple[Identity, Identity, str, bool, int, str]
"""One, other, how, whether verified, when (UTC microseconds), and the connection."""


class Who:
    """The ids of messages; what was hashed lately is remembered."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._accounts: dict[tuple[str, Id], Identity | None] = {}
        self._visitors: dict[tuple[str, Id], Identity | None] = {}
        self._links: dict[tuple[Identity, Identity, str, bool, str], int] = {}

    def account(self, platform: str, number: Id) -> Identity | None:
        """The id of an account number; None if it is nobody's."""
        key = (platform, number)
        if key not in self._accounts:
            if len(self._accounts) > _REMEMBERED:
                self._accounts.clear()
            self._accounts[key] = self._account(platform, text_of(number))
        return self._accounts[key]

    def visitor(self, platform: str, number: Id) -> Identity | None:
        """The id of a visitor's number; None if it is nobody's."""
        key = (platform, number)
        if key not in self._visitors:
            if len(self._visitors) > _REMEMBERED:
                self._visitors.clear()
            self._visitors[key] = self._key_or(ids.anonymous(platform), text_of(number))
        return self._visitors[key]

    def _account(self, platform: str, number: str | None) -> Identity | None:
        if number is not None and keeps_accounts_secret(platform):
            plain = number.strip()
            if not ids.is_nobody(plain) and ("@" in plain or platform not in ADDRESS_IS_ACCOUNT):
                return platform, self._vault.lookup(platform, plain)
        return self._key_or(platform, number)

    def _key_or(self, namespace: str, number: str | None) -> Identity | None:
        if number is None or ids.is_nobody(number):
            return None
        plain = number.strip()[:_LONGEST]
        if _TELLING.search(plain):
            told = field_told_by(plain)
            if told == "masked":
                return None
            if told is not None:
                return self._hashed(told, plain)
        return namespace, plain

    def _hashed(self, kind: str, value: str) -> Identity | None:
        clear = clear_phone(value) if kind == ids.PHONE else clear_email(value)
        return None if clear is None else (kind, self._vault.lookup(kind, clear))

    def of(
        self, message: Message, platform: str, traits: bytes | None, *, is_public: bool = False
    ) -> list[Identity]:
        """The ids of a message, the one that it goes by first.

        Anybody can send by a public key, and what anybody says must join nobody to another: such
        a message carries one id, and the visitor's beside it.
        """
        found = []
        if message.user_id is not None and (one := self.account(platform, message.user_id)):
            found.append(one)
        if message.anonymous_id is not None and (
            one := self.visitor(platform, message.anonymous_id)
        ):
            found.append(one)
        if traits is not None:
            found += self._told(platform, traits)
        if len(found) > 1:
            found = list(dict.fromkeys(found))
            first = ids.decider(found)
            found.sort(key=lambda one: one != first)
            if is_public:
                found = [one for one in found if one == first or ids.is_anonymous(one[0])]
        return found

    def _told(self, platform: str, traits: bytes) -> list[Identity]:
        """The keys among the traits of a person."""
        try:
            told = any_json.read(traits)
        except msgspec.DecodeError:
            return []
        if not isinstance(told, dict):
            return []
        found = []
        for kind, names in _KEYS.items():
            value = next((told[name] for name in names if told.get(name) not in (None, "")), None)
            text = text_of(value) if isinstance(value, str | int | float) else None
            if text is None or ids.is_nobody(text):
                continue
            one: Identity | None
            if kind in (ids.PHONE, ids.EMAIL):
                one = self._hashed(kind, text)
            else:
                namespace = ids.UNIONID if kind == "unionid" else ids.openid(platform)
                one = namespace, self._vault.lookup(namespace, text.strip())
            if one is not None:
                found.append(one)
        return found

    def _verified(self, traits: bytes) -> set[Identity]:
        """The phone and address that are proved to be the person's, as the sender says."""
        if b"erified" not in traits:
            return set()
        try:
            told = any_json.read(traits)
        except msgspec.DecodeError:
            return set()
        found = set()
        for kind in (ids.PHONE, ids.EMAIL) if isinstance(told, dict) else ():
            names = [f"{name}{end}" for name in _KEYS[kind] for end in _PROVED]
            proved = any(told.get(name) is True for name in names)
            value = next((told[name] for name in _KEYS[kind] if told.get(name)), None)
            text = text_of(value) if isinstance(value, str | int) else None
            if proved and text is not None and (one := self._hashed(kind, text)) is not None:
                found.add(one)
        return found

    def links(
        self,
        message: Message,
        carried: Sequence[Identity],
        platform: str,
        at: int,
        connection: str,
        traits: bytes | None = None,
        *,
        is_public: bool = False,
    ) -> list[Link]:
        """What a message links, but for what was told lately."""
        pairs = [(carried[0], other, "together") for other in carried[1:]]
        verified = set() if traits is None or is_public else self._verified(traits)
        if message.type == "alias" and carried:
            former = self._former(platform, message.previous_id)
            if is_public:
                former = [one for one in former if ids.is_anonymous(one[0])]
            pairs += [(carried[0], other, "alias") for other in former]
        found = []
        for one, other, how in pairs:
            if one == other:
                continue
            is_verified = how == "together" and other in verified
            key = (one, other, how, is_verified, connection)
            known = self._links.get(key)
            if known is not None and known <= at:
                continue
            found.append((one, other, how, is_verified, at, connection))
        return found

    def remember(self, links: Iterable[Link]) -> None:
        """The links are kept: telling them again adds nothing."""
        if len(self._links) > _REMEMBERED:
            self._links.clear()
        for one, other, how, verified, at, connection in links:
            self._links[one, other, how, verified, connection] = at

    def _former(self, platform: str, number: Id) -> list[Identity]:
        """What a previous id may be: a visitor's, or an account's if a person chose it."""
        visitor = self.visitor(platform, number)
        text = text_of(number)
        if visitor is None or text is None:
            return []
        if _MADE_UP.fullmatch(text):
            return [visitor]
        account = self.account(platform, number)
        return [one for one in (account, visitor) if one is not None]


def link_table(links: Iterable[Link]) -> pa.Table:
    """Links as landing and `identity.live` have them, each once, since when it was first told."""
    first: dict[tuple[Identity, Identity, str, bool, str], int] = {}
    for one, other, how, verified, at, connection in links:
        key = (one, other, how, verified, connection)
        first[key] = min(at, first.get(key, at))
    rows: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    for (one, other, how, verified, connection), at in first.items():
        cells = (*one, *other, how, verified, _EPOCH + timedelta(microseconds=at), connection)
        for name, cell in zip(SCHEMA.names, cells, strict=True):
            rows[name].append(cell)
    return pa.table(rows, schema=SCHEMA)
