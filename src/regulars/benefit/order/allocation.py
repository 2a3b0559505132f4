"""What an order has used, line by line, and what a refund of a part of it gives back.

What is given back is told of all that has been refunded so far, and a refund gives the difference
to what was given back before. Of a line of which q of Q pieces are refunded that is the whole part
of total x q / Q, of each kind by itself: points, balance, each coupon's discount, and cash. So the
parts of any sequence of refunds never come to more than there was, and to exactly that once all is
refunded; what rounding keeps back meanwhile, less than one coin or point of each kind and line,
comes with the last piece.

A coupon cannot be split. It comes back when everything that it took something off is wholly
refunded; one that took something off the shipping, when the shipping and all the goods are. It
comes back as it was: into the lot that it came from, with the day on which that expires. What has
expired meanwhile comes back expired; the same holds for points and for balance.

>>> tea = Part(
...     id="tea", quantity=3, price=30_00, discounts={"coupon:spring:1": 5_00}, points=100,
...     points_money=1_00, balance=4_00, pay=20_00,
... )
>>> order = Allocation(lines=(tea,), coupons=(UsedCoupon(asset="coupon:spring:1", discount=5_00),))
>>> one = restored(order, Refunded(), Refunded(lines={"tea": 1}))
>>> one.cash, one.points, one.balance, one.coupons
(666, 33, 133, ())
>>> rest = restored(order, Refunded(lines={"tea": 1}), Refunded(lines={"tea": 2}))
>>> rest.cash, rest.points, rest.balance, rest.coupons
(1334, 67, 267, ('coupon:spring:1',))
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from regulars.errors import NoSuchBenefit, TooMuch, Where


class Part(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A line of an order, or its shipping, and who bears what of its price.

    Attributes:
        id: of the line; "" of the shipping.
        quantity: pieces; 1 of the shipping.
        price: of all pieces, before any discount, without what a tier makes free; smallest coins.
        discounts: by the coupon's asset, in the smallest coin.
        points: used for it.
        points_money: what they paid, in the smallest coin.
        balance: of the customer's balance, in the smallest coin.
        pay: what is left to be paid, in the smallest coin.
    """

    id: str = ""
    quantity: int = 1
    price: int = 0
    discounts: dict[str, int] = {}
    points: int = 0
    points_money: int = 0
    balance: int = 0
    pay: int = 0


