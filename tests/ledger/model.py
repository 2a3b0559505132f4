"""What the ledger has to do, said a second time: dicts, no database, nothing of its code.

Only the words of `ledger/command.py` were followed. For each command the model tells what is done,
or for which reasons it may be refused; where several hold, the ledger may name any of them. Of
deeds it knows one, `GiveHalf`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from ledger.halving import GiveHalf
from regulars.ledger.command import (
    EXPIRED,
    ISSUER,
    MOST,
    NEVER,
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

Key = tuple[str, str, int]
"""Asset, owner, expires_at."""
Line = tuple[str, str, int, int, int]
"""Asset, owner, expires_at, amount, balance after it."""

INSUFFICIENT, LIMIT, MISSING = "ledger.insufficient", "ledger.limit_reached", "ledger.not_found"
SETTLED, EXPIRES, TOO_MUCH = "ledger.already_settled", "ledger.lot_expired", "ledger.too_much"
THERE, CONFLICT = "ledger.already_there", "ledger.key_conflict"


@dataclass(frozen=True)
class Done:
    """What the receipt has to say; `held` is by lot: what was set aside, less what was released."""

    n: int
    at: int
    kind: str
    key: str
    about: dict[str, Any]
    lines: tuple[Line, ...]
    held: dict[Key, int]


@dataclass(frozen=True)
class Refused:
    """The codes of errors that would be right."""

    codes: frozenset[str]


Answer = Done | Refused
Wish = Command | GiveHalf


@dataclass
class _Hold:
    owner: str
    expires_at: int
    lines: list[tuple[Key, str, int]]
    is_open: bool = True


@dataclass
class _Posting:
    key: Key
    amount: int
    reversed: int = 0

    @property
    def left(self) -> int:
        return abs(self.amount) - self.reversed


@dataclass
class _Entry:
    kind: str
    postings: list[_Posting]

    @property
    def can_be_reversed(self) -> bool:
        return self.kind in ("post", "capture", "expire")

    @property
    def has_something_left(self) -> bool:
        return self.can_be_reversed and any(one.left for one in self.came_in)

    @property
    def came_in(self) -> list[_Posting]:
        """What it put in, limits left out."""
        return [x for x in self.postings if x.amount > 0 and not x.key[0].startswith("limit:")]


@dataclass
class Trial:
    """What a command would do; thrown away if there is a reason against it."""

    at: int
    balance: dict[Key, int]
    held: dict[Key, int]
    floor: dict[tuple[str, str], int | None]
    against: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)
    set_aside: dict[Key, int] = field(default_factory=dict)

    def floor_of(self, key: Key) -> int | None:
        asset, owner, expires_at = key
        if expires_at != NEVER:
            return 0
        return self.floor.get((asset, owner), None if owner == ISSUER else 0)

    def available(self, key: Key) -> int:
        return self.balance.get(key, 0) - self.held.get(key, 0)

    def room(self, key: Key) -> int:
        floor = self.floor_of(key)
        return 2 * MOST if floor is None else self.available(key) - floor

    def move(self, key: Key, amount: int) -> None:
        self.balance[key] = self.balance.get(key, 0) + amount
        self._weigh(key)
        self.lines.append((*key, amount, self.balance[key]))

    def hold(self, key: Key, amount: int) -> None:
        self.held[key] = self.held.get(key, 0) + amount
        self._weigh(key)
        self.set_aside[key] = self.set_aside.get(key, 0) + amount

    def _weigh(self, key: Key) -> None:
        balance = self.balance.get(key, 0)
        lowest = self.available(key) if self.floor_of(key) is None else balance
        if balance > MOST or lowest < -MOST:
            self.against.add(TOO_MUCH)

    def lots(self, asset: str, owner: str) -> list[Key]:
        found = {key for key in self.balance if key[:2] == (asset, owner) and key[2] > self.at}
        return sorted(found | {(asset, owner, NEVER)})

    def draw(self, lots: list[Key], amount: int) -> list[tuple[Key, int]]:
        drawn = []
        for key in lots:
            part = min(amount, self.room(key))
            if part > 0:
                drawn.append((key, part))
                amount -= part
        if amount:
            self.against.add(INSUFFICIENT)
        return drawn


class Model:
    """The book as it has to be."""

    def __init__(self) -> None:
        self.n = 0
        self.at = 0
        self.assets: set[str] = set()
        self.balance: dict[Key, int] = {}
        self.held: dict[Key, int] = {}
        self.floor: dict[tuple[str, str], int | None] = {}
        self.holds: dict[int, _Hold] = {}
        self.entries: dict[int, _Entry] = {}
        self.requests: dict[tuple[str, str], tuple[Wish, Answer]] = {}
        self.postings: list[tuple[int, Line]] = []
        self.halves: dict[int, int] = {}
        """What each `GiveHalf` gave, by its row of the journal."""
        self.numbers: dict[int, Key] = {}
        """Of lots that some command may name."""

    def ask(self, wish: Wish, by: str, now: int) -> Answer:
        """What has to come of it."""
        before = self.requests.get((by, wish.key))
        if before is not None:
            return before[1] if before[0] == wish else Refused(frozenset({CONFLICT}))
        at = max(now, self.at)
        trial = Trial(at, dict(self.balance), dict(self.held), dict(self.floor))
        command = self._planned(trial, wish) if isinstance(wish, GiveHalf) else wish
        kind = str(command.__struct_config__.tag)
        after = getattr(self, f"_{kind}")(trial, command)
        answer: Answer
        if trial.against:
            answer = Refused(frozenset(trial.against))
        else:
            self.n, self.at = self.n + 1, at
            self.balance, self.held, self.floor = trial.balance, trial.held, trial.floor
            self.entries[self.n] = _Entry(kind, [_Posting(x[:3], x[3]) for x in trial.lines])
            self.postings += [(self.n, line) for line in trial.lines]
            if after is not None:
                after()
            if isinstance(wish, GiveHalf):
                self.halves[self.n] = command.about["half"]
            lines = tuple(trial.lines)
            answer = Done(self.n, at, kind, wish.key, command.about, lines, trial.set_aside)
        self.requests[by, wish.key] = wish, answer
        return answer

    def floor_of(self, key: Key) -> int | None:
        """Below which available must not fall."""
        return Trial(0, {}, {}, self.floor).floor_of(key)

    def room(self, asset: str, owner: str, now: int) -> int:
        """How much can go out; `MOST` and more where there is no floor."""
        trial = Trial(max(now, self.at), self.balance, self.held, self.floor)
        return sum(max(trial.room(key), 0) for key in trial.lots(asset, owner))

    def _planned(self, trial: Trial, wish: GiveHalf) -> Command:
        """What the deed comes to; what speaks against it is noted."""
        self._known(trial, [wish.asset])
        left = sum(trial.available(key) for key in trial.lots(wish.asset, wish.giver))
        if left <= 0:
            trial.against.add(TOO_MUCH)
        half = (left + 1) // 2
        legs = (Leg(wish.asset, wish.giver, -half), Leg(wish.asset, wish.to, half))
        return Post(key=wish.key, legs=legs if left > 0 else (), about={"half": half})

    # Each tells what it would do, and gives what is left to do once nothing speaks against it.

    def _define(self, trial: Trial, command: Define) -> Any:
        if command.asset in self.assets:
            trial.against.add(THERE)
        return lambda: self.assets.add(command.asset)

    def _floor(self, trial: Trial, command: Floor) -> None:
        self._known(trial, [command.asset])
        available = trial.available((command.asset, command.owner, NEVER))
        if command.floor is not None and available < command.floor:
            trial.against.add(INSUFFICIENT)
        trial.floor[command.asset, command.owner] = command.floor

    def _note(self, _trial: Trial, command: Note) -> Any:
        return lambda: self.assets.update(command.assets)

    def _post(self, trial: Trial, command: Post) -> Any:
        self._limit(trial, command.limits, held=False)
        self._move(trial, command.legs, made=command.assets)

        def after() -> None:
            self._counted(command.limits)
            self.assets.update(command.assets)

        return after

    def _move(self, trial: Trial, legs: tuple[Leg, ...], made: Collection[str] = ()) -> None:
        self._known(trial, {leg.asset for leg in legs} - {*made})
        for leg in legs:
            if leg.amount < 0:
                for key, amount in trial.draw(trial.lots(leg.asset, leg.owner), -leg.amount):
                    trial.move(key, -amount)
        for leg in legs:
            if leg.amount > 0:
                if leg.expires_at <= trial.at:
                    trial.against.add(EXPIRES)
                trial.move((leg.asset, leg.owner, leg.expires_at), leg.amount)

    def _hold(self, trial: Trial, command: Hold) -> Any:
        if command.expires_at <= trial.at:
            trial.against.add(EXPIRES)
        earlier = [h for h in self.holds.values() if h.is_open and h.owner == command.owner]
        self._let_go(trial, earlier)
        lines = self._limit(trial, command.limits, held=True)
        receivers = {leg.asset: leg.owner for leg in command.legs if leg.amount > 0}
        self._known(trial, {leg.asset for leg in command.legs})
        for leg in command.legs:
            if leg.amount < 0:
                for key, amount in trial.draw(trial.lots(leg.asset, leg.owner), -leg.amount):
                    trial.hold(key, amount)
                    lines.append((key, receivers[leg.asset], amount))

        def after() -> None:
            self._end(earlier)
            self._counted(command.limits)
            self.holds[self.n] = _Hold(command.owner, command.expires_at, lines)

        return after

    def _capture(self, trial: Trial, command: Capture) -> Any:
        hold = self._open(trial, command.hold)
        if hold is None:
            return None
        if hold.expires_at <= trial.at:
            trial.against.add(SETTLED)
        there: dict[str, int] = {}
        for key, _, amount in hold.lines:
            there[key[0]] = there.get(key[0], 0) + amount
        wanted = self._wanted(trial, there, command.amounts)
        parts: list[tuple[Key, str, int]] = []
        for key, to, amount in hold.lines:
            part = min(amount, wanted[key[0]])
            wanted[key[0]] -= part
            trial.hold(key, part - amount)
            parts.append((key, to, part))
        self._move(trial, command.legs)  # of what was released, not of what is yet to be moved
        into: dict[Key, int] = {}
        for key, to, part in parts:
            if part:
                trial.hold(key, -part)
                trial.move(key, -part)
                receiver = (key[0], to, NEVER)
                into[receiver] = into.get(receiver, 0) + part
        for key, amount in into.items():
            trial.move(key, amount)
        return lambda: self._end([hold])

    def _void(self, trial: Trial, command: Void) -> Any:
        hold = self._open(trial, command.hold)
        if hold is None:
            return None
        self._let_go(trial, [hold])
        return lambda: self._end([hold])

    def _reverse(self, trial: Trial, command: Reverse) -> Any:
        taken = self._taken_back(trial, command.n, command.amounts)
        return lambda: _count_as_reversed(taken)

    def _take_back(self, trial: Trial, command: TakeBack) -> Any:
        taken: list[tuple[_Posting, int]] = []
        for one in command.entries:
            taken += self._taken_back(trial, one.n, one.amounts)
        self._limit(trial, command.limits, held=False)
        self._move(trial, command.legs)

        def after() -> None:
            _count_as_reversed(taken)
            self._counted(command.limits)

        return after

    def _taken_back(
        self, trial: Trial, n: int, amounts: dict[str, int] | None
    ) -> list[tuple[_Posting, int]]:
        """Of which postings how much comes back."""
        entry = self.entries.get(n)
        if entry is None or not entry.can_be_reversed:
            trial.against.add(MISSING)
            return []
        there: dict[str, int] = {}
        for one in entry.came_in:
            there[one.key[0]] = there.get(one.key[0], 0) + one.left
        wanted = self._wanted(trial, there, amounts)
        if not any(wanted.values()):
            trial.against.add(TOO_MUCH)
        whole = wanted == there
        taken: list[tuple[_Posting, int]] = []
        for came_in in (True, False):
            left = dict(wanted)
            for one in reversed(entry.postings):
                asset, owner, _ = one.key
                if (one.amount > 0) != came_in:
                    continue
                if asset.startswith("limit:"):
                    part = one.left if whole else 0
                else:
                    part = min(one.left, left[asset])
                    left[asset] -= part
                if not part:
                    continue
                taken.append((one, part))
                if came_in:
                    lots = [key for key in trial.lots(asset, owner) if key != one.key]
                    for key, amount in trial.draw([one.key, *lots], part):
                        trial.move(key, -amount)
                else:
                    trial.move(one.key, part)
        return taken

    def _expire(self, trial: Trial, command: Expire) -> None:
        self._known(trial, [command.asset])
        named = {self.numbers[lot] for lot in command.lots if lot in self.numbers}
        gone = [
            key
            for key in self.balance
            if key[0] == command.asset and key[2] <= trial.at and trial.available(key) > 0
            if not command.lots or key in named
        ]
        total = 0
        for key in sorted(gone, key=lambda key: key[2])[: command.most]:
            total += trial.available(key)
            trial.move(key, -trial.available(key))
        if total:
            trial.move((command.asset, EXPIRED, NEVER), total)

    def _release(self, trial: Trial, command: Release) -> Any:
        over = [(h.expires_at, n) for n, h in self.holds.items() if h.is_open]
        over = sorted(one for one in over if one[0] <= trial.at)
        holds = [self.holds[n] for _, n in over[: command.most]]
        self._let_go(trial, holds)
        return lambda: self._end(holds)

    def _known(self, trial: Trial, assets: Iterable[str]) -> None:
        if not self.assets.issuperset(assets):
            trial.against.add(MISSING)

    def _open(self, trial: Trial, n: int) -> _Hold | None:
        hold = self.holds.get(n)
        if hold is None or not hold.is_open:
            trial.against.add(MISSING if hold is None else SETTLED)
            return None
        return hold

    def _wanted(
        self, trial: Trial, there: dict[str, int], amounts: dict[str, int] | None
    ) -> dict[str, int]:
        if amounts is None:
            return dict(there)
        if any(amount > there.get(asset, 0) for asset, amount in amounts.items()):
            trial.against.add(TOO_MUCH)
        return {
            asset: total if asset.startswith("limit:") else min(total, amounts.get(asset, 0))
            for asset, total in there.items()
        }

    def _limit(
        self, trial: Trial, limits: tuple[Limit, ...], *, held: bool
    ) -> list[tuple[Key, str, int]]:
        lines = []
        for limit in limits:
            key = (f"limit:{limit.scope}", limit.subject, NEVER)
            if limit.amount - trial.available(key) > limit.most:
                trial.against.add(LIMIT)
            trial.floor[key[:2]] = -limit.most
            if held:
                trial.hold(key, limit.amount)
                lines.append((key, ISSUER, limit.amount))
            else:
                trial.move(key, -limit.amount)
                trial.move((key[0], ISSUER, NEVER), limit.amount)
        return lines

    def _counted(self, limits: tuple[Limit, ...]) -> None:
        self.assets.update(f"limit:{limit.scope}" for limit in limits)

    def _let_go(self, trial: Trial, holds: list[_Hold]) -> None:
        for hold in holds:
            for key, _, amount in hold.lines:
                trial.hold(key, -amount)

    def _end(self, holds: list[_Hold]) -> None:
        for hold in holds:
            hold.is_open = False


def _count_as_reversed(taken: list[tuple[_Posting, int]]) -> None:
    for one, part in taken:
        one.reversed += part


__all__ = ["Done", "Leg", "Model", "Refused", "Wish"]
