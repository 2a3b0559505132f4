"""Changes of who may do what: each with its row of the journal, in one transaction.

Whoever changes something needs the scope `access:admin` (but for their own password), may give away
only what they have themselves, and the last owner stays.
Nothing secret comes into the journal: keys stand there by their public part, passwords not at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from regulars.access.passwords import check_password, hash_password, is_outdated, is_right, nobodys
from regulars.access.principal import COMMAND_LINE, Principal
from regulars.access.scopes import SCOPES, check_roles, check_scopes, scopes_of_roles
from regulars.access.tokens import digest, new_key, new_token
from regulars.engines.store import Connection
from regulars.engines.store_access import AccessRows, KeyRow, OperatorRow, SessionRow
from regulars.errors import AccessInvalid, AccessRefused, NotKnown, UnknownValue, Where
from regulars.ledger.command import NEVER
from regulars.ledger.ledger import Ledger

ENDS_MICROSECONDS = 12 * 3_600_000_000
"""A session lasts no longer, however much it is used."""

AT_THE_MACHINE = Principal("anybody", COMMAND_LINE, frozenset(SCOPES), ("owner",))
"""Who sits at the command line can read the store itself, and so may do all this."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FAILURES_EVERY = 60_000_000


@dataclass(frozen=True, slots=True)
class Made:
    """A key that was made; `text` is told this once."""

    name: str
    key_id: str
    text: str
    scopes: tuple[str, ...]
    expires_at: int


