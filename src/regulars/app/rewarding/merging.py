"""What stands under numbers that are another one's by now moves to the one that survives.

What is set aside for an order stays until it is paid or given up; a later pass moves what has come
back by then, as it moves what a refund has given back to the old number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from regulars.app.rewarding.asking import Asking
from regulars.benefit.merge import MergeWallets
from regulars.benefit.names import customer_owner
from regulars.engines.store_benefits import BenefitRows
from regulars.ledger.command import LIMITS
from regulars.ledger.receipt import Receipt
from regulars.permission.assignment import NOT_MERGED, Merged

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse

_MOST_ROUNDS = 100
_FEW = 20


def merged_since(warehouse: Warehouse, since: int = 0) -> dict[int, int]:
    """Numbers that are another one's by now, and whose, of links told of since the instant."""
    if not warehouse.has("merges"):
        return {}
    rows = warehouse.sql(
        "SELECT customer_id, survivor FROM merges"
        f' WHERE coalesce("at" >= make_timestamptz({since}), true)'
    )
    return dict(zip(rows["customer_id"].to_pylist(), rows["survivor"].to_pylist(), strict=True))


def merge_wallets(
    asking: Asking, survivors: dict[int, int], zone: str, merged: Merged = NOT_MERGED
) -> int:
    """Move all that there is; how many numbers had anything comes back.

    Args:
        asking: the ledger.
        survivors: by the number that is theirs by now.
        zone: the shop's time zone.
        merged: which numbers are another one's by now, whenever that was told.
    """
    moved: set[int] = set()
    for _ in range(_MOST_ROUNDS):
        deeds = _deeds(asking, survivors, zone, merged.all_of())
        done = [
            (deed, one)
            for deed, one in zip(deeds, asking.ask(deeds), strict=True)
            if isinstance(one, Receipt)
        ]
        moved |= {deed.old for deed, _ in done}
        if not any(one.body.about.get("more") for _, one in done):
            break
    return len(moved)


def _deeds(
    asking: Asking, survivors: dict[int, int], zone: str, theirs: Mapping[int, Sequence[int]]
) -> list[MergeWallets]:
    """The first of each pair has a key by which it is known; that of a number carries its limits.

    Whoever became another one's who became a third one's has had them carried along already.
    """
    pairs = {
        old: [f"merge:{old}:{new}", *(f"merge:{old}:{one}" for one in theirs.get(new, ()))]
        for old, new in survivors.items()
    }
    before = asking.asked_before(key for keys in pairs.values() for key in keys)
    known = {old: keys[0] in before for old, keys in pairs.items()}
    return [
        MergeWallets(
            key=f"merge:{uuid4().hex}" if known[old] else f"merge:{old}:{survivors[old]}",
            old=old,
            new=survivors[old],
            zone=zone,
            with_limits=before.isdisjoint(pairs[old]),
        )
        for old, has in sorted(_with_anything(asking, survivors).items())
        if has or not known[old]
    ]


def _with_anything(asking: Asking, numbers: dict[int, int]) -> dict[int, bool]:
    """The numbers under which anything stands, and whether something that can be moved does."""
    owners = {customer_owner(old): old for old in numbers}
    found: dict[int, bool] = {}
    with asking.looking() as connection:
        rows = BenefitRows(connection)
        few = len(owners) <= _FEW
        some = dict.fromkeys(owners, True) if few else rows.owners_of_any(owners)
        for owner, has in some.items():
            owned = rows.owned_by(owner) if has else []
            is_free = any(
                row.balance > row.held and row.expires_at > asking.now
                for row in owned
                if not row.asset.startswith(LIMITS)
            )
            if owned or not has:
                found[owners[owner]] = is_free
        for old, member in rows.members_of(list(numbers)).items():
            if member.tier or member.shown_as:  # there may be nothing else any more
                found[old] = True
    return found
