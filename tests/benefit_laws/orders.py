"""The laws of orders: what was held is paid or free again; no refund gives more than there was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from benefit_mix import basket_of, customer_of, now
from benefit_rules import CURRENCY
from regulars.benefit.order.allocation import Allocation, Part
from regulars.benefit.order.standing import Body, RefundedSoFar

if TYPE_CHECKING:
    from benefit_laws.book import Effect

_KINDS = ("cash", "points", "balance")


@dataclass
class Order:
    """An order, as the journal tells of it."""

    state: str = ""
    hold: dict[str, Any] = field(default_factory=dict)
    paid: dict[str, Any] = field(default_factory=dict)
    refunds: dict[str, int] = field(default_factory=dict)
    """By the shop's id, the entry."""
    given_back: Counter[str] = field(default_factory=Counter)
    coupons: list[str] = field(default_factory=list)
    pieces: Counter[str] = field(default_factory=Counter)
    shipping: bool = False
    seen: list[tuple[int, dict[str, int], bool]] = field(default_factory=list)
    """Each refund: when, of which pieces, and whether of the shipping."""
    states: list[tuple[int, str]] = field(default_factory=list)
    """Since when it was what."""
    last_of_goods: int = 0
    """The entry that refunded the last piece."""

    @property
    def has_goods_left(self) -> bool:
        """Whether anything but the shipping is not refunded."""
        return bool(self.quantities - self.pieces)

    @property
    def quantities(self) -> Counter[str]:
        """Pieces by line."""
        lines = basket_of(self.paid["order"])["lines"]
        return Counter({line["id"]: line["quantity"] for line in lines})

    def see(self, one: Effect) -> None:
        """Take in what was done to it."""
        match one.verb:
            case "hold":
                assert self.state != "paid", ("held after it was paid", one)
                assert one.about["customer_id"] == customer_of(one.about["order"]), one
                self.state, self.hold = "held", one.about
            case "pay":
                assert self.state == "held", ("paid, and not held", one)
                assert one.at < self.hold["expires_at"], ("paid after its hold had expired", one)
                self.state, self.paid = "paid", one.about
                self._check_paid(one)
            case "cancel":
                assert self.state == "held", ("cancelled, and not held", one)
                self.state = "released"
            case "refund":
                assert self.state == "paid", ("refunded, and not paid", one)
                self._refund(one)
        self.states.append((one.at, self.state))

    def was(self, since: int, until: int) -> set[str]:
        """The states that it was in from one instant to another; "" before it was held."""
        before = [state for at, state in self.states if at < since]
        found = {*before[-1:], *(state for at, state in self.states if since <= at <= until)}
        if "held" in found and self.hold["expires_at"] <= until:
            found.add("expired")
        return found if before else found | {""}

    def _check_paid(self, one: Effect) -> None:
        """What was held is what was spent."""
        quote = self.hold["quote"]
        for kind in ("pay", "points", "balance"):
            assert one.about[kind] == quote[kind], (kind, one)
        held = Counter(coupon["asset"] for coupon in quote["coupons"])
        assert Counter(coupon["coupon"] for coupon in one.about["coupons"]) == held, one
        went: Counter[tuple[str, str]] = Counter()
        for line in one.lines:
            went[line.asset, line.owner] += line.amount
        expected = Counter({(asset, "used"): count for asset, count in held.items()})
        expected["points", "shop"], expected[f"money:{CURRENCY}", "shop"] = (
            quote["points"], quote["balance"],
        )  # fmt: skip
        for key, amount in expected.items():
            assert went[key] == amount, (key, amount, one)

    def _refund(self, one: Effect) -> None:
        refund = one.asked["refund"]
        assert self.refunds.setdefault(refund, one.n) == one.n, ("refunded twice", one)
        had_goods = self.has_goods_left
        self.pieces.update(one.about["lines"])
        self.seen.append((one.at, one.about["lines"], one.about["shipping"]))
        assert self.pieces <= self.quantities, ("more refunded than bought", one)
        assert not (self.shipping and one.about["shipping"]), ("shipping refunded twice", one)
        self.shipping = self.shipping or one.about["shipping"]
        if had_goods and not self.has_goods_left:
            self.last_of_goods = one.n
        self.coupons += one.about["coupons"]
        used = Counter(coupon["coupon"] for coupon in self.paid["coupons"])
        assert Counter(self.coupons) <= used, ("a coupon came back twice", one)
        paid = dict(zip(_KINDS, (self.paid[k] for k in ("pay", "points", "balance")), strict=True))
        for kind in _KINDS:
            assert one.about[kind] >= 0, one
            self.given_back[kind] += one.about[kind]
            assert self.given_back[kind] <= paid[kind], (kind, "more came back than was paid", one)
            assert self.given_back[kind] == self._due("pay" if kind == "cash" else kind), (
                kind,
                one,
            )
        if self.shipping and not self.has_goods_left:
            assert all(self.given_back[kind] == paid[kind] for kind in _KINDS), (paid, self)
            assert Counter(self.coupons) == used, (used, self)

    def _due(self, kind: str) -> int:
        """The whole part of each line's share, by what was quoted."""
        quote = self.hold["quote"]
        goods = sum(
            line[kind] * self.pieces[line["id"]] // line["quantity"] for line in quote["lines"]
        )
        return int(goods + self.shipping * quote["shipping"][kind])


