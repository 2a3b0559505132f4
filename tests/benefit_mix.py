"""What clients of a shop's benefits ask for: every kind, in random order, many of one thing.

Orders, codes, envelopes and coupons are few and customers not many, so that clients meet: two pay
one order, ten want the last piece, a refund comes twice.
"""

from __future__ import annotations

import random
import time
from typing import Any, NamedTuple

CUSTOMERS, BUYERS = 30, 12
"""The rush has customers of its own; of the others the first have orders, which earn."""
RUSH_FROM = 10_000
"""The first number of those."""
CODES, ORDERS_AT_ONCE = 60, 30
_SECOND = 1_000_000


class Request(NamedTuple):
    """A verb, the idempotency key and the body.

    The verbs are those of `POST /v1/benefits/…`, and three that a shop's own pass asks the ledger
    for (`regulars benefit run`): `earn`, `badge`, `sweep`.
    """

    verb: str
    key: str
    body: dict[str, Any]


IN_PROCESS = ("earn", "badge", "sweep")


class There(NamedTuple):
    """What stood there before the first client came: codes that are good once, envelopes."""

    codes: list[str]
    envelopes: list[str]


def customer_of(order: str) -> int:
    """Whose an order is, whoever asks."""
    return 1 + int(order.rpartition("-")[2]) % BUYERS


def basket_of(order: str) -> dict[str, Any]:
    """What is in it."""
    rng = random.Random(order)
    lines = [
        {
            "id": f"line {nth}",
            "product": f"p{nth}",
            "quantity": rng.randint(1, 4),
            "unit_price": rng.randrange(5_00, 60_00),
        }
        for nth in range(rng.randint(1, 3))
    ]
    return {"lines": lines, "shipping": 8_00}


def earned_of(order: str) -> tuple[int, int]:
    """Points and growth value that it earns."""
    number = int(order.rpartition("-")[2])
    return 100 + number * 130 % 900, 5 + number * 7 % 40


def now() -> int:
    """UTC microseconds."""
    return time.time_ns() // 1_000


