"""Ids: what identifies a customer, how strongly, and what identifies nobody.

An id is a pair (namespace, identity). `<platform>` holds account numbers, `<platform>:order` buyer
numbers that are new with every order, `anonymous:<platform>` browsers and devices; `phone`,
`email`, `unionid` and `openid:<platform>` hold keyed hashes (`Vault.lookup`), never the values.

>>> strength("shop") > strength("unionid") > strength("openid:shop") > strength("phone")
True
>>> decider([("email", "5f"), ("anonymous:shop", "d1"), ("phone", "9c")])
('phone', '9c')
>>> is_nobody("undefined"), is_nobody(" 0000 "), is_nobody("1001")
(True, True, False)
"""

from __future__ import annotations

import re
from collections.abc import Iterable

Identity = tuple[str, str]
"""Namespace and identity."""

PHONE = "phone"
EMAIL = "email"
UNIONID = "unionid"
_OPENID = "openid:"
_ANONYMOUS = "anonymous:"
_OF_ORDER = ":order"

ACCOUNT_STRENGTH = 9
ORDER_STRENGTH = 8
NAMED_STRENGTH = 7
"""Of a phone or address that the shop uses as the number of an account (`resolve`)."""
UNIONID_STRENGTH = 6
VERIFIED_STRENGTH = 5
OPENID_STRENGTH = 4
PHONE_STRENGTH = 3
EMAIL_STRENGTH = 2
ANONYMOUS_STRENGTH = 1

_KEYS = {PHONE: PHONE_STRENGTH, EMAIL: EMAIL_STRENGTH, UNIONID: UNIONID_STRENGTH}
_NOBODY = frozenset(
    re.split(
        r"\|",
        "null|nil|none|undefined|nan|n/a|na|unknown|unset|empty|true|false|guest|anonymous|anon"
        "|visitor|not_authenticated|not authenticated|not_set|not set|notset|(not set)|userid"
        "|user_id|id|distinctid|distinct_id|anonymousid|anonymous_id|test|example|default"
        "|(null)|(none)|<nil>|<null>|[object object]|匿名|匿名用户|游客|访客|未知|未登录|无|空",
    )
)
MADE_UP = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[a-p]{32}"
"""What a client makes up for a visitor (`re` and RE2 alike); what looks otherwise may be an
account."""
_MANY = 7
"""So many equal signs are nobody's: 1111 may be an account, 1111111 is a finger on a key."""
_EDGES = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b\"'`"
_ONE_SIGN = re.compile(r"(.)\1*", re.DOTALL)
_ZERO = re.compile(r"[0０][0０.\-]*")
_NIL_UUID = re.compile(r"[{]?([0f])\1{7}-?(\1{4}-?){3}\1{12}[}]?")


def anonymous(platform: str) -> str:
    """The namespace of browsers and devices."""
    return _ANONYMOUS + platform


def openid(platform: str) -> str:
    """The namespace of WeChat openids: each app or account of WeChat gives others."""
    return _OPENID + platform


def is_anonymous(namespace: str) -> bool:
    """Whether its ids are browsers and devices."""
    return namespace.startswith(_ANONYMOUS)


def strength(namespace: str) -> int:
    """How strongly ids of the namespace tell a person, verified or not; higher is stronger."""
    if namespace in _KEYS:
        return _KEYS[namespace]
    if namespace.startswith(_OPENID):
        return OPENID_STRENGTH
    if namespace.startswith(_ANONYMOUS):
        return ANONYMOUS_STRENGTH
    return ORDER_STRENGTH if namespace.endswith(_OF_ORDER) else ACCOUNT_STRENGTH


def strength_sql(namespace: str) -> str:
    """`strength` of an SQL expression."""
    keys = " ".join(f"WHEN '{name}' THEN {power}" for name, power in _KEYS.items())
    return (
        f"(CASE {namespace} {keys} ELSE"
        f" CASE WHEN starts_with({namespace}, '{_OPENID}') THEN {OPENID_STRENGTH}"
        f" WHEN starts_with({namespace}, '{_ANONYMOUS}') THEN {ANONYMOUS_STRENGTH}"
        f" WHEN ends_with({namespace}, '{_OF_ORDER}') THEN {ORDER_STRENGTH}"
        f" ELSE {ACCOUNT_STRENGTH} END END)::TINYINT"
    )


def node_sql(namespace: str, identity: str) -> str:
    """The node of an id in the graph of links: a sum of 128 bits over its text.

    It is the same on every machine and in every order of arrival, other than the customer number.
    """
    return f"md5_number({namespace} || chr(31) || {identity})"


def decider(ids: Iterable[Identity]) -> Identity | None:
    """The id that a message or row goes by: the strongest, by text where two are equal.

    The links of a message lead from it to each of its other ids (`one` to `other`).
    """
    return min(ids, key=lambda one: (-strength(one[0]), one), default=None)


def is_nobody(value: str) -> bool:
    """Whether a program or a hasty hand wrote the value where it knew nobody.

    null, undefined, guest and their like; zeros; nothing but signs; one sign many times.
    """
    bare = value.strip(_EDGES).casefold()
    if bare in _NOBODY or not any(sign.isalnum() for sign in bare):
        return True
    if len(bare) >= _MANY and _ONE_SIGN.fullmatch(bare):
        return True
    return bool(_ZERO.fullmatch(bare) or _NIL_UUID.fullmatch(bare))
