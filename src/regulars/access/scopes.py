"""What may be done, in scopes; and roles, which are published sets of them.

>>> sorted(scopes_of_roles(["support"]))
['benefits:read', 'customers:read', 'ledger:read']
>>> check_scopes(["ledger:red"])
Traceback (most recent call last):
    ...
regulars.errors.UnknownValue: 'ledger:red' is no scope. Did you mean 'ledger:read'? Allowed: \
access:admin, benefits:read, benefits:write, customers:read, events:write, ledger:read, \
ledger:write, plan:read, plan:write, store:admin.
"""

from __future__ import annotations

from collections.abc import Iterable

from regulars.errors import UnknownValue

Words = dict[str, tuple[str, str]]
"""By name: English, Chinese."""

SCOPES: Words = {
    "access:admin": ("make and revoke keys and operators", "管理密钥与操作员"),
    "benefits:read": ("see benefits and what is owed", "查看权益与应付"),
    "benefits:write": ("grant, redeem and take back benefits", "发放、核销、收回权益"),
    "customers:read": ("see customers and their history", "查看用户与其经历"),
    "events:write": ("send events and records", "发送事件与记录"),
    "ledger:read": ("see accounts and the journal", "查看账户与日记账"),
    "ledger:write": ("post to the ledger", "记账"),
    "plan:read": ("see plans and pictures", "查看计划与图表"),
    "plan:write": ("decide and change plans", "制定与修改计划"),
    "store:admin": ("back up, verify and migrate the store", "备份、校验、迁移账本"),
}

ROLES: dict[str, tuple[tuple[str, str], frozenset[str]]] = {
    "owner": (("everything", "店主：全部权限"), frozenset(SCOPES)),
    "operator": (
        ("day-to-day work with customers", "运营"),
        frozenset(
            {
                "benefits:read", "benefits:write", "customers:read", "ledger:read",
                "plan:read", "plan:write",
            }
        ),
    ),
    "analyst": (
        ("looks, and changes nothing", "分析师"),
        frozenset({"benefits:read", "customers:read", "ledger:read", "plan:read"}),
    ),
    "support": (
        ("answers customers", "客服"),
        frozenset({"benefits:read", "customers:read", "ledger:read"}),
    ),
    "integration": (
        ("the shop's own systems", "系统对接"),
        frozenset(
            {
                "benefits:read", "benefits:write", "customers:read", "events:write",
                "ledger:read", "ledger:write",
            }
        ),
    ),
}  # fmt: skip
"""By name: what it is, and its scopes. What is in none of someone's roles they may not do."""


def check_scopes(names: Iterable[str]) -> frozenset[str]:
    """The scopes, all of which there are.

    Raises:
        UnknownValue: one of them is none.
    """
    found = frozenset(names)
    for name in sorted(found - set(SCOPES)):
        raise UnknownValue.of("scope", name, sorted(SCOPES))
    return found


def check_roles(names: Iterable[str]) -> tuple[str, ...]:
    """The roles, all of which there are, each once.

    Raises:
        UnknownValue: one of them is none.
    """
    found = tuple(sorted(set(names)))
    for name in found:
        if name not in ROLES:
            raise UnknownValue.of("role", name, sorted(ROLES))
    return found


def scopes_of_roles(names: Iterable[str]) -> frozenset[str]:
    """All that one of the roles allows; a role that there is no more allows nothing."""
    return frozenset[str]().union(*(ROLES[name][1] for name in names if name in ROLES))
