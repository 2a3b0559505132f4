"""Taking an entry back, wholly or in part, so that all parts together are the entry and no more.

Of each asset, what the entry put in is taken from the same lot first, then from the owner's other
lots as any leg is; what it took out goes back to the same lots. Both go from the last line to the
first: of what was drawn from several lots, those that expire last are refilled first.
"""

from __future__ import annotations

from regulars.errors import Insufficient, Where
from regulars.ledger.state import Draft, EntryLine, EntryState, Lot, State, is_limit


def draft_reversal(
    state: State, draft: Draft, entry: EntryState, wanted: dict[str, int], *, limits_too: bool
) -> list[tuple[EntryLine, int]]:
    """Draft the postings; which earlier postings they take back, and how much of each, comes back.

    Args:
        state: with all lots of the owners that the entry put something into.
        draft: to be added to.
        entry: to be reversed.
        wanted: how much of each asset.
        limits_too: whether its limits are given back as well.

    Raises:
        Insufficient: an owner has less available than is to be taken back.
    """
    taken: list[tuple[EntryLine, int]] = []
    for sign in (1, -1):
        left = dict(wanted)
        for line in reversed(entry.lines):
            if line.amount * sign < 0:
                continue
            asset = line.lot.asset
            if is_limit(asset):
                amount = line.left if limits_too else 0
            else:
                amount = min(line.left, left.get(asset, 0))
                left[asset] = left.get(asset, 0) - amount
            if not amount:
                continue
            taken.append((line, amount))
            if sign > 0:
                _take(state, draft, line.lot, amount)
            else:
                draft.move(line.lot, amount)
    return taken


def _take(state: State, draft: Draft, from_lot: Lot, amount: int) -> None:
    others = [
        lot
        for lot in state.lots_of(from_lot.asset, from_lot.owner)
        if lot is not from_lot and lot.expires_at > state.at
    ]
    wanted = amount
    for lot in (from_lot, *others):
        part = min(wanted, draft.room(lot))
        if part > 0:
            draft.move(lot, -part)
            wanted -= part
        if not wanted:
            return
    raise Insufficient(
        f"{amount:,} are to be taken back and {amount - wanted:,} are available",
        where=Where(column=f"{from_lot.asset} of {from_lot.owner}", value=str(amount)),
        todo="reverse a part of it, or bring more in first",
    )
