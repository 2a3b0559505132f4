"""From what is asked to the deed that does it, with all that the shop's settings and keys add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import msgspec

from regulars.app.benefits import asked
from regulars.app.home import Home
from regulars.benefit.coupon.code import ALPHABET, LETTERS, digest_of_code
from regulars.benefit.coupon.codes import ClaimByCode, MakeCodes
from regulars.benefit.coupon.deeds import ClaimCoupon, GiveCoupon, TakeBackCoupon
from regulars.benefit.coupon.giving import Recipient
from regulars.benefit.envelope.claiming import ClaimEnvelope
from regulars.benefit.envelope.filling import FillEnvelope
from regulars.benefit.gift.giving import GiveGift, TakeBackGift
from regulars.benefit.gift.sending import AddressGift, ReceiveGift, SendGift
from regulars.benefit.leaderboard import Join, Leave
from regulars.benefit.names import POINTS, customer_owner, money_asset
from regulars.benefit.order.hold import HoldOrder
from regulars.benefit.order.pay import CancelOrder, PayOrder
from regulars.benefit.order.refund import RefundOrder
from regulars.benefit.points.changing import Adjust, SpendPoints
from regulars.errors import InvalidCommand, Where
from regulars.ledger.command import ISSUER
from regulars.ledger.deed import Deed

Lookup = Callable[[str, str], str]
_GROUP = 6
_LONGEST_KEY = 255
_MOST_NUMBERS = 20
_HELD = " (held)"
"""Behind the key of a redemption: that of its first half."""


class Numbers(Protocol):
    """Finds our number of a customer."""

    def __call__(self, told: int | str) -> int:
        """Raises `NoSuchBenefit` where nobody has this id."""
        ...


@dataclass(frozen=True, slots=True)
class Deeds:
    """Makes deeds.

    Attributes:
        zone: of the shop's days.
        currency: of its money.
        keys: the folder of the vault.
        lookup: a keyed hash, of a namespace and a text.
        number_of: finds customers.
        earlier_of: other numbers that are the same customer's by now.
    """

    zone: str
    currency: str
    keys: Path
    lookup: Lookup
    number_of: Numbers
    earlier_of: Callable[[int], tuple[int, ...]]

    @classmethod
    def of(
        cls,
        home: Home,
        lookup: Lookup,
        number_of: Numbers,
        earlier_of: Callable[[int], tuple[int, ...]],
    ) -> Deeds:
        """For a shop."""
        shop = home.settings.shop
        return cls(shop.time_zone, shop.currency, home.keys, lookup, number_of, earlier_of)

    def deed(self, what: asked.Asked, key: str, by: str) -> Deed:
        """The deed that does what is asked.

        Args:
            what: is asked; anything but `Define` and `Redeem`, which are several.
            key: idempotency key.
            by: who asks.

        Raises:
            InvalidCommand: it makes no sense in any state.
            NoSuchBenefit: nobody has the customer's id.
        """
        make: Callable[[Deeds, Any, str, str], Deed] = _DEEDS[type(what)]
        return make(self, what, key, by)

    def ways(self, make: Callable[[Deeds], Deed]) -> list[Deed]:
        """The deed, and how it would have been asked for before its customer's numbers were joined.

        A key that was used before then answers as it did: where the first meets `KeyConflict`, the
        next is asked for, and so on. None of them does anything anew, since the key is used.

        Args:
            make: makes the deed.
        """
        met: dict[int | str, int] = {}

        def number_of(told: int | str) -> int:
            return met.setdefault(told, self.number_of(told))

        first = make(replace(self, number_of=number_of))
        if len(met) == 1:
            [(told, number)] = met.items()
            as_told = [told] if isinstance(told, int) else []
            numbers = dict.fromkeys([*as_told, *self.earlier_of(number)])
            numbers.pop(number, None)
            others = [_always(one) for one in list(numbers)[:_MOST_NUMBERS]]
            return [first, *(make(replace(self, number_of=other)) for other in others)]
        if all(isinstance(told, int) for told in met) and any(told != met[told] for told in met):
            return [first, make(replace(self, number_of=_as_told))]
        return [first]

    def hold_first(self, what: asked.Redeem, key: str) -> Deed:
        """What comes before the payment, when both are asked for in one."""
        whole = f"{key}{_HELD}"
        if len(whole) > _LONGEST_KEY:  # what is cut off may be all in which two keys differ
            whole = f"{blake2b(key.encode(), digest_size=32).hexdigest()}{_HELD}"
        return _hold(self, what, whole, "")

    def codes(self, what: asked.Codes, key: str, by: str) -> tuple[str, ...]:
        """The codes that this request makes, the same whenever it is repeated.

        They come from the vault's key, who asks, and the request's key: nobody else can tell them.
        """
        return tuple(
            _code(self.lookup("made code", f"{by}\0{key}\0{number}"))
            for number in range(what.count)
        )

    def recipient(self, customer: int | str, household: str) -> Recipient:
        """To whom something is given."""
        hashed = self.lookup("household", household.strip().lower()) if household.strip() else ""
        return Recipient(self.number_of(customer), hashed)


def _as_told(told: int | str) -> int:
    assert isinstance(told, int)  # noqa: S101 - only asked where all are
    return told


def _always(number: int) -> Numbers:
    def number_of(told: int | str) -> int:  # noqa: ARG001 - whatever is told
        return number

    return number_of


def _code(digest: str) -> str:
    bits = int(digest, 16)
    letters = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(LETTERS))
    return "-".join(letters[at : at + _GROUP] for at in range(0, LETTERS, _GROUP))


def _issue(deeds: Deeds, what: asked.Issue, key: str, _by: str) -> Deed:
    _one_of(coupon=what.coupon, gift=what.gift, points=what.points)
    to = deeds.recipient(what.customer, what.household)
    if what.coupon:
        return GiveCoupon(key=key, coupon=what.coupon, to=to, zone=deeds.zone, why=what.why)
    if what.gift:
        return GiveGift(key=key, gift=what.gift, customer_id=to.customer_id, why=what.why)
    return Adjust(
        key=key,
        customer_id=to.customer_id,
        points=what.points,
        why=what.why or "by hand",
        zone=deeds.zone,
    )


def _claim(deeds: Deeds, what: asked.Claim, key: str, _by: str) -> Deed:
    _one_of(coupon=what.coupon, code=what.code, envelope=what.envelope)
    to = deeds.recipient(what.customer, what.household)
    if what.coupon:
        return ClaimCoupon(key=key, coupon=what.coupon, to=to, zone=deeds.zone)
    if what.code:
        digest = digest_of_code(what.code, deeds.lookup)
        return ClaimByCode(key=key, code_digest=digest, to=to, zone=deeds.zone)
    return ClaimEnvelope(
        key=key,
        envelope=what.envelope,
        customer_id=to.customer_id,
        zone=deeds.zone,
        earlier=deeds.earlier_of(to.customer_id),
    )


def _take_back(_deeds: Deeds, what: asked.TakeBack, key: str, _by: str) -> Deed:
    if what.what == "coupon":
        return TakeBackCoupon(key=key, n=what.n, why=what.why)
    return TakeBackGift(key=key, n=what.n, why=what.why)


def _codes(deeds: Deeds, what: asked.Codes, key: str, by: str) -> Deed:
    digests = tuple(digest_of_code(one, deeds.lookup) for one in deeds.codes(what, key, by))
    return MakeCodes(key=key, coupon=what.coupon, digests=digests, batch=what.batch, uses=what.uses)


def _hold(deeds: Deeds, what: asked.Hold | asked.Redeem, key: str, _by: str) -> Deed:
    return HoldOrder(
        key=key,
        order=what.order,
        customer_id=deeds.number_of(what.customer),
        basket=what.basket,
        currency=deeds.currency,
        wish=what.wish,
        expected_pay=what.expected_pay,
        minutes=what.minutes if isinstance(what, asked.Hold) else 30,
    )


def _pay(_deeds: Deeds, what: asked.Pay | asked.Redeem, key: str, _by: str) -> Deed:
    return PayOrder(key=key, order=what.order)


def _cancel(_deeds: Deeds, what: asked.Cancel, key: str, _by: str) -> Deed:
    return CancelOrder(key=key, order=what.order)


def _refund(_deeds: Deeds, what: asked.Refund, key: str, _by: str) -> Deed:
    return RefundOrder(
        key=key, order=what.order, refund=what.refund, lines=what.lines, shipping=what.shipping
    )


def _spend(deeds: Deeds, what: asked.Spend, key: str, _by: str) -> Deed:
    customer = deeds.number_of(what.customer)
    return SpendPoints(key=key, customer_id=customer, points=what.points, on=what.on)


def _fill(deeds: Deeds, what: asked.Fill, key: str, _by: str) -> Deed:
    giver = ISSUER
    if what.from_customer is not None:
        giver = customer_owner(deeds.number_of(what.from_customer))
    audience = what.audience
    return FillEnvelope(
        key=key,
        asset=POINTS if what.asset == "points" else money_asset(deeds.currency),
        total=what.total,
        count=what.count,
        expires_at=what.expires_at,
        mode=what.mode,
        from_owner=giver,
        budget=what.budget,
        audience=None if audience is None else tuple(map(deeds.number_of, audience)),
        balance_days=what.balance_days,
    )


def _address(deeds: Deeds, what: asked.Address, key: str, _by: str) -> Deed:
    from regulars.intake.vault import Vault

    customer = deeds.number_of(what.customer)
    text = msgspec.json.encode(what.address, order="deterministic").decode()
    with Vault.open(deeds.keys) as vault:  # its connection stays with this thread
        (sealed,) = vault.seal([(f"c:{customer}", dict(what.address))])
    return AddressGift(
        key=key,
        n=what.n,
        customer_id=customer,
        sealed=sealed,
        address_hash=deeds.lookup("address", text),
    )


def _send(_deeds: Deeds, what: asked.Send, key: str, _by: str) -> Deed:
    return SendGift(key=key, n=what.n, tracking=what.tracking)


def _receive(deeds: Deeds, what: asked.Receive, key: str, _by: str) -> Deed:
    customer = None if what.customer is None else deeds.number_of(what.customer)
    return ReceiveGift(key=key, n=what.n, customer_id=customer)


def _join(deeds: Deeds, what: asked.Join, key: str, _by: str) -> Deed:
    return Join(key=key, customer_id=deeds.number_of(what.customer), shown_as=what.shown_as)


def _leave(deeds: Deeds, what: asked.Leave, key: str, _by: str) -> Deed:
    return Leave(key=key, customer_id=deeds.number_of(what.customer))


_DEEDS: dict[type[asked.Asked], Callable[[Deeds, Any, str, str], Deed]] = {
    asked.Issue: _issue,
    asked.Claim: _claim,
    asked.TakeBack: _take_back,
    asked.Codes: _codes,
    asked.Hold: _hold,
    asked.Pay: _pay,
    asked.Cancel: _cancel,
    asked.Refund: _refund,
    asked.Spend: _spend,
    asked.Fill: _fill,
    asked.Address: _address,
    asked.Send: _send,
    asked.Receive: _receive,
    asked.Join: _join,
    asked.Leave: _leave,
}


def _one_of(**told: object) -> None:
    """Of several ways exactly one is taken; raises `InvalidCommand`."""
    if sum(map(bool, told.values())) != 1:
        names = ", ".join(told)
        raise InvalidCommand(
            "exactly one of these is asked for at a time",
            where=Where(column=names, value=str(sum(map(bool, told.values())))),
            todo=f"name one of {names}",
        )