@dataclass(frozen=True)
class Orders:
    """All orders."""

    all: dict[str, Order]
    rows: dict[str, tuple[str, int, str, str]]

    @classmethod
    def of(cls, effects: Iterable[Effect], rows: dict[str, tuple[str, int, str, str]]) -> Orders:
        """Go through the journal; raises `AssertionError` for what cannot be."""
        orders: dict[str, Order] = {}
        for one in effects:
            if one.verb in ("hold", "pay", "cancel", "refund"):
                orders.setdefault(one.about["order"], Order()).see(one)
        return cls(orders, rows)

    def check(self, open_holds: dict[str, int], held: dict[tuple[str, str], int]) -> None:
        """Whether the rows say the same, and just the open holds set something aside."""
        assert self.rows.keys() == self.all.keys()
        left = dict(open_holds)
        expected: Counter[tuple[str, str]] = Counter()
        for name, order in self.all.items():
            state, hold, text, refunded = self.rows[name]
            assert state == order.state, (name, state, order.state)
            so_far = _SO_FAR(refunded) if refunded else RefundedSoFar()
            assert so_far.refunds == order.refunds, name
            assert Counter(so_far.refunded.lines) == order.pieces, name
            assert so_far.refunded.shipping == order.shipping, name
            body = _BODY(text)
            is_open = left.pop(f"order:{name}", 0)
            assert not is_open or (is_open, state) == (hold, "held"), (name, state, is_open)
            assert is_open or state != "held" or not hold or body.expires_at <= now(), name
            if is_open:
                used, owner = body.allocation, f"customer:{customer_of(name)}"
                expected["points", owner] += used.points
                expected[f"money:{CURRENCY}", owner] += used.balance
                expected.update((coupon.asset, owner) for coupon in used.coupons)
        assert not left, "holds of no order"
        found = {
            key: amount for key, amount in held.items() if amount and key[1].startswith("customer:")
        }
        assert found == {key: amount for key, amount in expected.items() if amount}

    def spent(self, budget: str) -> int:
        """What paid orders have cost the budget, less what refunds gave it back."""
        return sum(
            _cost(_BODY(self.rows[name][2]).allocation, order, budget)
            for name, order in self.all.items()
            if order.state == "paid"
        )

    def was(self, name: str, since: int, until: int) -> set[str]:
        """The states that an order was in from one instant to another."""
        return self.all[name].was(since, until) if name in self.all else {""}

    def has_left(self, asked: dict[str, Any], until: int) -> bool:
        """Whether so much of an order was not refunded at the instant."""
        order = self.all[asked["order"]]
        before = [(lines, shipping) for at, lines, shipping in order.seen if at <= until]
        pieces = Counter(asked.get("lines", {}))
        for lines, _ in before:
            pieces.update(lines)
        twice = asked["shipping"] and any(shipping for _, shipping in before)
        return pieces <= order.quantities and not twice

    def goods_refunded_after(self, name: str, n: int) -> bool:
        """Whether the last piece was refunded after this entry."""
        order = self.all.get(name)
        return order is not None and order.last_of_goods > n


def _cost(used: Allocation, order: Order, budget: str) -> int:
    parts: list[tuple[Part, int]] = [(part, order.pieces[part.id]) for part in used.lines]
    parts.append((used.shipping, int(order.shipping)))
    cost = 0
    for coupon in used.coupons:
        if coupon.budget == budget and coupon.discount:
            back = sum(
                part.discounts.get(coupon.asset, 0) * pieces // part.quantity
                for part, pieces in parts
            )
            cost += coupon.cost - coupon.cost * back // coupon.discount
    return cost


_BODY = msgspec.json.Decoder(Body).decode
_SO_FAR = msgspec.json.Decoder(RefundedSoFar).decode
