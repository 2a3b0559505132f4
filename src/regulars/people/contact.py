"""How a customer may be named on a screen: the shop's own number, or masked personal fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.intake.vault import Vault
from regulars.kernel.mask import mask_email, mask_phone, mask_text
from regulars.people.as_of import AsOf


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer's masked fields; None where unknown or forgotten."""

    ref: str | None = None
    phone: str | None = None
    email: str | None = None


_AT_ONCE = 50_000
"""Customers whose fields are open at one time."""


def contacts(warehouse: Warehouse, vault: Vault, as_of: AsOf) -> dict[int, Contact]:
    """The masked fields of every customer who has sealed ones, known by the end of the day."""
    rows = warehouse.sql(
        f"""
        SELECT customer_id, sealed_for, arg_max(sealed, known_at) AS sealed FROM seals
        WHERE {as_of.has_come}
        GROUP BY customer_id, sealed_for, weight
        ORDER BY customer_id, weight, sealed_for = customer_id, max(known_at), sealed_for
        """
    )
    known: dict[int, Contact] = {}
    for part in _parts(rows):
        known |= _opened(part, vault)
    return known


def _parts(rows: pa.Table) -> Iterator[pa.Table]:
    """The rows in turn, never those of one customer apart."""
    customers = rows["customer_id"].to_numpy()
    first = np.append(np.flatnonzero(np.diff(customers, prepend=-1)), len(customers))
    bounds = [*first[:-1:_AT_ONCE].tolist(), len(customers)]
    for begin, end in pairwise(bounds):
        yield rows.slice(begin, end - begin)


def _opened(rows: pa.Table, vault: Vault) -> dict[int, Contact]:
    customers = rows["customer_id"].to_pylist()
    items = [
        (f"c:{number}", sealed)
        for number, sealed in zip(
            rows["sealed_for"].to_pylist(), rows["sealed"].to_pylist(), strict=True
        )
    ]
    merged: dict[int, dict[str, str]] = {}
    for customer, fields in zip(customers, vault.unseal(items), strict=True):
        # Rows come by weight, so what the customers file says overrides what orders carry; and
        # what came under the surviving number overrides what came under others.
        merged.setdefault(customer, {}).update(fields or {})
    return {customer: _masked(fields) for customer, fields in merged.items()}


def _masked(fields: dict[str, str]) -> Contact:
    phone, email = fields.get("phone"), fields.get("email")
    name = fields.get("customer_key") or fields.get("name")
    masked_phone = mask_phone(phone) if phone else None
    masked_email = mask_email(email) if email else None
    return Contact(
        ref=mask_text(name) if name else masked_phone or masked_email,
        phone=masked_phone,
        email=masked_email,
    )


def contact_columns(
    customer_ids: list[int],
    identities: list[str],
    is_personal: list[bool],
    known: dict[int, Contact],
) -> dict[str, pa.Array]:
    """The columns `ref`, `phone` and `email` of the people table.

    A customer whose number is the shop's own is shown by it; one whose number is personal by its
    mask; one who was forgotten by our number alone.
    """
    nobody = Contact()
    found = [known.get(customer, nobody) for customer in customer_ids]
    refs = [
        (contact.ref or f"#{customer}") if personal else identity
        for customer, identity, personal, contact in zip(
            customer_ids, identities, is_personal, found, strict=True
        )
    ]
    return {
        "ref": pa.array(refs, pa.string()),
        "phone": pa.array([contact.phone for contact in found], pa.string()),
        "email": pa.array([contact.email for contact in found], pa.string()),
    }
