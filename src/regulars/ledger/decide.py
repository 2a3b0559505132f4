"""What a command does to the book, or why it is refused: pure, and the heart of the ledger.

`decide` neither reads nor writes anything but the state that it is given. It raises a
`LedgerRefused` and leaves the state as it was, or gives the effect, which `apply` then does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from regulars.errors import (
    AlreadySettled,
    AlreadyThere,
    Insufficient,
    LimitReached,
    LotExpired,
    NoSuchThing,
    TooMuch,
    Where,
)
from regulars.ledger.command import (
    EXPIRED,
    ISSUER,
    LIMITS,
    MOST,
    Capture,
    Command,
    Define,
    Expire,
    Floor,
    Hold,
    Leg,
    Limit,
    Note,
    Post,
    Release,
    Reverse,
    TakeBack,
    Void,
)
from regulars.ledger.reversal import draft_reversal
from regulars.ledger.state import Draft, EntryLine, HoldLine, HoldState, Lot, State, is_limit

VOIDED, CAPTURED, EXPIRED_STATE = "voided", "captured", "expired"


@dataclass(slots=True)
class Effect:
    """What a command does.

    Attributes:
        kind: of the journal's row.
        draft: postings, and what is set aside.
        hold: made by it.
        settled: holds that it ends, each with the state it comes to.
        reversed: how much of which earlier posting it takes back.
        assets: defined by it.
        told: further fields of the journal's body.
    """

    kind: str
    draft: Draft = field(default_factory=Draft)
    hold: HoldState | None = None
    settled: list[tuple[HoldState, str]] = field(default_factory=list)
    reversed: list[tuple[EntryLine, int]] = field(default_factory=list)
    assets: tuple[str, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)


def decide(state: State, command: Command) -> Effect:
    """The effect of the command.

    Args:
        state: of the book; it holds all that the command names.
        command: one that `command.check` has passed.

    Raises:
        LedgerRefused: why not; nothing of it is done.
    """
    return _DECIDE[type(command)](state, command)


def apply(state: State, effect: Effect, n: int) -> None:
    """Do what was decided, as row n of the journal; numbers of postings are given when written."""
    draft = effect.draft
    for lot, amount in draft.lines:
        lot.balance += amount
    for lot, amount in draft.held:
        lot.held += amount
    for lot, floor in draft.floors.items():
        lot.floor = floor
    for hold, comes_to in effect.settled:
        hold.state = comes_to
        hold.settled = n
        state.open_of.pop(hold.owner, None)
    if effect.hold is not None:
        effect.hold.n = n
        state.holds[n] = effect.hold
        state.open_of[effect.hold.owner] = effect.hold
    for line, amount in effect.reversed:
        line.reversed += amount
    state.assets.update(effect.assets)


def _define(state: State, command: Define) -> Effect:
    if command.asset in state.assets:
        raise AlreadyThere(
            "there is an asset of this name already",
            where=Where(column="asset", value=command.asset),
            todo="choose another name, or use the one that is there",
        )
    return Effect("define", assets=(command.asset,), told={"asset": command.asset})


def _floor(state: State, command: Floor) -> Effect:
    _known(state, command.asset)
    lot = state.lot(command.asset, command.owner)
    if command.floor is not None and lot.balance - lot.held < command.floor:
        raise Insufficient(
            f"only {lot.balance - lot.held:,} are available, which is below the floor",
            where=Where(column=f"{command.asset} of {command.owner}", value=str(command.floor)),
            todo="choose a lower floor, or bring something in first",
        )
    told = {"account": (command.asset, command.owner), "floor": command.floor}
    effect = Effect("floor", told=told)
    effect.draft.floors[lot] = command.floor
    return effect


def _note(state: State, command: Note) -> Effect:
    return Effect("note", assets=_missing(state, command.assets))


def _post(state: State, command: Post) -> Effect:
    effect = Effect("post")
    made = _missing(state, command.assets)
    effect.assets = made + _use_limits(state, effect.draft, command.limits)
    _move(state, effect.draft, command.legs, made)
    return effect


def _missing(state: State, assets: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in assets if name not in state.assets)


def _move(state: State, draft: Draft, legs: Sequence[Leg], made: Sequence[str] = ()) -> None:
    for leg in legs:
        if leg.asset not in made:
            _known(state, leg.asset)
        if leg.amount < 0:
            for lot, amount in _drawn(state, draft, leg):
                draft.move(lot, -amount)
    for leg in legs:
        if leg.amount > 0:
            if leg.expires_at <= state.at:
                raise LotExpired(
                    "what would come in would have expired already",
                    where=Where(column=f"{leg.asset} of {leg.owner}", value=str(leg.expires_at)),
                    todo="choose a later expires_at",
                )
            _put(draft, state.lot(leg.asset, leg.owner, leg.expires_at), leg.amount)


def _hold(state: State, command: Hold) -> Effect:
    if command.expires_at <= state.at:
        raise LotExpired(
            "the hold would have expired already",
            where=Where(column="expires_at", value=str(command.expires_at)),
            todo="choose a later expires_at",
        )
    told: dict[str, Any] = {"for_owner": command.owner, "expires_at": command.expires_at}
    effect = Effect("hold", told=told)
    draft = effect.draft
    before = state.open_of.get(command.owner)
    if before is not None:
        _release(draft, before)
        effect.settled.append((before, VOIDED))
        told["replaces"] = before.n
    lines: list[HoldLine] = []
    effect.assets = _missing_limits(state, command.limits)
    for limit in command.limits:
        lot = _limited(state, draft, limit)
        draft.hold(lot, limit.amount)
        lines.append(HoldLine(lot, ISSUER, limit.amount))
    receivers = {leg.asset: leg.owner for leg in command.legs if leg.amount > 0}
    for leg in command.legs:
        _known(state, leg.asset)
        if leg.amount < 0:
            for lot, amount in _drawn(state, draft, leg):
                draft.hold(lot, amount)
                lines.append(HoldLine(lot, receivers[leg.asset], amount))
    told["to"] = tuple(line.to_owner for line in lines)
    effect.hold = HoldState(0, command.owner, command.expires_at, "open", 0, lines, is_new=True)
    return effect


def _capture(state: State, command: Capture) -> Effect:
    hold = _open_hold(state, command.hold)
    if hold.expires_at <= state.at:
        raise AlreadySettled(
            "the hold has expired",
            where=Where(column="hold", value=str(command.hold)),
            todo="hold anew, or post at once",
        )
    effect = Effect("capture", settled=[(hold, CAPTURED)], told={"hold": hold.n})
    draft = effect.draft
    totals: dict[str, int] = {}
    for line in hold.lines:
        totals[line.lot.asset] = totals.get(line.lot.asset, 0) + line.amount
    wanted = _wanted(totals, command.amounts, "held")
    captured: list[tuple[HoldLine, int]] = []
    for line in hold.lines:
        amount = min(line.amount, wanted[line.lot.asset])
        wanted[line.lot.asset] -= amount
        captured.append((line, amount))
        if amount < line.amount:
            draft.hold(line.lot, amount - line.amount)
    # The legs come first, so that a reversal in part, which begins with the last line, takes what
    # was captured; they find what was released, and leave what is yet to be captured.
    _move(state, draft, command.legs)
    into: dict[tuple[str, str], int] = {}
    for line, amount in captured:
        if amount:
            draft.hold(line.lot, -amount)
            draft.move(line.lot, -amount)
            into[line.lot.asset, line.to_owner] = (
                into.get((line.lot.asset, line.to_owner), 0) + amount
            )
    for (asset, owner), amount in into.items():
        _put(draft, state.lot(asset, owner), amount)
    return effect


def _void(state: State, command: Void) -> Effect:
    hold = _open_hold(state, command.hold)
    effect = Effect("void", settled=[(hold, VOIDED)], told={"hold": hold.n})
    _release(effect.draft, hold)
    return effect


def _reverse(state: State, command: Reverse) -> Effect:
    effect = Effect("reverse")
    effect.reversed = _taken_back(state, effect.draft, command.n, command.amounts)
    effect.told = {"reverses": command.n} | _told_of_reversed(effect)
    return effect


def _take_back(state: State, command: TakeBack) -> Effect:
    effect = Effect("take_back")
    for one in command.entries:
        effect.reversed += _taken_back(state, effect.draft, one.n, one.amounts)
    effect.assets = _use_limits(state, effect.draft, command.limits)
    _move(state, effect.draft, command.legs)
    effect.told = _told_of_reversed(effect)
    return effect


def _told_of_reversed(effect: Effect) -> dict[str, Any]:
    return {"reversed": {str(line.posting_id): amount for line, amount in effect.reversed}}


def _taken_back(
    state: State, draft: Draft, n: int, amounts: dict[str, int] | None
) -> list[tuple[EntryLine, int]]:
    """Draft the reversal of an entry; which postings, and how much of each, comes back."""
    entry = state.entries.get(n)
    if entry is None or entry.kind not in ("post", "capture", "expire"):
        raise NoSuchThing(
            "there is no such entry that could be reversed",
            where=Where(column="n", value=str(n)),
            todo="name the n of a post, a capture or an expiry",
        )
    left: dict[str, int] = {}
    for line in entry.lines:
        if line.amount > 0 and not is_limit(line.lot.asset):
            left[line.lot.asset] = left.get(line.lot.asset, 0) + line.left
    wanted = _wanted(left, amounts, "left to reverse")
    if not any(wanted.values()):
        raise TooMuch(
            "all of it has been reversed already",
            where=Where(column="n", value=str(n)),
            todo="nothing is left to do",
        )
    whole = wanted == left
    begin = len(draft.lines)
    taken = draft_reversal(state, draft, entry, wanted, limits_too=whole)
    _check_each_size(draft, draft.lines[begin:])
    return taken


def _expire(state: State, command: Expire) -> Effect:
    _known(state, command.asset)
    effect = Effect("expire", told={"asset": command.asset})
    draft = effect.draft
    total = 0
    for lot in state.expired_lots[: command.most]:
        amount = lot.balance - lot.held
        draft.move(lot, -amount)
        total += amount
    if total:
        _put(draft, state.lot(command.asset, EXPIRED), total)
    return effect


def _release_expired(state: State, command: Release) -> Effect:
    effect = Effect("release")
    for hold in state.expired_holds[: command.most]:
        _release(effect.draft, hold)
        effect.settled.append((hold, EXPIRED_STATE))
    effect.told = {"released": tuple(hold.n for hold, _ in effect.settled)}
    return effect


_DECIDE: dict[type, Callable[[State, Any], Effect]] = {
    Define: _define,
    Floor: _floor,
    Note: _note,
    Post: _post,
    Hold: _hold,
    Capture: _capture,
    Void: _void,
    Reverse: _reverse,
    TakeBack: _take_back,
    Expire: _expire,
    Release: _release_expired,
}


def _known(state: State, asset: str) -> None:
    if asset not in state.assets:
        raise NoSuchThing(
            "there is no such asset",
            where=Where(column="asset", value=asset),
            todo="define it first",
        )


def _drawn(state: State, draft: Draft, leg: Leg) -> list[tuple[Lot, int]]:
    """From which lots the leg's amount goes out: those that expire first before the others."""
    wanted = -leg.amount
    drawn: list[tuple[Lot, int]] = []
    if leg.owner == ISSUER:
        state.lot(leg.asset, leg.owner)  # from which they give without bound
    for lot in state.lots_of(leg.asset, leg.owner):
        if lot.expires_at <= state.at:
            continue
        amount = min(wanted, draft.room(lot))
        if amount > 0:
            if lot.floor is None:
                _check_size(draft, lot, -amount)
            drawn.append((lot, amount))
            wanted -= amount
        if not wanted:
            return drawn
    available = -leg.amount - wanted
    raise Insufficient(
        f"{-leg.amount:,} are wanted and {available:,} are available",
        where=Where(column=f"{leg.asset} of {leg.owner}", value=str(-leg.amount)),
        todo="ask for less, or bring more in first",
    )


