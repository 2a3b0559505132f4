"""Who is who, asked: whose a number is, which ids are joined and why, which keys several share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from regulars.errors import NoSuchCustomer, NotUnderstood
from regulars.intake.identity.ids import EMAIL, PHONE, UNIONID, is_anonymous
from regulars.intake.personal import clear_email, clear_phone
from regulars.intake.sources import ALL
from regulars.kernel.mask import mask_email, mask_phone, mask_text
from regulars.permission.assignment import NOT_MERGED, Merged
from regulars.timeline.who import as_text, identities_told

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.vault import Vault

_DIGITS_OF_A_NUMBER = 19
_SHOWN_OF_A_SUM = 6
_SHOWN_OF_A_DEVICE = 4


@dataclass(frozen=True, slots=True)
class Person:
    """One customer and all ids that are taken for it.

    Attributes:
        customer_id: the number that survives.
        asked: the number that was asked for.
        ids: one row per id: number (null for a key that has none), kind (its namespace), id (masked
            where personal), why, since; the survivor first.
        shared: keys that came with these ids and join nothing: kind, id, why, others (with how many
            other ids each came).
    """

    customer_id: int
    asked: int
    ids: pa.Table
    shared: pa.Table

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "customer_id": self.customer_id,
            "asked": self.asked,
            "ids": self.ids.to_pylist(),
            "shared": self.shared.to_pylist(),
        }


def merged_numbers(warehouse: Warehouse) -> Merged:
    """All numbers that are another one's by now."""
    if not warehouse.has("merges"):
        return NOT_MERGED
    found = warehouse.sql("SELECT customer_id, survivor FROM merges ORDER BY customer_id")
    return Merged(
        found["customer_id"].to_numpy().astype(np.int64),
        found["survivor"].to_numpy().astype(np.int64),
    )


def survivor_of(warehouse: Warehouse, number: int) -> int:
    """The number under which the customer of this number is known."""
    if not warehouse.has("merges"):
        return number
    found = warehouse.sql("SELECT survivor FROM merges WHERE customer_id = ?", [number])
    return int(found["survivor"][0].as_py()) if found.num_rows else number


def earlier_of(warehouse: Warehouse, survivor: int) -> tuple[int, ...]:
    """The numbers that have become this one."""
    if not warehouse.has("merges"):
        return ()
    found = warehouse.sql("SELECT customer_id FROM merges WHERE survivor = ?", [survivor])
    return tuple(sorted(found["customer_id"].to_pylist()))


def survivors_of(warehouse: Warehouse, known: str = "") -> dict[str, Any]:
    """All numbers that are another one's by now, for who has no warehouse.

    Args:
        warehouse: of the shop.
        known: the `state` that came with the last answer.

    Returns:
        `state`, another text whenever they are others; and unless that is known, `numbers` and, in
        the same order, `survivors`.
    """
    if not warehouse.has("merges"):
        return {"state": "none"} | ({} if known == "none" else {"numbers": [], "survivors": []})
    with warehouse.snapshot():
        of_both = "hash(customer_id, survivor)"
        told = warehouse.sql(f"SELECT count(*) AS n, bit_xor({of_both}) AS digest FROM merges")
        state = f"{told['n'][0].as_py()}-{told['digest'][0].as_py()}"
        if state == known:
            return {"state": state}
        rows = warehouse.sql("SELECT customer_id, survivor FROM merges")
    return {
        "state": state,
        "numbers": rows["customer_id"].to_pylist(),
        "survivors": rows["survivor"].to_pylist(),
    }


