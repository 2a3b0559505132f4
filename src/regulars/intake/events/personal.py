"""Personal data in events: found, taken out to be sealed, and hashed where they identify.

What a field is called decides (the keys of the Segment spec and what shops add to them), and what a
value looks like: e-mail addresses and phones are cut out of any text, but for the numbers of orders
and products. IP addresses are dropped. Most events hold none of it, so a pattern over the bytes
decides first whether one is looked into.

>>> cleaned(b'{"sku":"T1","email":"li@example.com","note":"call 13812345678"}')
(b'{"sku":"T1","note":"call ***********"}', {'email': 'li@example.com', 'note': 'call 13812345678'})
>>> cleaned(b'{"name":"Tea"}')[0], cleaned(b'{"name":"Li Lei"}', person=True)[0]
(b'{"name":"Tea"}', b'{}')
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from regulars.intake.events import any_json
from regulars.intake.events.message import TRAIT, Fact
from regulars.intake.records import Kind, columns_of
from regulars.intake.vault import Vault
from regulars.kernel.mask import mask_numbers

_GAP = r"[ _\-]?"
_KEY = (
    r"(?:user|customer|member|buyer|client|shipping|billing|delivery|contact|home|work|to|from|my)?"
    rf"{_GAP}"
    rf"(?:e{_GAP}mail(?:{_GAP}addr(?:ess)?)?|(?:mobile|cell)?{_GAP}(?:tele)?phone(?:{_GAP}(?:number|num|no))?"
    rf"|mobile(?:{_GAP}(?:number|num|no))?|tel(?:{_GAP}(?:number|no))?|cell|(?:first|last|full|middle|real"
    rf"|family|given|nick|user|sur){_GAP}name|address(?:{_GAP}?(?:line)?{_GAP}\d)?|street(?:{_GAP}\d)?|birth"
    rf"(?:day|{_GAP}date|{_GAP}day)|date{_GAP}of{_GAP}birth|dob|avatar(?:{_GAP}url)?|ip(?:{_GAP}addr(?:ess)?)?|open{_GAP}id"
    rf"|union{_GAP}id|(?:we{_GAP}chat|weixin|wx)(?:{_GAP}id)?|qq|id{_GAP}(?:card|number)(?:{_GAP}(?:no|number))?"
    rf"|passport(?:{_GAP}(?:no|number))?|ssn|(?:receiver|recipient|contact){_GAP}(?:name|phone|address)?)"
    r"|手机号?码?|电话(?:号码)?|联系(?:电话|方式|人)|姓名|真实姓名|收[货件]人(?:姓名|手机|电话|地址)?"
    r"|(?:收货|详细|家庭)?地址|邮箱|电子邮件|身份证号?码?|生日|出生日期|昵称|微信号?|头像"
)
_MAINLAND = r"(?:\+?86[ \-]?)?1[3-9][0-9][ \-]?[0-9]{4}[ \-]?[0-9]{4}"
_PHONE = rf"(?:^|[^0-9A-Za-z.]){_MAINLAND}(?:[^0-9A-Za-z.]|$)"
_EMAIL = r"""[^\s@"'/:,;({\[\\](?:@|%40)[^\s@"]"""
_FOREIGN = r"(?:\+|%2[Bb])[0-9]{8,15}"

_ESCAPED = r"""\\u00[2-7]|\\u[0-9A-Fa-f]{4}[^"\\]*"\s*:"""

SUSPECT = rf"""(?i)"(?:{_KEY})"\s*:|{_EMAIL}|{_PHONE}|{_FOREIGN}|{_ESCAPED}"""
"""What bytes hold that may hold something personal (RE2 and `re` alike)."""
NAMED = SUSPECT + r"""|"name"\s*:"""
"""The same for what is told of a person, whose name is called just that."""

SUSPECT_TEXT = rf"(?i){_EMAIL}|{_PHONE}|{_FOREIGN}"
"""What a text holds that may hold a phone or an address."""

_IS_KEY = re.compile(_KEY, re.IGNORECASE)
_IS_IP = re.compile(rf"(?:client|remote|user)?{_GAP}ip(?:{_GAP}addr(?:ess)?)?", re.IGNORECASE)
_IS_NUMBER = re.compile(
    r"(?:order|checkout|cart|product|variant|sku|coupon|promotion|shop|store|page_?view|message)"
    r"[_\-]?(?:id|no|number|code|sn)?|id|sku|订单号?|商品(?:编号|id)?",
    re.IGNORECASE,
)
_LOOKS = re.compile(SUSPECT_TEXT)
_PHONE_WITHIN = re.compile(rf"(?<![0-9A-Za-z.]){_MAINLAND}(?![0-9A-Za-z.])")
_EMAIL_WITHIN = re.compile(r"""[^\s@"'/:,;=&?({\[]+(?:@|%40)[^\s@"&/;,]+""", re.IGNORECASE)
_FOREIGN_WITHIN = re.compile(_FOREIGN)
_IP = re.compile(rb"""["']ip["']\s*:\s*"[0-9A-Fa-f.:]*"\s*,\s*|,\s*"ip"\s*:\s*"[0-9A-Fa-f.:]*\"""")

_ENCODE = msgspec.json.Encoder().encode


def without_ip(raw: bytes) -> bytes:
    r"""The JSON object without its `ip`, where that is quickly told.

    >>> without_ip(b'{"a":1,"ip":"10.0.0.1"}'), without_ip(b'{"ip":"::1", "a":1}')
    (b'{"a":1}', b'{"a":1}')
    """
    if b'"ip"' not in raw or b"\\" in raw:
        return raw
    return _IP.sub(b"", raw)


def cleaned(raw: bytes, *, person: bool = False) -> tuple[bytes, dict[str, str]]:
    """The JSON without what is personal, and that by its path.

    Args:
        raw: valid JSON.
        person: whether it tells of a person, so that `name` is one.
    """
    taken: dict[str, str] = {}
    return _ENCODE(_clean(any_json.read(raw), "", "", taken, person)), taken


def masked(text: str) -> str:
    """The text without the phones and addresses in it.

    >>> masked("tel 138-1234-5678, li@example.com or li%40example.com 2026-11-22")
    'tel *************, ***@*** or ***@*** 2026-11-22'
    """
    text = _EMAIL_WITHIN.sub("***@***", text)
    text = _PHONE_WITHIN.sub(lambda found: "*" * len(found[0]), text)
    return mask_numbers(_FOREIGN_WITHIN.sub(lambda found: "*" * len(found[0]), text))


def is_personal(name: str) -> bool:
    """Whether a field of this name holds something personal.

    >>> is_personal("idCard"), is_personal("Receiver Name"), is_personal("favourite_tea")
    (True, True, False)
    """
    return bool(_IS_KEY.fullmatch(name) or _IS_IP.fullmatch(name))


def _clean(value: Any, key: str, path: str, taken: dict[str, str], person: bool) -> Any:
    if isinstance(value, dict):
        kept = {}
        for name, inner in value.items():
            place = f"{path}.{masked(name)}" if path else masked(name)
            if _IS_IP.fullmatch(name):
                continue
            if _IS_KEY.fullmatch(name) or (person and name.lower() == "name"):
                if inner not in (None, "", [], {}):
                    taken[place] = inner if isinstance(inner, str) else _ENCODE(inner).decode()
                continue
            of_person = person or name in ("traits", "user", "customer")
            kept[masked(name)] = _clean(inner, name, place, taken, of_person)
        return kept
    if isinstance(value, list):
        return [
            _clean(inner, key, f"{path}.{place}", taken, person)
            for place, inner in enumerate(value)
        ]
    if isinstance(value, str) and _LOOKS.search(value) and not _is_number(key, value):
        hidden = masked(value)
        if hidden != value:
            taken[path] = value
        return hidden
    if (
        isinstance(value, int)
        and _PHONE_WITHIN.fullmatch(str(value))
        and not _is_number(key, str(value))
    ):
        taken[path] = str(value)
        return "*" * 11
    return value


def _is_number(key: str, value: str) -> bool:
    """Whether it is the number of an order or product, whatever it looks like."""
    return value.isalnum() and bool(_IS_NUMBER.fullmatch(key))


_KEYS_OF_RECORDS = frozenset({"customer_key", "order_id", "line_id", "payment_id", "told_by"})
"""Columns of texts that must stay as they are; accounts that tell of a person are hashed later."""


@lru_cache
def _free_texts(kind: Kind) -> frozenset[str]:
    return frozenset(
        one.name
        for one in columns_of(kind)
        if one.type in ("text", "list") and not one.personal and one.name not in _KEYS_OF_RECORDS
    )


def kept_number(message_id: str, vault: Vault) -> str:
    """A message's number as it is kept: one that may name somebody as a hash.

    It must tell messages apart, and need not say whom they are of.
    """
    if "@" not in message_id:
        return message_id
    return f"hashed:{vault.lookup('message', message_id)}"


def hide_personal(fact: Fact) -> None:
    """Texts of records go into the tables as they are: nothing personal may."""
    row = fact.row
    for name in list(row):
        if name.startswith(TRAIT):
            if is_personal(name.removeprefix(TRAIT)) or masked(name) != name:
                del row[name]
            else:
                row[name] = masked(row[name])
        elif name in _free_texts(fact.kind) and not (name == "product_id" and row[name].isalnum()):
            row[name] = masked(row[name])
