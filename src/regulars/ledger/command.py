"""What may be asked of the ledger: plain data, checked here for what makes sense in any state.

Every command carries `key`, the idempotency key of whoever asks: the same key asked again has the
same answer, for ever; with another body it is a conflict. Amounts are integers: points, pieces, or
money in the currency's smallest coin. Instants are UTC microseconds.

>>> claim = Post(
...     key="spring:7",
...     legs=(Leg("coupon:spring", "stock", -1), Leg("coupon:spring", "customer:7", 1)),
...     limits=(Limit("coupon:spring", "customer:7", 1),),
... )
>>> check(claim)
>>> check(Post(key="k", legs=(Leg("points", "issuer", -1), Leg("points", "customer:7", 2))))
Traceback (most recent call last):
    ...
regulars.errors.InvalidCommand: legs = 'points': the legs of an asset must sum to 0, these to 1. \
Write what goes out as negative, what comes in as positive amounts.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any, get_args

import msgspec
from msgspec import NODEFAULT

from regulars.errors import InvalidCommand, Where

NEVER = 2**53 - 1
"""`expires_at` of what does not expire."""
MOST = 2**53 - 1
"""No amount and no balance is larger: every program reads such integers exactly."""
ISSUER = "issuer"
"""The owner from whom an asset comes: its balance is minus what is in circulation."""
EXPIRED = "expired"
"""The owner to whom what has expired goes."""
LIMITS = "limit:"
"""Assets of this prefix count towards limits; only `Limit` moves them."""

_NAME = re.compile(r"[a-z][a-z0-9_]*(?::[A-Za-z0-9._-]+)*")
_LONGEST_NAME = 120
_LONGEST_KEY = 255
_LONGEST_BODY = 16 << 10
_MOST_LEGS = 500
_MOST_ENTRIES = 50


class Leg(msgspec.Struct, frozen=True, array_like=True):
    """One amount into (+) or out of (-) what an owner has of an asset.

    What goes out is taken from the owner's lots, those that expire first before the others, and
    never from one that has expired. What comes in goes to the lot of `expires_at`.
    """

    asset: str
    owner: str
    amount: int
    expires_at: int = NEVER


class Limit(msgspec.Struct, frozen=True, array_like=True):
    """At most `most` in all for the subject, counted by `scope`; this command uses `amount`."""

    scope: str
    subject: str
    most: int
    amount: int = 1


class Told(msgspec.Struct, frozen=True, array_like=True):
    """An event that the effect is: it stands in the customer's history once it was relayed."""

    event: str
    customer_id: int
    properties: dict[str, Any] = {}


class _Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: str
    """Idempotency key, unique for whoever asks (`by`)."""
    events: tuple[Told, ...] = ()
    """Recorded with the effect, and relayed."""
    about: dict[str, Any] = {}
    """Kept with the effect for ever: ids of orders, rules, campaigns; nothing personal."""


class Define(_Command, frozen=True, kw_only=True, tag="define"):
    """Make an asset; its issuer may give out without bound."""

    asset: str


class Floor(_Command, frozen=True, kw_only=True, tag="floor"):
    """Say how far below zero an owner's available may fall: an overdraft, or overbooking.

    `floor` is 0 or less; None has no bound.
    """

    asset: str
    owner: str
    floor: int | None


class Note(_Command, frozen=True, kw_only=True, tag="note"):
    """Move nothing: only `about` and `events` are put down; assets that are not there are made."""

    assets: tuple[str, ...] = ()


class Post(_Command, frozen=True, kw_only=True, tag="post"):
    """Move amounts at once. The legs of each asset sum to 0.

    Assets of which `assets` tells are made where they are not there yet.
    """

    legs: tuple[Leg, ...]
    limits: tuple[Limit, ...] = ()
    assets: tuple[str, ...] = ()


class Hold(_Command, frozen=True, kw_only=True, tag="hold"):
    """Set amounts aside until captured, voided, or expired.

    The legs are those of the post that is to come. What goes out of an asset goes to one owner. The
    owner of a hold (an order, an offer) has one open hold: asked anew, the earlier is voided and
    this one takes its place, in one effect. Limits are used from now on.
    """

    owner: str
    legs: tuple[Leg, ...]
    expires_at: int
    limits: tuple[Limit, ...] = ()


class Capture(_Command, frozen=True, kw_only=True, tag="capture"):
    """Move what was held, or of each asset as much as `amounts` says; the rest is released.

    An asset that `amounts` does not name is not moved. Refused once the hold has expired. The legs
    are moved in the same effect, before what was held.
    """

    hold: int
    amounts: dict[str, int] | None = None
    legs: tuple[Leg, ...] = ()


class Void(_Command, frozen=True, kw_only=True, tag="void"):
    """Release what was held, and the limits with it."""

    hold: int