def numbers_of(warehouse: Warehouse, vault: Vault, name: str) -> list[int]:
    """Our numbers of an id: an account number or name, a phone, an address, an openid, a device.

    A key that came beside account numbers only has none of its own; then it is theirs. Where
    several platforms have the number, `PLATFORM:KEY` names one. Nothing is opened: what is personal
    is found by its keyed hash.
    """
    if not warehouse.has("identity_nodes"):
        return []
    name = as_text(name)
    spaces = warehouse.sql(
        "SELECT namespace FROM identities UNION SELECT namespace FROM identity_nodes"
    )["namespace"].to_pylist()
    clear = {PHONE: clear_phone(name), EMAIL: clear_email(name)}
    texts = {name.strip()}
    texts |= {
        vault.lookup(space, plain) for space in spaces if (plain := clear.get(space, name.strip()))
    }
    # An account's name may have a colon itself, so NAMESPACE:KEY is understood after it.
    return _having(warehouse, "identity", texts) or _having(
        warehouse,
        "namespace || ':' || identity",
        {f"{space}:{identity}" for space, identity in identities_told(name, vault)},
    )


def _having(warehouse: Warehouse, told: str, wanted: set[str]) -> list[int]:
    """Our numbers of the ids of which this is told."""
    found = warehouse.sql(
        f"SELECT customer_id FROM identities WHERE list_contains(?, {told}) ORDER BY customer_id",
        [sorted(wanted)],
    )
    if not found.num_rows:
        found = warehouse.sql(
            f"""
            SELECT DISTINCT one.customer_id
            FROM (SELECT node FROM identity_nodes WHERE list_contains(?, {told})) key
            JOIN identity_links link ON link.other = key.node
            JOIN identity_nodes one ON one.node = link.one
            WHERE one.customer_id IS NOT NULL AND how <> 'apart' ORDER BY 1
            """,
            [sorted(wanted)],
        )
    return [int(number) for number in found["customer_id"].to_pylist()]


def number_of(warehouse: Warehouse, vault: Vault, name: str) -> int:
    """Our number of the one customer whom an id or a number of ours names.

    Raises:
        NoSuchCustomer: nobody has it, or several customers have.
    """
    found = numbers_of(warehouse, vault, name)
    people = {survivor_of(warehouse, number) for number in found}
    if len(people) > 1:
        listed = ", ".join(map(str, sorted(people)))
        raise NoSuchCustomer(
            f"{name!r} is an id of several customers: {listed}",
            todo="name one by its number, c:NUMBER, or put the platform before it, as in shop:1001",
        )
    if found:
        return found[0]
    bare = name.strip().removeprefix("c:")
    if bare.isascii() and bare.isdigit() and len(bare) < _DIGITS_OF_A_NUMBER:
        known = warehouse.sql(
            "SELECT customer_id FROM identities WHERE customer_id = ?", [int(bare)]
        )
        if known.num_rows:
            return int(bare)
    raise NoSuchCustomer(
        f"no customer has the id {name!r}",
        todo="take customer_id or ref from `regulars people`, or write the id in full, as it"
        " came in or as PLATFORM:KEY",
    )


def who_is(warehouse: Warehouse, vault: Vault, name: str) -> Person:
    """Which ids are one customer's, and why.

    Raises:
        NoSuchCustomer: nobody has this id.
    """
    asked = number_of(warehouse, vault, name)
    survivor = survivor_of(warehouse, asked)
    rows = warehouse.sql(
        """
        SELECT id.customer_id AS number, namespace AS kind, identity AS id, why,
               merges."at" AS since
        FROM identities id LEFT JOIN merges USING (customer_id)
        WHERE id.customer_id = ? OR survivor = ?
        ORDER BY survivor IS NOT NULL, since NULLS LAST, kind, id
        """,
        [survivor, survivor],
    )
    shared = warehouse.sql(
        f"""
        WITH own AS (SELECT node FROM identity_nodes WHERE list_contains(?, customer_id)),
        near AS (
            SELECT other AS node FROM identity_links WHERE one IN (FROM own)
            UNION SELECT one FROM identity_links WHERE other IN (FROM own)
            UNION FROM own
        )
        {_SHARED} WHERE shared.node IN (FROM near) {_IN_ORDER}
        """,
        [rows["number"].to_pylist()],
    )
    known = _masks(warehouse, vault, survivor)
    return Person(survivor, asked, _masked(rows, known), _masked(shared, known))