class Changes:
    """What may be changed, by somebody.

    Args:
        ledger: in whose journal it is told.
        who: who changes it.
        shop: the shop's name, which no password may repeat.
    """

    def __init__(self, ledger: Ledger, who: Principal = AT_THE_MACHINE, shop: str = "") -> None:
        self._ledger = ledger
        self._who = who
        self._shop = shop
        self._by = COMMAND_LINE if who is AT_THE_MACHINE else who.by

    # Keys.

    def make_key(self, name: str, scopes: Iterable[str], expires_at: int = NEVER) -> Made:
        """Make a key; a name may have several, so that a new one comes in before the old one goes.

        Args:
            name: whose it is: lower case letters, digits, `.`, `-`, `_`.
            scopes: what it may do.
            expires_at: UTC microseconds.

        Raises:
            AccessInvalid: the name is none, there is no scope, or it has expired already.
            AccessRefused: whoever makes it has not these scopes themselves.
            UnknownValue: a scope is none.
        """
        granted = tuple(sorted(check_scopes(scopes)))
        _check_name(name)
        if not granted:
            raise _wrong("scopes", "", "a key needs a scope at least", "see: regulars access roles")
        if expires_at <= self._ledger.now():
            raise _wrong("expires", str(expires_at), "it would have expired already", "say later")
        self._may_give(granted)
        key = new_key()
        now = self._ledger.now()

        def write(connection: Connection, _n: int) -> None:
            AccessRows(connection).add_key(
                KeyRow(key.key_id, name, key.digest, " ".join(granted), now, expires_at, 0)
            )

        detail: dict[str, object] = {
            "name": name, "key_id": key.key_id, "scopes": list(granted),
        }  # fmt: skip
        if expires_at != NEVER:
            detail["expires_at"] = expires_at
        self._ledger.record("access.key_made", detail, self._by, write)
        return Made(name, key.key_id, key.text, granted, expires_at)

    def revoke(self, name: str, key_id: str | None = None) -> list[str]:
        """Revoke a name's keys, or one of them; the ids of those revoked come back.

        Raises:
            UnknownValue: there is no such name, or no such key of it that is good.
            AccessRefused: the key may more than whoever revokes it.
        """
        with self._ledger.store.read() as connection:
            keys = [row for row in AccessRows(connection).api_keys() if not row.revoked_at]
        of_name = [row for row in keys if row.name == name]
        if not of_name:
            raise UnknownValue.of("name of a key", name, sorted({row.name for row in keys}))
        gone = [row for row in of_name if key_id in (None, row.key_id)]
        if not gone:
            raise UnknownValue.of("key of it", key_id or "", [row.key_id for row in of_name])
        for row in gone:
            self._may_give(row.scopes.split())
        key_ids = [row.key_id for row in gone]
        now = self._ledger.now()

        def write(connection: Connection, _n: int) -> None:
            AccessRows(connection).revoke_keys(key_ids, now)

        self._ledger.record(
            "access.key_revoked", {"name": name, "key_ids": key_ids}, self._by, write
        )
        return key_ids

    # Operators.

    def add_operator(self, name: str, password: str, roles: Iterable[str]) -> None:
        """Make an operator.

        Raises:
            AccessInvalid: the name is none or taken, there is no role, or the password is weak.
            AccessRefused: whoever makes them has not their roles' scopes themselves.
            UnknownValue: a role is none.
        """
        _check_name(name)
        given = self._roles(roles)
        check_password(password, name, self._shop)
        kept = hash_password(password)
        now = self._ledger.now()

        def write(connection: Connection, _n: int) -> None:
            rows = AccessRows(connection)
            if any(row.name == name for row in rows.operators()):
                raise _wrong("name", name, "there is an operator of this name", "choose another")
            rows.add_operator(OperatorRow(name, kept, " ".join(given), now, now))

        detail = {"operator": name, "roles": list(given)}
        self._ledger.record("access.operator_made", detail, self._by, write)

    def change_password(self, name: str, password: str) -> None:
        """Set an operator's password; all their sessions end.

        Raises:
            AccessInvalid: the password is weak.
            AccessRefused: the operator may more than whoever changes it.
            UnknownValue: there is no such operator.
        """
        check_password(password, name, self._shop)
        kept = hash_password(password)
        now = self._ledger.now()

        def write(rows: AccessRows, before: OperatorRow) -> None:
            if self._by != f"operator:{name}":
                self._may_give(scopes_of_roles(before.roles.split()))
            rows.change_operator(name, now, password=kept)
            rows.end_sessions_of(name)

        self._change(name, "access.password_changed", {}, write)

    def change_roles(self, name: str, roles: Iterable[str]) -> None:
        """Set an operator's roles; all their sessions end.

        Raises:
            AccessRefused: whoever changes them has not these scopes, or it is the last owner.
            UnknownValue: a role is none, or there is no such operator.
        """
        given = self._roles(roles)
        now = self._ledger.now()

        def write(rows: AccessRows, before: OperatorRow) -> None:
            self._may_give(scopes_of_roles(before.roles.split()))
            if "owner" not in given:
                _check_owner_left(rows, before)
            rows.change_operator(name, now, roles=" ".join(given))
            rows.end_sessions_of(name)

        self._change(name, "access.roles_changed", {"roles": list(given)}, write)

    def remove_operator(self, name: str) -> None:
        """Remove an operator; all their sessions end.

        Raises:
            AccessRefused: they may more than whoever removes them, or it is the last owner.
            UnknownValue: there is no such operator.
        """

        def write(rows: AccessRows, before: OperatorRow) -> None:
            self._may_give(scopes_of_roles(before.roles.split()))
            _check_owner_left(rows, before)
            rows.end_sessions_of(name)
            rows.remove_operator(name)

        self._change(name, "access.operator_removed", {}, write)

    def _change(
        self,
        name: str,
        kind: str,
        detail: dict[str, object],
        write: Callable[[AccessRows, OperatorRow], None],
    ) -> None:
        def do(connection: Connection, _n: int) -> None:
            rows = AccessRows(connection)
            found = {row.name: row for row in rows.operators()}
            if name not in found:
                raise UnknownValue.of("operator", name, sorted(found))
            write(rows, found[name])

        self._ledger.record(kind, {"operator": name, **detail}, self._by, do)

    def _roles(self, roles: Iterable[str]) -> tuple[str, ...]:
        given = check_roles(roles)
        if not given:
            raise _wrong("roles", "", "an operator needs a role at least", "see: access roles")
        self._may_give(scopes_of_roles(given))
        return given

    def _may_give(self, scopes: Iterable[str]) -> None:
        if "access:admin" not in self._who.scopes:
            raise AccessRefused(
                f"this needs the scope access:admin, which {self._by} has not", todo="ask an owner"
            )
        beyond = sorted(set(scopes) - self._who.scopes)
        if beyond:
            raise AccessRefused(
                f"nobody gives or takes what they have not themselves: {', '.join(beyond)}",
                todo="ask an owner",
            )


