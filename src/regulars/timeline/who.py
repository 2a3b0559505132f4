"""Whose history: a customer by our number, or by any id that the shop or a platform gave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.errors import NoSuchCustomer
from regulars.intake.identity import ids
from regulars.intake.personal import clear_email, clear_phone

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.vault import Vault

_DIGITS_OF_A_NUMBER = 19
_UNIONID_OPENID = (ids.UNIONID, "openid:")


@dataclass(frozen=True, slots=True)
class Person:
    """One customer under all of their numbers.

    Attributes:
        customer_id: by which the shop knows them today.
        numbers: every number that is this customer, that one first.
    """

    customer_id: int
    numbers: tuple[int, ...]


def person_of(warehouse: Warehouse, vault: Vault, told: str) -> Person:
    """The customer of this id: our number (`17` or `c:17`), or `NAMESPACE:KEY`.

    A namespace is a platform (`shop:1001`), `anonymous:shop`, `phone`, `email`, `unionid` or
    `openid:shop`; keys that are personal are looked up by their keyed hash.

    Raises:
        NoSuchCustomer: nobody has it.
    """
    present = _present(warehouse)
    bare = told.removeprefix("c:")
    number = _by_number(warehouse, bare, present) if _is_number(bare) else None
    if number is None:
        number = next(iter(_having(warehouse, list(identities_told(told, vault)), present)), None)
    if number is None:
        raise nobody(told)
    return _joined(warehouse, number, present)


def person_named(warehouse: Warehouse, vault: Vault, told: str) -> Person:
    """The same for people at a terminal, who may leave out the platform.

    As in `regulars people --customer`, the shop's own numbers go before ours.

    Raises:
        NoSuchCustomer: nobody has it, or several platforms have it.
    """
    present = _present(warehouse)
    spaces = [
        one
        for one in _namespaces(warehouse, present)
        if not ids.is_anonymous(one) and not one.startswith(_UNIONID_OPENID)
    ]
    wanted = [pair for space in spaces for pair in _of_namespace(space, told, vault)]
    found = {
        _joined(warehouse, one, present).customer_id for one in _having(warehouse, wanted, present)
    }
    if len(found) > 1:
        raise NoSuchCustomer(
            f"{len(found)} customers have the number {told!r} on different platforms",
            todo="put the platform before it, as in shop:1001",
        )
    if found:
        return joined(warehouse, found.pop())
    return person_of(warehouse, vault, told)


def joined(warehouse: Warehouse, number: int) -> Person:
    """The customer that a number belongs to by today, under all numbers."""
    return _joined(warehouse, number, _present(warehouse))


def _joined(warehouse: Warehouse, number: int, present: frozenset[str]) -> Person:
    if "merges" not in present:
        return Person(number, (number,))
    found = warehouse.sql(
        "SELECT customer_id, survivor FROM merges WHERE survivor ="
        " coalesce((SELECT max(survivor) FROM merges WHERE customer_id = $number), $number)"
        " ORDER BY 1",
        {"number": number},
    ).to_pylist()
    survivor = int(found[0]["survivor"]) if found else number
    others = (int(row["customer_id"]) for row in found)
    return Person(survivor, (survivor, *(one for one in others if one != survivor)))


def nobody(told: str) -> NoSuchCustomer:
    """The error that nobody has this id; it is not repeated, since it may be personal."""
    shown = told if _is_number(told) else "this id"
    return NoSuchCustomer(
        f"no customer has {'the number ' + repr(shown) if shown is told else shown}",
        todo="take customer_id from `regulars people`, or write PLATFORM:KEY, as in shop:1001",
    )


def _is_number(told: str) -> bool:
    return told.isascii() and told.isdigit() and len(told) < _DIGITS_OF_A_NUMBER


def _present(warehouse: Warehouse) -> frozenset[str]:
    return frozenset(warehouse.tables())


def _telling(present: frozenset[str]) -> list[str]:
    """The tables that tell whose an identity is."""
    return [name for name in ("identities", "customers") if name in present]


def _by_number(warehouse: Warehouse, told: str, present: frozenset[str]) -> int | None:
    number = int(told)
    for table in _telling(present):
        found = warehouse.sql(f"SELECT 1 FROM {table} WHERE customer_id = ? LIMIT 1", [number])
        if found.num_rows:
            return number
    return None


def identities_told(told: str, vault: Vault) -> Iterator[tuple[str, str]]:
    """The (namespace, identity) that `NAMESPACE:KEY` may stand for, the likeliest first."""
    parts = told.split(":")  # a namespace may have a colon itself
    for place in range(1, min(len(parts), 3)):
        yield from _of_namespace(":".join(parts[:place]), ":".join(parts[place:]), vault)


def _of_namespace(namespace: str, key: str, vault: Vault) -> Iterator[tuple[str, str]]:
    """The identities that a key may be in a namespace: as it is, and by its keyed hash."""
    key = key.strip()
    if not namespace or not key:
        return
    phone, email = clear_phone(key), clear_email(key)
    if namespace == ids.PHONE:
        if phone:
            yield namespace, vault.lookup(namespace, phone)
        return
    if namespace == ids.EMAIL:
        if email:
            yield namespace, vault.lookup(namespace, email)
        return
    if not namespace.startswith(_UNIONID_OPENID):
        yield namespace, key
    yield namespace, vault.lookup(namespace, email or key)
    # An account number that is a phone or an address may be kept as that key (ADR 3).
    if phone and len(phone) > len("123456789"):
        yield ids.PHONE, vault.lookup(ids.PHONE, phone)
    if email:
        yield ids.EMAIL, vault.lookup(ids.EMAIL, email)


def _having(
    warehouse: Warehouse, wanted: list[tuple[str, str]], present: frozenset[str]
) -> list[int]:
    """The numbers of the identities, in the order in which they are wanted."""
    if not wanted:
        return []
    found: dict[tuple[str, str], int] = {}
    for table in _telling(present):
        rows = warehouse.sql(
            f"SELECT DISTINCT namespace, identity, customer_id FROM {table}"
            " WHERE list_contains(?, identity)",
            [[identity for _, identity in wanted]],
        ).to_pylist()
        for row in rows:
            found.setdefault((row["namespace"], row["identity"]), int(row["customer_id"]))
    return list(dict.fromkeys(found[pair] for pair in wanted if pair in found))


def _namespaces(warehouse: Warehouse, present: frozenset[str]) -> list[str]:
    spaces: set[str] = set()
    for table in _telling(present):
        rows = warehouse.sql(f"SELECT DISTINCT namespace FROM {table}")["namespace"].to_pylist()
        spaces.update(one for one in rows if one is not None)
    return sorted(spaces)