def _put(draft: Draft, lot: Lot, amount: int) -> None:
    draft.move(lot, amount)
    _check_size(draft, lot)


def _check_size(draft: Draft, lot: Lot, more: int = 0) -> None:
    balance = draft.balance(lot) + more
    # Where there is no floor, what is held aside is not bounded by what there is.
    lowest = balance - draft.held_of(lot) if lot.floor is None else balance
    if balance > MOST or lowest < -MOST:
        raise TooMuch(
            "the balance would be too large to be told exactly",
            where=Where(column=f"{lot.asset} of {lot.owner}"),
            todo="choose a smaller unit of account",
        )


def _check_each_size(draft: Draft, last: Sequence[tuple[Lot, int]]) -> None:
    """After each of the lines that were drafted last: every one tells a balance."""
    later: dict[Lot, int] = {}
    for lot, amount in last:
        later[lot] = later.get(lot, 0) - amount
    for lot, amount in last:
        later[lot] += amount
        _check_size(draft, lot, later[lot])


def _missing_limits(state: State, limits: Sequence[Limit]) -> tuple[str, ...]:
    if not limits:
        return ()
    names = dict.fromkeys(LIMITS + limit.scope for limit in limits)
    return tuple(name for name in names if name not in state.assets)


def _limited(state: State, draft: Draft, limit: Limit) -> Lot:
    """The subject's account of the limit, if it has room for as much as is wanted."""
    lot = state.lot(LIMITS + limit.scope, limit.subject)
    # The rule may have been changed since: what counts is what it is now.
    used = draft.held_of(lot) - draft.balance(lot)
    if used + limit.amount > limit.most:
        raise LimitReached(
            f"{used:,} of {limit.most:,} are used up, and {limit.amount:,} are wanted",
            where=Where(column=f"limit {limit.scope}", value=limit.subject),
            todo="nothing more is given to this one",
        )
    if lot.floor != -limit.most:
        draft.floors[lot] = -limit.most
    return lot