class Logins:
    """Sessions: begun by a password, ended by whoever has them.

    Args:
        ledger: in whose journal it is told.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._told_at = 0
        self._failed: dict[str, int] = {}
        nobodys()  # made now: the first unknown name would take twice as long

    def begin(self, name: str, password: str) -> tuple[str, SessionRow]:
        """The token of a new session, told this once.

        Somebody unknown costs as much time as somebody known, and is told the same. Limits on how
        often it may be tried stand before this (`limits.Rates.check_login`).

        Raises:
            NotKnown: there is no such operator, or this is not their password.
        """
        nobody = nobodys()
        with self._ledger.store.read() as connection:
            found = {row.name: row for row in AccessRows(connection).operators()}.get(name)
        if not is_right(found.password if found else nobody, password) or found is None:
            self._tell_failure(name if found else "somebody unknown")
            raise NotKnown(
                "this is no operator's name and password",
                todo="try again, or have an owner set a new one: regulars access password NAME",
            )
        renewed = hash_password(password) if is_outdated(found.password) else ""
        token = new_token()
        now = self._ledger.now()
        session = SessionRow(digest(token), name, now, now, now + ENDS_MICROSECONDS)
        changed_at = found.changed_at

        def write(connection: Connection, _n: int) -> None:
            rows = AccessRows(connection)
            today = {row.name: row for row in rows.operators()}.get(name)
            if today is None or today.changed_at != changed_at:
                raise NotKnown("the operator has been changed meanwhile", todo="log in again")
            if renewed:
                rows.change_operator(name, changed_at, password=renewed)
            rows.add_session(session)

        self._ledger.record("access.session_begun", {"operator": name}, f"operator:{name}", write)
        return token, session

    def end(self, session: SessionRow) -> None:
        """End a session; one that has ended stays so."""

        def write(connection: Connection, _n: int) -> None:
            AccessRows(connection).end_session(bytes(session.digest))

        self._ledger.record(
            "access.session_ended",
            {"operator": session.operator},
            f"operator:{session.operator}",
            write,
        )

    def seen(self, session: SessionRow) -> None:
        """Note that a session was used; nothing is told of that."""
        self._ledger.beside(
            lambda connection: AccessRows(connection).seen(bytes(session.digest), session.seen_at)
        )

    def _tell_failure(self, name: str) -> None:
        """Failures are counted, and told once a minute: guessers fill no journal.

        It is one minute for all names: a commit takes time, and one for each name would tell a
        guesser which names there are.
        """
        self._failed[name] = self._failed.get(name, 0) + 1
        now = self._ledger.now()
        if now - self._told_at < _FAILURES_EVERY:
            return
        told, self._failed, self._told_at = self._failed, {}, now
        self._ledger.record(
            "access.login_failed", {"times": told}, "anybody", lambda _connection, _n: None
        )


def _check_owner_left(rows: AccessRows, gone: OperatorRow) -> None:
    owners = [row.name for row in rows.operators() if "owner" in row.roles.split()]
    if owners == [gone.name]:
        raise AccessRefused(
            "this is the last owner",
            where=Where(column="operator", value=gone.name),
            todo="make another owner first: regulars access operator NAME --role owner",
        )


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise _wrong("name", name, "this is no name", "take a-z, 0-9, . - and _")


def _wrong(column: str, value: str, message: str, todo: str) -> AccessInvalid:
    return AccessInvalid(message, where=Where(column=column, value=value), todo=todo)