class Reverse(_Command, frozen=True, kw_only=True, tag="reverse"):
    """Take a post, capture or expiry back, or of each asset as much as `amounts` says.

    An asset that `amounts` does not name is left. All reversals of an entry together never exceed
    it. What it put in is taken from the same lot, then from others as any leg is; what it took out
    goes back to the same lots, the last of its lines first. Its limits are given back once all the
    rest is reversed.
    """

    n: int
    amounts: dict[str, int] | None = None


class Taken(msgspec.Struct, frozen=True, array_like=True):
    """Of an entry all that is left, or of each asset as much as `amounts` says."""

    n: int
    amounts: dict[str, int] | None = None


class TakeBack(_Command, frozen=True, kw_only=True, tag="take_back"):
    """Take several entries back, or parts of them, and move amounts besides, all in one effect.

    Each entry as `Reverse` does; the legs as `Post` does, on what the reversals have left.
    """

    entries: tuple[Taken, ...]
    legs: tuple[Leg, ...] = ()
    limits: tuple[Limit, ...] = ()


class Expire(_Command, frozen=True, kw_only=True, tag="expire"):
    """Move what has expired and is not held to `EXPIRED`, of so many lots at most.

    A sweep, which looks first, names the lots that it has seen (`lots`, numbers of accounts): then
    nothing is searched for while others wait. What of them is not there to expire is passed over.
    """

    asset: str
    most: int = 500
    lots: tuple[int, ...] = ()


class Release(_Command, frozen=True, kw_only=True, tag="release"):
    """Void the holds that have expired, so many at most, the oldest first."""

    most: int = 100


Command = (
    Define | Floor | Note | Post | Hold | Capture | Void | Reverse | TakeBack | Expire | Release
)
"""Anything that may be asked."""


def digest_of_key(by: str, key: str) -> bytes:
    """16 bytes that stand for who asks and their key."""
    return blake2b(f"{by}\0{key}".encode(), digest_size=16).digest()


_ENCODE = msgspec.json.Encoder(order="deterministic").encode


def _defaults(kind: type[Command]) -> tuple[tuple[str, object], ...]:
    """The fields, each with its default; `NODEFAULT` equals nothing that is asked."""
    return tuple(
        (
            field.name,
            field.default if field.default_factory is NODEFAULT else field.default_factory(),
        )
        for field in msgspec.structs.fields(kind)
    )


_FIELDS: dict[type[Command], tuple[tuple[str, object], ...]] = {
    kind: _defaults(kind) for kind in get_args(Command)
}


def digest_of_body(command: Command) -> bytes:
    """16 bytes that stand for all that is asked, so that another body under the key is seen.

    What is as it is by default does not count, so that a field may be added later and what was
    asked before is still known.
    """
    kind = type(command)
    asked = {
        name: value
        for name, default in _FIELDS[kind]
        if (value := getattr(command, name)) != default
    }
    asked["type"] = kind.__struct_config__.tag
    return blake2b(_ENCODE(asked), digest_size=16).digest()


def check_key(key: str) -> None:
    """Whether it can be the key of a request; raises `InvalidCommand` where it cannot."""
    if not 1 <= len(key) <= _LONGEST_KEY or not key.isprintable():
        raise _invalid(
            "key",
            key,
            f"a key has 1 to {_LONGEST_KEY} characters, all printable",
            "send a random one",
        )


def check(command: Command) -> None:
    """What can be told without knowing the ledger.

    Raises:
        InvalidCommand: an amount, a name, or a sum of legs that cannot be.
    """
    check_key(command.key)
    if command.about or command.events:
        try:
            size = len(_ENCODE(command.about)) + len(_ENCODE(command.events))
        except (UnicodeEncodeError, TypeError, ValueError) as error:
            raise _invalid("about", str(error), "this is no JSON", "keep plain values") from error
        if size > _LONGEST_BODY:
            raise _invalid("about", str(size), "more than 16 KB beside the legs", "keep ids only")
    for told in command.events:
        if not told.event or told.customer_id < 1:
            raise _invalid("events", told.event, "an event has a name and a customer", "name both")
    match command:
        case Define(asset=asset):
            _check_asset(asset)
        case Floor(asset=asset, owner=owner, floor=floor):
            _check_asset(asset)
            _check_owner(owner)
            if floor is not None and not -MOST <= floor <= 0:
                raise _invalid("floor", str(floor), "a floor is 0 or below", "write -100 for 100")
        case Note(assets=assets):
            _check_assets(assets)
        case Post(legs=legs, limits=limits, assets=assets):
            _check_legs(legs)
            _check_limits(limits)
            _check_assets(assets)
        case Hold(owner=owner, legs=legs, expires_at=expires_at, limits=limits):
            _check_owner(owner)
            _check_legs(legs)
            _check_limits(limits)
            _check_one_receiver(legs)
            if not 0 < expires_at < NEVER:
                raise _invalid(
                    "expires_at", str(expires_at), "a hold expires", "write UTC microseconds"
                )
        case Capture(amounts=amounts, legs=legs):
            _check_amounts(amounts)
            if legs:
                _check_legs(legs)
        case Reverse(amounts=amounts):
            _check_amounts(amounts)
        case TakeBack(entries=entries, legs=legs, limits=limits):
            _check_taken(entries)
            if legs:
                _check_legs(legs)
            _check_limits(limits)
        case Expire(asset=asset, most=most, lots=lots):
            _check_asset(asset)
            _check_most(most)
            _check_lots(lots)
        case Release(most=most):
            _check_most(most)