def _use_limits(state: State, draft: Draft, limits: Sequence[Limit]) -> tuple[str, ...]:
    for limit in limits:
        lot = _limited(state, draft, limit)
        draft.move(lot, -limit.amount)
        _put(draft, state.lot(lot.asset, ISSUER), limit.amount)
    return _missing_limits(state, limits)


def _open_hold(state: State, n: int) -> HoldState:
    hold = state.holds.get(n)
    if hold is None:
        raise NoSuchThing(
            "there is no such hold",
            where=Where(column="hold", value=str(n)),
            todo="name the n that came back when it was made",
        )
    if hold.state != "open":
        raise AlreadySettled(
            f"the hold was {hold.state} before",
            where=Where(column="hold", value=str(n)),
            todo=f"entry {hold.settled} of the journal tells of it",
        )
    return hold


def _release(draft: Draft, hold: HoldState) -> None:
    for line in hold.lines:
        draft.hold(line.lot, -line.amount)


def _wanted(there: dict[str, int], amounts: dict[str, int] | None, what: str) -> dict[str, int]:
    """How much of each asset, all of it unless told; limits go along."""
    if amounts is None:
        return dict(there)
    for asset, amount in amounts.items():
        if amount > there.get(asset, 0):
            raise TooMuch(
                f"{amount:,} are wanted and {there.get(asset, 0):,} are {what}",
                where=Where(column=asset, value=str(amount)),
                todo="ask for less",
            )
    return {
        asset: total if is_limit(asset) else amounts.get(asset, 0) for asset, total in there.items()
    }