def shared_keys(warehouse: Warehouse) -> pa.Table:
    """Keys and devices that several share: kind, id (masked), why, others, number.

    `why` tells what follows: `runaway` and `shared` join nothing, a `device` goes to the account
    that came first. `others` counts the ids that came with it.
    """
    if not warehouse.has("shared_keys"):
        raise NotUnderstood("nothing has come in yet", todo="run `regulars understand`")
    return _masked(warehouse.sql(f"{_SHARED} {_IN_ORDER}"), {})


def identity_notes(warehouse: Warehouse) -> list[str]:
    """How many numbers are joined, and how many keys too many share, in words; none if none."""
    if not warehouse.has("merges"):
        return []
    merged = warehouse.sql("SELECT count(*) AS n, count(DISTINCT survivor) AS m FROM merges")
    numbers, people = int(merged["n"][0].as_py()), int(merged["m"][0].as_py())
    cut = warehouse.sql("SELECT count(*) AS n FROM shared_keys WHERE why = 'runaway'")
    runaway = int(cut["n"][0].as_py())
    notes = []
    if numbers:
        notes.append(
            f"Numbers of one person joined: {numbers:,}, to {people:,} of the customers"
            " (`regulars identity CUSTOMER` tells why)."
        )
    if runaway:
        notes.append(
            f"Keys that too many share, so that they join nobody: {runaway:,}"
            " (`regulars identity shared`; [identity] runaway_at)."
        )
    return notes


_SHARED = """
    SELECT shared.namespace AS kind, node.identity AS id, shared.why, (
               SELECT count(DISTINCT met.node) FROM (
                   SELECT one AS node FROM identity_links WHERE other = shared.node
                   UNION SELECT other FROM identity_links WHERE one = shared.node
               ) met JOIN identity_nodes USING (node)
               WHERE NOT starts_with(namespace, 'anonymous:')
           ) AS others, node.customer_id AS number
    FROM shared_keys shared JOIN identity_nodes node USING (node)
"""
_IN_ORDER = "ORDER BY others DESC, kind, id"


def _masks(warehouse: Warehouse, vault: Vault, survivor: int) -> dict[str, str]:
    """The personal ids of a customer as they may be shown, by their keyed hash."""
    if not warehouse.has("seals"):
        return {}
    rows = warehouse.sql("SELECT sealed_for, sealed FROM seals WHERE customer_id = ?", [survivor])
    sealed = zip(rows["sealed_for"].to_pylist(), rows["sealed"].to_pylist(), strict=True)
    spaces = {one.platform for one in ALL if one.key_is_personal}
    found: dict[str, str] = {}
    for fields in vault.unseal([(f"c:{number}", one) for number, one in sealed]):
        told = fields or {}
        name = told.get("customer_key")
        if name:
            shown = mask_email(name) if "@" in name else mask_text(name)
            found |= {vault.lookup(space, name): shown for space in spaces}
        for given in (told.get("phone"), name):
            if given and (phone := clear_phone(given)):
                found[vault.lookup(PHONE, phone)] = mask_phone(phone)
        for given in (told.get("email"), name):
            if given and (email := clear_email(given)):
                found[vault.lookup(EMAIL, email)] = mask_email(email)
    return found


def _masked(rows: pa.Table, known: dict[str, str]) -> pa.Table:
    """The rows with `id` as it may be shown: a sum shortened where nothing better is known."""
    personal = {PHONE, EMAIL, UNIONID, *(one.platform for one in ALL if one.key_is_personal)}

    def shown(kind: str, identity: str) -> str:
        if identity in known:
            return known[identity]
        if kind in personal or kind.startswith("openid:"):
            return f"…{identity[-_SHOWN_OF_A_SUM:]}"
        if is_anonymous(kind):
            return f"{identity[:_SHOWN_OF_A_DEVICE]}…"
        return identity

    pairs = zip(rows["kind"].to_pylist(), rows["id"].to_pylist(), strict=True)
    place = rows.column_names.index("id")
    return rows.set_column(place, "id", pa.array([shown(*pair) for pair in pairs], pa.string()))
