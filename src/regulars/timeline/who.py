"""Whose history: a customer by our number, or by any id that the shop or a platform gave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.errors import NoSuchCustomer
from regulars.intake.identity import ids
from regulars.intake.identity.link import IS_WORD
from regulars.intake.personal import clear_email, clear_phone

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.vault import Vault

_DIGITS_OF_A_NUMBER = 19
_DIGITS_SHOWN = 9
"""A number with more may be a phone."""
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


def person_of(
    warehouse: Warehouse, vault: Vault, told: str, present: frozenset[str] | None = None
) -> Person:
    """The customer of this id: our number (`17` or `c:17`), or `NAMESPACE:KEY`.

    A namespace is a platform (`shop:1001`), `anonymous:shop`, `phone`, `email`, `unionid` or
    `openid:shop`; keys that are personal are looked up by their keyed hash.

    Args:
        warehouse: of the shop.
        vault: of the shop.
        told: the id.
        present: names of the warehouse's tables, where they have been asked for already.

    Raises:
        NoSuchCustomer: nobody has it.
    """
    present = _present(warehouse) if present is None else present
    bare = told.removeprefix("c:")
    number = _by_number(warehouse, bare, present) if _is_number(bare) else None
    if number is not None:
        return _joined(warehouse, number, present)
    wanted = list(identities_told(as_text(told), vault))
    if found := _having(warehouse, wanted, present):
        return _joined(warehouse, found[0], present)
    return _only(warehouse, _beside(warehouse, wanted, present), told, present)


def person_named(warehouse: Warehouse, vault: Vault, told: str) -> Person:
    """The same for people at a terminal, who may leave out the platform.

    As in `regulars people --customer`, the shop's own numbers go before ours.

    Raises:
        NoSuchCustomer: nobody has it, or several platforms have it.
    """
    present = _present(warehouse)
    spaces = [
        one
        for one in sorted({*_namespaces(warehouse, present), ids.PHONE, ids.EMAIL})
        if not ids.is_anonymous(one) and not one.startswith(_UNIONID_OPENID)
    ]
    text = as_text(told)
    wanted = [pair for space in spaces for pair in _of_namespace(space, text, vault)]
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
    if beside := _beside(warehouse, wanted, present):
        return _only(warehouse, beside, told, present)
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
    shown = told if _is_number(told) and len(told) <= _DIGITS_SHOWN else "this id"
    return NoSuchCustomer(
        f"no customer has {'the number ' + repr(shown) if shown is told else shown}",
        todo="take customer_id from `regulars people`, or write PLATFORM:KEY, as in shop:1001",
    )


def as_text(told: str) -> str:
    """Without halves of pairs of surrogates, which stand for bytes that are no text."""
    return told.encode(errors="replace").decode()


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


def _beside(
    warehouse: Warehouse, wanted: list[tuple[str, str]], present: frozenset[str]
) -> list[int]:
    """The numbers beside which a key came that has none of its own, as in files of orders."""
    if not wanted or not {"identity_nodes", "identity_links"} <= present:
        return []
    keys = ", ".join(ids.node_sql("?", "?") for _ in wanted)
    # Of the words on a pair the latest holds, and `together` takes the others back.
    rows = warehouse.sql(
        f"""
        WITH near AS (
            SELECT unnest([one, other]) AS node, unnest([other, one]) AS key, how, "at",
                   {IS_WORD} AS is_word
            FROM identity_links WHERE one IN ({keys}) OR other IN ({keys})
        ), pairs AS (
            SELECT key, node,
                   coalesce(arg_max(how, row("at", how = 'apart')) FILTER (is_word), '') AS word,
                   bool_or(NOT is_word) AS is_told
            FROM near GROUP BY key, node
        )
        SELECT DISTINCT customer_id FROM pairs JOIN identity_nodes USING (node)
        WHERE key IN ({keys}) AND customer_id IS NOT NULL
          AND (word = 'alias' OR (is_told AND word <> 'apart'))
        ORDER BY 1
        """,
        [part for pair in wanted for part in pair] * 3,
    ).to_pylist()
    return [int(row["customer_id"]) for row in rows]


def _only(warehouse: Warehouse, numbers: list[int], told: str, present: frozenset[str]) -> Person:
    """The one customer of these numbers.

    Raises:
        NoSuchCustomer: there is none, or there are several.
    """
    people = {person.customer_id: person
              for person in (_joined(warehouse, one, present) for one in numbers)}  # fmt: skip
    if len(people) > 1:
        raise NoSuchCustomer(
            f"{len(people)} customers came with this phone or address, and it is none's alone",
            todo="name one by the account, as in shop:1001",
        )
    if not people:
        raise nobody(told)
    return people.popitem()[1]


def _namespaces(warehouse: Warehouse, present: frozenset[str]) -> list[str]:
    spaces: set[str] = set()
    for table in _telling(present):
        rows = warehouse.sql(f"SELECT DISTINCT namespace FROM {table}")["namespace"].to_pylist()
        spaces.update(one for one in rows if one is not None)
    return sorted(spaces)
