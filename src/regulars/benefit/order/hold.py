"""At checkout: what an order is to use is set aside for it until it is paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from regulars.benefit.digest import digest_of
from regulars.benefit.order.holding import check_holdable, plan_hold
from regulars.benefit.order.quoted import allocation_of
from regulars.benefit.order.standing import Body, check_id, standing_of
from regulars.benefit.order.wallet import quote_of, read_wallet
from regulars.benefit.quote.basket import Basket, Quote, Wish, check_basket
from regulars.benefit.quote.payment import check_wish
from regulars.engines.store import Connection
from regulars.errors import InvalidCommand, QuoteChanged, Where
from regulars.kernel.money import format_money, from_minor_units
from regulars.ledger.deed import Deed, Planned

MINUTE = 60_000_000
_MOST_MINUTES = 43_200
_MOST_TOLD = 12 << 10


@dataclass(frozen=True, slots=True)
class HoldOrder(Deed):
    """Quote an order as the customer stands now, and set aside what it uses.

    The same order asked anew under another key replaces what it held; what it held counts as free
    for it. An order that uses nothing holds nothing, and can be paid and refunded all the same.

    The answer's `about` tells the `order`, `customer_id`, `currency`, `expires_at` (UTC
    microseconds) and the `quote` as `Quote.as_dict` has it. Of an order of very many lines the
    quote is told without its `lines`, then without its `reasons`; `standing_of` has the lines.

    Refused by `QuoteChanged` where it does not come to `expected_pay`; by `OrderState` where the
    order is paid, or another customer's; by `NotApplicable` where a coupon that was wished for
    cannot be used.

    Attributes:
        order: its id.
        customer_id: whose benefits are used.
        basket: what is bought.
        currency: of all amounts.
        wish: which coupons, how many points, how much of the balance.
        expected_pay: what the customer was shown, in the smallest coin; None takes what it is.
        minutes: how long it is held.
    """

    key: str
    order: str
    customer_id: int
    basket: Basket
    currency: str
    wish: Wish = field(default_factory=Wish)
    expected_pay: int | None = None
    minutes: int = 30

    def digest(self) -> bytes:
        """Of all but the key; raises `InvalidCommand` for what cannot be held in any state."""
        check_id("order", self.order)
        check_basket(self.basket)
        check_wish(self.wish)
        if not 1 <= self.minutes <= _MOST_MINUTES:
            raise InvalidCommand(
                "an order is not held that long",
                where=Where(column="minutes", value=str(self.minutes)),
                todo=f"write 1 to {_MOST_MINUTES}",
            )
        return digest_of(
            "hold_order",
            self.order,
            self.customer_id,
            self.basket,
            self.currency,
            self.wish,
            self.expected_pay,
            self.minutes,
        )

    def plan(self, connection: Connection, at: int) -> Planned:
        """Quote under the lane, so that nothing of it is another's by the time it is held."""
        before = standing_of(connection, self.order)
        check_holdable(before, self.customer_id)
        hold = before.row.hold if before is not None else 0
        wallet = read_wallet(connection, self.customer_id, self.currency, at, hold)
        quoted = quote_of(connection, wallet, self.basket, self.wish, at)
        if self.expected_pay is not None and quoted.pay != self.expected_pay:
            comes_to = from_minor_units(quoted.pay, self.currency)
            raise QuoteChanged(
                f"the order comes to {format_money(comes_to, self.currency)} now",
                where=Where(column="expected_pay", value=str(self.expected_pay)),
                todo="quote it anew and show that to the customer",
            )
        used = allocation_of(quoted, wallet.held, wallet.reserved)
        expires_at = at + self.minutes * MINUTE
        body = Body(self.order, self.currency, expires_at, used, quoted.saved)
        told = self._told(quoted, expires_at)
        return plan_hold(connection, before, self.customer_id, body, told)

    def _told(self, quoted: Quote, expires_at: int) -> dict[str, Any]:
        told = quoted.as_dict()
        for name in ("lines", "reasons"):
            if len(msgspec.json.encode(told)) > _MOST_TOLD:
                told.pop(name, None)
        return {
            "order": self.order,
            "customer_id": self.customer_id,
            "currency": self.currency,
            "expires_at": expires_at,
            "quote": told,
        }