def _check_legs(legs: tuple[Leg, ...]) -> None:
    if not 1 < len(legs) <= _MOST_LEGS:
        raise _invalid("legs", str(len(legs)), f"there are 2 to {_MOST_LEGS} legs", "split them")
    sums: dict[str, int] = {}
    for leg in legs:
        _check_asset(leg.asset)
        _check_owner(leg.owner)
        if not 0 < abs(leg.amount) <= MOST:
            raise _invalid("amount", str(leg.amount), "this is no amount", "write 1 to 2^53 - 1")
        if not 0 < leg.expires_at <= NEVER:
            raise _invalid("expires_at", str(leg.expires_at), "no instant", "write microseconds")
        if leg.amount < 0 and leg.expires_at != NEVER:
            raise _invalid(
                "expires_at",
                str(leg.expires_at),
                "what goes out is taken from the lots that expire first",
                "leave expires_at out",
            )
        sums[leg.asset] = sums.get(leg.asset, 0) + leg.amount
    for asset, total in sums.items():
        if total:
            raise _invalid(
                "legs",
                asset,
                f"the legs of an asset must sum to 0, these to {total}",
                "write what goes out as negative, what comes in as positive amounts",
            )


def _check_one_receiver(legs: tuple[Leg, ...]) -> None:
    receivers: dict[str, str] = {}
    for leg in legs:
        if leg.amount > 0 and (
            receivers.setdefault(leg.asset, leg.owner) != leg.owner or leg.expires_at != NEVER
        ):
            raise _invalid(
                "legs", leg.asset, "what is held of an asset goes to one owner", "split the hold"
            )


def _check_limits(limits: tuple[Limit, ...]) -> None:
    for limit in limits:
        _check_name("scope", limit.scope)
        _check_owner(limit.subject)
        if limit.subject == ISSUER:
            raise _invalid(
                "limits", ISSUER, "what is used of a limit is counted there", "name whose it is"
            )
        if not (0 <= limit.most <= MOST and 0 < limit.amount <= MOST):
            raise _invalid("limits", str(limit.most), "no limit", "most is 0 or more, amount 1")
    if len({(limit.scope, limit.subject) for limit in limits}) < len(limits):
        raise _invalid("limits", limits[0].scope, "a limit stands there twice", "add them up")


def _check_amounts(amounts: dict[str, int] | None) -> None:
    for asset, amount in (amounts or {}).items():
        _check_asset(asset)
        if not 0 <= amount <= MOST:
            raise _invalid("amounts", str(amount), "this is no amount", "write 0 to 2^53 - 1")
    if amounts is not None and not any(amounts.values()):
        raise _invalid("amounts", str(amounts), "nothing is asked for", "leave amounts out for all")


def _check_taken(entries: tuple[Taken, ...]) -> None:
    if not 1 <= len(entries) <= _MOST_ENTRIES:
        raise _invalid(
            "entries", str(len(entries)), f"1 to {_MOST_ENTRIES} entries can be", "split them"
        )
    if len({one.n for one in entries}) < len(entries):
        raise _invalid("entries", str(entries[0].n), "an entry stands there twice", "add them up")
    for one in entries:
        _check_amounts(one.amounts)


def _check_most(most: int) -> None:
    if not 1 <= most <= _MOST_LEGS:
        raise _invalid("most", str(most), f"this is not 1 to {_MOST_LEGS}", "ask several times")


def _check_lots(lots: tuple[int, ...]) -> None:
    if len(lots) > _MOST_LEGS or not all(0 < lot <= MOST for lot in lots):
        raise _invalid(
            "lots", str(len(lots)), f"up to {_MOST_LEGS} accounts, by number", "ask several times"
        )


def _check_asset(name: str) -> None:
    _check_name("asset", name)
    if name.startswith(LIMITS):
        raise _invalid("asset", name, "only limits move assets of this name", "name it otherwise")


def _check_assets(names: tuple[str, ...]) -> None:
    if len(names) > _MOST_LEGS:
        raise _invalid("assets", str(len(names)), f"more than {_MOST_LEGS}", "split them")
    if len(set(names)) < len(names):
        raise _invalid("assets", names[0], "an asset stands there twice", "name each once")
    for name in names:
        _check_asset(name)


def _check_owner(name: str) -> None:
    _check_name("owner", name)


def _check_name(column: str, name: str) -> None:
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise _invalid(column, name, "this is no name", "take names like coupon:spring")


def _invalid(column: str, value: str, message: str, todo: str) -> InvalidCommand:
    return InvalidCommand(message, where=Where(column=column, value=value), todo=todo)
