"""Personal fields of the records: hashed where they identify, and named for sealing.

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
_PLAIN = re.compile(r"1\d{10}", re.ASCII)
_PHONE = re.compile(r"^\+?\d{6,15}$")
_FULL_WIDTH = {0xFF10 + digit: 0x30 + digit for digit in range(10)}


def clear_phone(phone: str) -> str | None:
    """The phone in one spelling, or None where the platform has masked or encrypted it."""
    if _PLAIN.fullmatch(phone):  # nearly all of them
        return phone
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
    """Records whose identity is told by hashes.

    `namespace` and `identity` (whose record it is; both null for guests), `phone_hash`,
    `email_hash` and, for orders and lines, `recipient` (a pseudonym of the end user) stand in place
    of the personal fields. Those that have come are still there, in the columns that `personal`
    names: they must be sealed or set aside, encrypted, before anything is written.
    """

    records: pa.Table
    personal: tuple[str, ...]


def protect(records: pa.Table, bound: Bound, vault: Vault) -> Protected:
    """Tell identities by hashes of personal fields, and which columns are personal."""
    source = bound.source
    every = [column.name for column in columns_of(source.record) if column.personal]
    personal = [name for name in every if name in bound.headers]
    nothing = pa.nulls(records.num_rows, pa.string())
    hashed = {"phone_hash": nothing, "email_hash": nothing}
    for name, clear in (("phone", clear_phone), ("email", clear_email)):
        if name in personal:
            hashed[f"{name}_hash"] = _each(records[name], _hasher(vault, name, clear))
    key = pa.chunked_array([nothing])
    if "customer_key" in records.column_names:
        key = records["customer_key"]
    told: dict[str, pa.ChunkedArray] = {}
    if source.key_is_personal:
        key_hash = _each(key, _hasher(vault, source.platform))
    elif _may_tell(key):
        key_hash, told = _split_telling_keys(key, hashed, vault)
    else:
        key_hash = key
    identified = _identify(records, source.customer_namespace, key_hash, hashed)
    if source.record in (Kind.ORDER, Kind.LINE):
        identified = identified.append_column("recipient", _recipients(records, personal, vault))
    for name, column in told.items():
        if name in identified.column_names:
            column = pc.coalesce(identified[name], column)
            identified = identified.drop_columns([name])
        identified = identified.append_column(name, column)
    if source.key_is_personal and "customer_key" in bound.headers:
        personal.append("customer_key")
    kept = tuple(dict.fromkeys([*personal, *told]))
    out = {*every, "customer_key"}.difference(kept)
    stays = [name for name in identified.column_names if name not in out]
    return Protected(identified.select(stays), kept)


_TELLING = r"@|^(\+?86)?1[3-9]"


def _may_tell(key: pa.ChunkedArray) -> bool:
    """Whether some customer number may be a phone or an address."""
    return bool(pc.any(pc.match_substring_regex(key.unique(), _TELLING)).as_py())


def _field_told_by(key: str | None) -> str | None:
    """`phone` or `email` where a customer number is one: it gives the person away."""
    if key is None:
        return None
    if _MOBILE.fullmatch(key):
        return "phone"
    return "email" if clear_email(key) else None


def _split_telling_keys(
    key: pa.ChunkedArray, hashed: dict[str, pa.ChunkedArray], vault: Vault
) -> tuple[pa.ChunkedArray, dict[str, pa.ChunkedArray]]:
    """Keys that are phones or addresses become such; the others stay. `hashed` is completed."""
    plain = _each(key, lambda value: None if _field_told_by(value) else value)
    told = {}
    for name, clear in (("phone", clear_phone), ("email", clear_email)):

        def only(value: str, name: str = name) -> str | None:
            return value if _field_told_by(value) == name else None

        given = _each(key, only)
        if given.null_count < len(given):
            told[name] = given
            hash_of = _each(given, _hasher(vault, name, clear))
            hashed[f"{name}_hash"] = pc.coalesce(hash_of, hashed[f"{name}_hash"])
    return plain, told


def _identify(
    records: pa.Table, owner: str, key: pa.ChunkedArray, hashed: dict[str, pa.ChunkedArray]
) -> pa.Table:
    # One key decides, the strongest that the row has; joining people across keys needs more care
    # than an order file allows (see docs/adr/0003).
    named, spaces = [key], [owner]
    for name in ("phone", "email"):
        if hashed[f"{name}_hash"].null_count < len(key):
            named.append(hashed[f"{name}_hash"])
            spaces.append(name)
    namespace = pc.case_when(
        pc.make_struct(*(pc.is_valid(one) for one in named)), *(pa.scalar(one) for one in spaces)
    )
    return (
        records.append_column("namespace", namespace)
        .append_column("identity", pc.coalesce(*named))
        .append_column("phone_hash", hashed["phone_hash"])
        .append_column("email_hash", hashed["email_hash"])
    )


def _recipients(records: pa.Table, personal: list[str], vault: Vault) -> pa.Array | pa.ChunkedArray:
    named = [
        name
        for name in ("recipient_name", "recipient_phone", "recipient_address")
        if name in personal
    ]
    if not named:
        return pa.nulls(records.num_rows, pa.string())
    # A null may not swallow the others; an empty cell is null, so nothing is mistaken for it.
    texts = [pc.fill_null(records[name], "") for name in named]
    place = named.index("recipient_phone") if "recipient_phone" in named else None

    def pseudonym(joined: str) -> str | None:
        cells = joined.split("\x1f")
        phone = None if place is None else clear_phone(cells[place])
        # A masked phone still tells two people at one address apart.
        who = phone or "|".join(cells)
        return vault.lookup("recipient", who) if who.strip("|") else None

    return _each(pc.binary_join_element_wise(*texts, "\x1f"), pseudonym)


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