class UsedCoupon(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A coupon that the order uses.

    Attributes:
        asset: with its name and version.
        discount: what it takes off in all, in the smallest coin.
        expires_at: of its lot; UTC microseconds.
        budget: that pays for it; "" where none does.
        worst_case: what its budget sets aside for one that is given and not used.
        set_aside: what of that was there for this one.
        cost: what of the discount the budget pays.
    """

    asset: str
    discount: int
    expires_at: int = 0
    budget: str = ""
    worst_case: int = 0
    set_aside: int = 0
    cost: int = 0


class Allocation(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """All that an order has used."""

    lines: tuple[Part, ...]
    shipping: Part = Part()
    coupons: tuple[UsedCoupon, ...] = ()

    @property
    def points(self) -> int:
        """Points used."""
        return sum(part.points for part in self.parts)

    @property
    def balance(self) -> int:
        """Of the customer's balance, in the smallest coin."""
        return sum(part.balance for part in self.parts)

    @property
    def pay(self) -> int:
        """What is left to be paid, in the smallest coin."""
        return sum(part.pay for part in self.parts)

    @property
    def goods_pay(self) -> int:
        """The same without shipping."""
        return sum(part.pay for part in self.lines)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The lines and the shipping."""
        return (*self.lines, self.shipping)


class Refunded(msgspec.Struct, frozen=True, omit_defaults=True):
    """Pieces by line, and whether the shipping."""

    lines: dict[str, int] = {}
    shipping: bool = False

    def and_also(self, other: Refunded) -> Refunded:
        """Both together."""
        lines = dict(self.lines)
        for line, pieces in other.lines.items():
            lines[line] = lines.get(line, 0) + pieces
        return Refunded(lines, self.shipping or other.shipping)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a refund gives back.

    Attributes:
        points: to the customer.
        points_money: what these had paid; smallest coins, as all that follows.
        balance: to the customer's balance.
        cash: to be paid back by the shop.
        goods_cash: of it, for goods.
        discounts: by the coupon's asset, what it had taken off what is refunded.
        costs: likewise, what of that its budget had paid.
        coupons: that come back to the customer, by asset.
    """

    points: int = 0
    points_money: int = 0
    balance: int = 0
    cash: int = 0
    goods_cash: int = 0
    discounts: dict[str, int] = field(default_factory=dict)
    costs: dict[str, int] = field(default_factory=dict)
    coupons: tuple[str, ...] = ()


def restored(allocation: Allocation, before: Refunded, now: Refunded) -> Restored:
    """What is to be given back for what is refunded now.

    Args:
        allocation: of the order.
        before: refunded before.
        now: refunded besides.

    Raises:
        NoSuchBenefit: the order has no such line.
        TooMuch: more than is left of a line, or the shipping twice.
    """
    check_refund(allocation, before, now)
    so_far = in_all(allocation, before)
    after = in_all(allocation, before.and_also(now))
    return Restored(
        after.points - so_far.points,
        after.points_money - so_far.points_money,
        after.balance - so_far.balance,
        after.cash - so_far.cash,
        after.goods_cash - so_far.goods_cash,
        _less(after.discounts, so_far.discounts),
        _less(after.costs, so_far.costs),
        tuple(asset for asset in after.coupons if asset not in so_far.coupons),
    )


def in_all(allocation: Allocation, refunded: Refunded) -> Restored:
    """What is given back in all once so much is refunded, which is no more than there was."""
    shares = [(part, refunded.lines.get(part.id, 0)) for part in allocation.lines]
    goods_cash = sum(_share(part.pay, part, pieces) for part, pieces in shares)
    shares.append((allocation.shipping, int(refunded.shipping)))
    discounts = {
        coupon.asset: sum(
            _share(part.discounts.get(coupon.asset, 0), part, pieces) for part, pieces in shares
        )
        for coupon in allocation.coupons
    }
    return Restored(
        points=sum(_share(part.points, part, pieces) for part, pieces in shares),
        points_money=sum(_share(part.points_money, part, pieces) for part, pieces in shares),
        balance=sum(_share(part.balance, part, pieces) for part, pieces in shares),
        cash=sum(_share(part.pay, part, pieces) for part, pieces in shares),
        goods_cash=goods_cash,
        discounts=discounts,
        costs={
            coupon.asset: coupon.cost * discounts[coupon.asset] // max(coupon.discount, 1)
            for coupon in allocation.coupons
        },
        coupons=tuple(
            coupon.asset for coupon in allocation.coupons if _comes_back(coupon.asset, shares)
        ),
    )


def left_of(allocation: Allocation, refunded: Refunded) -> dict[str, int]:
    """The pieces of each line that are not refunded, of those lines that have any."""
    left = {part.id: part.quantity - refunded.lines.get(part.id, 0) for part in allocation.lines}
    return {line: pieces for line, pieces in left.items() if pieces}


def check_refund(allocation: Allocation, before: Refunded, now: Refunded) -> None:
    """Whether there is so much to be refunded; raises what `restored` does."""
    quantities = {part.id: part.quantity for part in allocation.lines}
    for line, pieces in now.lines.items():
        if line not in quantities:
            raise NoSuchBenefit(
                "the order has no such line",
                where=Where(column="line", value=line),
                todo="name lines as they were named when the order was held",
            )
        left = quantities[line] - before.lines.get(line, 0)
        if pieces > left:
            raise TooMuch(
                f"{pieces:,} are to be refunded and {left:,} are left",
                where=Where(column="line", value=line),
                todo="refund less",
            )
    if now.shipping and before.shipping:
        raise TooMuch("the shipping has been refunded before", todo="refund goods only")


def _share(total: int, part: Part, pieces: int) -> int:
    return total * pieces // part.quantity


def _comes_back(asset: str, shares: list[tuple[Part, int]]) -> bool:
    *goods, (shipping, _) = shares
    if asset in shipping.discounts:
        return all(pieces == part.quantity for part, pieces in shares)
    return all(pieces == part.quantity for part, pieces in goods if asset in part.discounts)


def _less(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    left = {asset: amount - before.get(asset, 0) for asset, amount in after.items()}
    return {asset: amount for asset, amount in left.items() if amount}
