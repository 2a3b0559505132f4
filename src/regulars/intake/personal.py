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

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_MASKED = re.compile(
    r"(?=.{7,}$)[+\s(]*(?:00)?(?:86)?[\s)-]*1\d{0,9}[*＊]{2,}\d{0,9}"
    r"|(?=[^@]*@[^@]*$).*[*＊].*"
)
"""A phone or an e-mail address with stars in it."""
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
            hashed[f"{name}_hash"] = each_distinct(records[name], _hasher(vault, name, clear))
    key = pa.chunked_array([nothing])
    if "customer_key" in records.column_names:
        key = records["customer_key"]
    told: dict[str, pa.ChunkedArray] = {}
    keys = {source.customer_namespace: key}
    if source.key_is_personal:
        keys = {source.customer_namespace: each_distinct(key, _hasher(vault, source.platform))}
    elif _may_tell(key):
        keys, told = split_telling_keys(key, source.customer_namespace, vault)
        for name in told:
            hashed[f"{name}_hash"] = pc.coalesce(keys[name], hashed[f"{name}_hash"])
    identified = _identify(records, keys, hashed)
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


_TELLING = (
    r"[@*＊]|^\s*[+]"
    r"|^[\s(]*(00)?(86)?[\s().-]*[1１][\s().-]*[3-9３-９]([\s().-]*[\d０-９]){9}\s*$"
)
"""What any customer number is like that is a phone or an address, clear or masked."""


def _may_tell(key: pa.ChunkedArray) -> bool:
    """Whether some customer number may be a phone or an address."""
    return bool(pc.any(pc.match_substring_regex(key.unique(), _TELLING)).as_py())


def field_told_by(key: str) -> str | None:
    """`phone` or `email` where a customer number is one, `masked` where it hides one.

    >>> field_told_by("138-1234-5678"), field_told_by("+1 555 010 0100"), field_told_by("1001")
    ('phone', 'phone', None)
    >>> field_told_by("138****5678"), field_told_by("l***@mail.com"), field_told_by("t**3")
    ('masked', 'masked', None)
    """
    if _MASKED.fullmatch(key):
        return "masked"
    phone = clear_phone(key)
    if phone is not None and (_MOBILE.fullmatch(phone) or key.lstrip().startswith("+")):
        return "phone"
    return "email" if clear_email(key) else None


def split_telling_keys(
    key: pa.ChunkedArray, owner: str, vault: Vault
) -> tuple[dict[str, pa.ChunkedArray], dict[str, pa.ChunkedArray]]:
    """Customer numbers that are phones or addresses apart from the others.

    Comes back: the keys to identify by, with their namespaces; and the phones and addresses among
    the numbers. A masked one is neither: it may be that of many.
    """
    encoded = key.combine_chunks().dictionary_encode()
    numbers = encoded.dictionary.to_pylist()
    suspects = pc.match_substring_regex(encoded.dictionary, _TELLING).to_pylist()
    kinds = [
        field_told_by(number) if is_suspect else None
        for number, is_suspect in zip(numbers, suspects, strict=True)
    ]

    def only(what: str | None) -> pa.ChunkedArray:
        kept = [
            number if kind == what else None for number, kind in zip(numbers, kinds, strict=True)
        ]
        return pa.chunked_array([pa.array(kept, pa.string()).take(encoded.indices)])

    keys, told = {owner: only(None)}, {}
    for name, clear in (("phone", clear_phone), ("email", clear_email)):
        given = only(name)
        if given.null_count < len(given):
            told[name] = given
            keys[name] = each_distinct(given, _hasher(vault, name, clear))
    return keys, told


def _identify(
    records: pa.Table, keys: dict[str, pa.ChunkedArray], hashed: dict[str, pa.ChunkedArray]
) -> pa.Table:
    # One key decides, the strongest that the row has; joining people across keys needs more care
    # than an order file allows (see docs/adr/0003). A customer number decides also where it is an
    # e-mail address and the row has a phone: the next export may have none.
    named, spaces = list(keys.values()), list(keys)
    for name in ("phone", "email"):
        if hashed[f"{name}_hash"].null_count < records.num_rows:
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

    return each_distinct(pc.binary_join_element_wise(*texts, "\x1f"), pseudonym)


def _hasher(
    vault: Vault, namespace: str, clear: Callable[[str], str | None] = lambda value: value
) -> _Hash:
    def hashed(value: str) -> str | None:
        plain = clear(value)
        return vault.lookup(namespace, plain) if plain else None

    return hashed


def each_distinct(column: pa.ChunkedArray, function: _Hash) -> pa.ChunkedArray:
    """The function of every value, computed once per distinct value."""
    encoded = column.combine_chunks().dictionary_encode()
    mapped = pa.array([function(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([mapped.take(encoded.indices)])