class Mix:
    """What one client asks.

    Args:
        name: of the client, which its keys begin with; no other may have it.
        seed: of what it asks.
        there: what to claim.
        rushing: who are to claim the coupon that all rush for, in this order; then nothing more
            comes. None has no end, and then all rush who please.
    """

    def __init__(self, name: str, seed: str, there: There, rushing: list[int] | None) -> None:
        self._name, self._rng = name, random.Random(seed)
        self._codes, self._envelopes = there.codes, list(there.envelopes)
        self._rushing, self._rush_share = rushing, 0.1
        if rushing is not None:  # of many thousands, most of what is asked for
            self._rush_share = 0.3 if len(rushing) < 200 else 0.7
        self._count = 0
        self._coupons: list[int] = []
        self._gifts: list[tuple[int, int]] = []
        self._held: list[str] = []
        self._paid: list[str] = []
        self._earned: list[tuple[int, int]] = []
        self._before: list[Request] = []

    def next(self) -> Request | None:
        """What is asked next; now and then something that was asked before. None at the end."""
        rng = self._rng
        if self._rushing == []:
            return None
        if self._before and rng.random() < 0.04:
            return rng.choice(self._before[-200:])
        self._count += 1
        if rng.random() < self._rush_share:
            verb, body = self._rush()
        else:
            verb, body = rng.choices(*_KINDS)[0](self)
        asked = Request(verb, f"{self._name}-{self._count}", body)
        if verb not in IN_PROCESS:
            self._before.append(asked)
        return asked

    def answered(self, asked: Request, answer: dict[str, Any]) -> None:
        """Learn what came of it."""
        if (told := answer.get("told")) is None:
            return
        if asked.verb == "hold":
            self._held = [*self._held[-5:], told["order"]]
        elif asked.verb in ("pay", "redeem"):
            self._paid = [*self._paid[-4:], told["order"]]
        elif asked.verb == "earn":
            self._earned = [
                *self._earned[-5:], (customer_of(asked.body["order"]), told["points"])
            ]  # fmt: skip
        elif asked.verb == "envelope":
            self._envelopes = [*self._envelopes[-4:], told["envelope"]]
        elif asked.body.get("gift"):
            self._gifts = [*self._gifts[-5:], (told["n"], asked.body["customer"])]
        elif "coupon" in told and told["coupon"] != "rush" and asked.verb in ("issue", "claim"):
            self._coupons = [*self._coupons[-20:], told["n"]]

    def _customer(self) -> int:
        return self._rng.randint(1, self._rng.choice((BUYERS, CUSTOMERS)))

    def _order(self, own: list[str] | None = None) -> str:
        """One of those that are open to all, or as often of the client's own."""
        if own and self._rng.random() < 0.6:
            return self._rng.choice(own)
        # They move on: what was refunded wholly is of no use any more.
        first = self._count // 5
        return f"order-{self._rng.randrange(first, first + ORDERS_AT_ONCE)}"

    def _rush(self) -> tuple[str, dict[str, Any]]:
        if self._rushing is None:
            customer = RUSH_FROM + self._rng.randrange(2_000)
        else:
            customer = self._rushing.pop()
        return "claim", {"customer": customer, "coupon": "rush"}

    def _issue_points(self) -> tuple[str, dict[str, Any]]:
        # Buyers have what they earn, spend it, and owe it when their order is refunded.
        first = BUYERS + 1 if self._rng.random() < 0.8 else 1
        customer = self._rng.randint(first, CUSTOMERS)
        return "issue", {"customer": customer, "points": self._rng.randrange(100, 1_500)}

    def _issue_coupon(self) -> tuple[str, dict[str, Any]]:
        coupon = self._rng.choice(("coded", "tight", "ship"))
        return "issue", {"customer": self._customer(), "coupon": coupon, "why": "a trial"}

    def _issue_gift(self) -> tuple[str, dict[str, Any]]:
        if self._rng.random() < 0.5:
            return "issue", {"customer": self._customer(), "gift": "mug"}
        return "issue", {"customer": self._rng.randint(1, 5), "gift": "card"}

    def _claim_coupon(self) -> tuple[str, dict[str, Any]]:
        coupon = self._rng.choice(("few", "tight", "ship"))
        return "claim", {"customer": self._customer(), "coupon": coupon}

    def _claim_code(self) -> tuple[str, dict[str, Any]]:
        return "claim", {"customer": self._customer(), "code": self._rng.choice(self._codes)}

    def _claim_envelope(self) -> tuple[str, dict[str, Any]]:
        envelope = self._rng.choice(self._envelopes)
        return "claim", {"customer": self._customer(), "envelope": envelope}

    def _fill(self) -> tuple[str, dict[str, Any]]:
        rng = self._rng
        count = rng.randint(2, 20)
        body = {
            "total": count + rng.randrange(2_000),
            "count": count,
            "asset": rng.choice(("points", "balance")),
            "mode": rng.choice(("random", "equal")),
            "expires_at": now() + rng.choice((1, 3, 600)) * _SECOND,
            "balance_days": rng.choice((20, 200, 300)),
        }
        match rng.randrange(3):
            case 0:
                body["from_customer"] = self._customer()
            case 1 if body["asset"] == "balance":
                body["budget"] = "ample"
        return "envelope", body

    def _spend(self) -> tuple[str, dict[str, Any]]:
        customer, points = self._customer(), self._rng.randrange(1, self._rng.choice((300, 6_000)))
        if self._earned and self._rng.random() < 0.6:
            customer, points = self._rng.choice(self._earned)
        return "spend", {"customer": customer, "points": points, "on": "a draw"}

    def _take_back(self) -> tuple[str, dict[str, Any]]:
        if self._gifts and self._rng.random() < 0.3:
            return "take_back", {"n": self._rng.choice(self._gifts)[0], "what": "gift"}
        if self._coupons:
            return "take_back", {"n": self._rng.choice(self._coupons), "what": "coupon"}
        return self._issue_coupon()

    def _gift_on(self) -> tuple[str, dict[str, Any]]:
        if not self._gifts:
            return self._issue_gift()
        n, customer = self._rng.choice(self._gifts)
        match self._rng.randrange(3):
            case 0:
                street = f"{self._rng.randrange(100)} Tea Street"
                return "address", {"n": n, "customer": customer, "address": {"street": street}}
            case 1:
                return "send", {"n": n, "tracking": "SF1"}
        return "receive", {"n": n}

    def _hold(self) -> tuple[str, dict[str, Any]]:
        order, rng = self._order(), self._rng
        body = {
            "customer": customer_of(order),
            "order": order,
            "basket": basket_of(order),
            "wish": {
                "points": rng.choice(("most", 0, rng.randrange(1, 500))),
                "balance": rng.choice(("most", 0, rng.randrange(1, 500))),
            },
        }
        if rng.random() < 0.15:
            return "redeem", body
        return "hold", {**body, "minutes": rng.choice((1, 30))}

    def _pay(self) -> tuple[str, dict[str, Any]]:
        return "pay", {"order": self._order(self._held)}

    def _cancel(self) -> tuple[str, dict[str, Any]]:
        return "cancel", {"order": self._order(self._held)}

    def _refund(self) -> tuple[str, dict[str, Any]]:
        order, rng = self._order(self._paid), self._rng
        body: dict[str, Any] = {"order": order, "shipping": rng.random() < 0.3}
        body["refund"] = f"R{rng.randrange(6)}" if rng.random() < 0.5 else f"R-{self._count}"
        if rng.random() < 0.65:
            line = rng.choice(basket_of(order)["lines"])
            body["lines"] = {line["id"]: rng.randint(1, line["quantity"])}
        return "refund", body

    def _earn(self) -> tuple[str, dict[str, Any]]:
        return "earn", {"order": self._order(self._paid), "happened_at": now()}

    def _badge(self) -> tuple[str, dict[str, Any]]:
        return "badge", {"customer": self._rng.randint(1, 6)}

    def _sweep(self) -> tuple[str, dict[str, Any]]:
        return "sweep", {}


_KINDS = (
    (
        Mix._issue_points, Mix._issue_coupon, Mix._issue_gift, Mix._claim_coupon, Mix._claim_code,
        Mix._claim_envelope, Mix._fill, Mix._spend, Mix._take_back, Mix._gift_on, Mix._hold,
        Mix._pay, Mix._cancel, Mix._refund, Mix._earn, Mix._badge, Mix._sweep,
    ),
    (8, 6, 5, 8, 6, 12, 4, 8, 4, 9, 16, 14, 2, 16, 12, 3, 1),
)  # fmt: skip
"""Kinds, and how often each is asked for."""
