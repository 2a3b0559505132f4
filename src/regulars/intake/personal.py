"""Personal fields out of the records: hashed where they identify, and set aside for sealing.

>>> clear_phone("+86 138-1234-5678"), clear_phone("138****5678"), clear_phone("##密文==")
('13812345678', None, None)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from regulars.intake.recognise import Bound
from regulars.intake.records import Kind, columns_of
from regulars.intake.vault import Vault

_Hash = Callable[[str], str | None]

_MOBILE = re.compile(r"(\+?86)?1[3-9]\d{9}")
_PHONE = re.compile(r"^\+?\d{6,15}$")
_FULL_WIDTH = {0xFF10 + digit: 0x30 + digit for digit in range(10)}


def clear_phone(phone: str) -> str | None:
    """The phone in one spelling, or None where the platform has masked or encrypted it."""
    digits = re.sub(r"[\s()\-.]", "", phone.translate(_FULL_WIDTH))
    if not _PHONE.match(digits):
        return None
    digits = digits.removeprefix("+").removeprefix("00")
    mainland = re.fullmatch(r"(?:86)?(1\d{10})", digits)
    return mainland[1] if mainland else digits


def clear_email(email: str) -> str | None:
    """The address in one spelling, or None where it is none."""
    plain = email.strip().lower()
    return plain if re.fullmatch(r"[^@\s*]+@[^@\s*]+\.[^@\s*]+", plain) else None


@dataclass(frozen=True, slots=True)
class Protected:
    """Records without personal fields.

    In their place stand `namespace` and `identity` (whose record it is; both null for guests),
    `phone_hash`, `email_hash` and, for orders and lines, `recipient` (a pseudonym of the end user).
    `to_seal` has the personal fields of each row by name, or is None where the source has none.
    """

    records: pa.Table
    to_seal: list[dict[str, str]] | None


def protect(records: pa.Table, bound: Bound, vault: Vault) -> Protected:
    """Take personal fields out of the records of people (see `Protected`)."""
    source = bound.source
    personal = [
        column.name
        for column in columns_of(source.record)
        if column.personal and column.name in bound.headers
    ]
    rows = records.num_rows
    nothing = pa.nulls(rows, pa.string())
    hashed = {"phone_hash": nothing, "email_hash": nothing}
    for name, clear in (("phone", clear_phone), ("email", clear_email)):
        if name in personal:
            hashed[f"{name}_hash"] = _each(records[name], _hasher(vault, name, clear))
    key = records["customer_key"]
    telling: list[dict[str, str]] | None = None
    if source.key_is_personal:
        key_hash = _each(key, _hasher(vault, source.platform))
    elif any(_field_told_by(value) for value in key.unique().to_pylist()):
        key_hash, telling = _split_telling_keys(key, hashed, vault)
    else:
        key_hash = key
    identified = _identify(records, source.customer_namespace, key_hash, hashed)
    if source.record in (Kind.ORDER, Kind.LINE):
        identified = identified.append_column("recipient", _recipients(records, personal, vault))
    to_seal = None
    if personal or telling or (source.key_is_personal and "customer_key" in bound.headers):
        kept = [*personal, *(["customer_key"] if source.key_is_personal else [])]
        to_seal = [
            {name: value for name, value in row.items() if value}
            for row in (records.select(kept).to_pylist() if kept else [{}] * rows)
        ]
        if telling:
            to_seal = [{**told, **row} for told, row in zip(telling, to_seal, strict=True)]
    out = [column.name for column in columns_of(source.record) if column.personal]
    keep = [name for name in identified.column_names if name not in (*out, "customer_key")]
    return Protected(identified.select(keep), to_seal)


def _field_told_by(key: str | None) -> str | None:
    """`phone` or `email` where a customer number is one: it gives the person away."""
    if key is None:
        return None
    if _MOBILE.fullmatch(key):
        return "phone"
    return "email" if clear_email(key) else None


def _split_telling_keys(
    key: pa.ChunkedArray, hashed: dict[str, pa.ChunkedArray], vault: Vault
) -> tuple[pa.ChunkedArray, list[dict[str, str]]]:
    """Keys that are phones or addresses become such; the others stay. `hashed` is completed."""
    plain = _each(key, lambda value: None if _field_told_by(value) else value)
    for name, clear in (("phone", clear_phone), ("email", clear_email)):
        hash_of = _hasher(vault, name, clear)

        def told(value: str, name: str = name, hash_of: _Hash = hash_of) -> str | None:
            return hash_of(value) if _field_told_by(value) == name else None

        hashed[f"{name}_hash"] = pc.coalesce(_each(key, told), hashed[f"{name}_hash"])
    telling = []
    for value in key.to_pylist():
        field = _field_told_by(value)
        telling.append({field: value} if field else {})
    return plain, telling


def _identify(
    records: pa.Table, owner: str, key: pa.ChunkedArray, hashed: dict[str, pa.ChunkedArray]
) -> pa.Table:
    # One key decides, the strongest that the row has; joining people across keys needs more care
    # than an order file allows (see docs/adr/0003).
    by_key, by_phone = pc.is_valid(key), pc.is_valid(hashed["phone_hash"])
    by_email = pc.is_valid(hashed["email_hash"])
    namespace = pc.case_when(
        pc.make_struct(by_key, by_phone, by_email),
        pa.scalar(owner),
        pa.scalar("phone"),
        pa.scalar("email"),
    )
    identity = pc.coalesce(key, hashed["phone_hash"], hashed["email_hash"])
    return (
        records.append_column("namespace", namespace)
        .append_column("identity", identity)
        .append_column("phone_hash", hashed["phone_hash"])
        .append_column("email_hash", hashed["email_hash"])
    )


def _recipients(records: pa.Table, personal: list[str], vault: Vault) -> pa.Array:
    named = [
        name
        for name in ("recipient_name", "recipient_phone", "recipient_address")
        if name in personal
    ]
    if not named:
        return pa.nulls(records.num_rows, pa.string())
    hashes: list[str | None] = []
    for row in records.select(named).to_pylist():
        phone = clear_phone(row.get("recipient_phone") or "")
        # A masked phone still tells two people at one address apart.
        who = phone or "|".join(row.get(name) or "" for name in named)
        hashes.append(vault.lookup("recipient", who) if who.strip("|") else None)
    return pa.array(hashes, pa.string())


def _hasher(
    vault: Vault, namespace: str, clear: Callable[[str], str | None] = lambda value: value
) -> _Hash:
    def hashed(value: str) -> str | None:
        plain = clear(value)
        return vault.lookup(namespace, plain) if plain else None

    return hashed


def _each(column: pa.ChunkedArray, function: _Hash) -> pa.ChunkedArray:
    """The function of every value, computed once per distinct value."""
    encoded = column.combine_chunks().dictionary_encode()
    mapped = pa.array([function(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([mapped.take(encoded.indices)])
