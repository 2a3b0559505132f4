"""Bugs of benefits, to be planted one by one; the load over HTTP and its checker must notice each.

They are mistakes in what stands above the ledger, which keeps its own laws with any of them.
"""

from __future__ import annotations

from soak.planted.bugs import DECIDE, Bug

RUSH = ("test_benefits_served.py", "-k", "rush")

GIVING, CODES = "benefit/coupon/giving.py", "benefit/coupon/codes.py"
CLAIMING, CLOSING = "benefit/envelope/claiming.py", "benefit/envelope/closing.py"
GIFT, SENDING = "benefit/gift/giving.py", "benefit/gift/sending.py"
PAY, REFUND = "benefit/order/pay.py", "benefit/order/refund.py"
ALLOCATION, MOVES = "benefit/order/allocation.py", "benefit/order/moves.py"
EARN, EARNED = "benefit/points/earn.py", "benefit/order/earned.py"
BADGE, TELLER = "benefit/badge.py", "edges/serve/teller/benefits.py"


def _bug(name: str, *edits: tuple[str, str, str]) -> Bug:
    return Bug(name, edits, RUSH)


BENEFIT_BUGS = (
    _bug(
        "coupon: its limit is not in the statement",
        (GIVING, "limits=(*_limits(coupon, to), *limits),", "limits=limits,"),
    ),
    _bug(
        "coupon: it is not taken from the stock",
        (GIVING, "source = ISSUER if coupon.stock is None else STOCK", "source = ISSUER"),
    ),
    _bug(
        "coupon: a code can be claimed twice",
        (CODES, 'return (Limit(f"code:{digest}", "once", row.uses),)', "return ()"),
    ),
    _bug(
        "envelope: the same person has two shares",
        (CLAIMING, "limits=(Limit(tickets, customer, 1),),", "limits=(),"),
    ),
    _bug(
        "envelope: the first share is handed out again and again",
        (CLAIMING, "envelope.shares[envelope.claimed]", "envelope.shares[0]"),
    ),
    _bug(
        "envelope: it can be claimed after its end",
        (CLAIMING, "if envelope.closed or envelope.expires_at <= at:", "if envelope.closed:"),
    ),
    _bug(
        "envelope: a coin less returns than is left",
        (
            CLOSING,
            "BenefitRows(connection).lots_of(owner, [envelope.asset]))",
            "BenefitRows(connection).lots_of(owner, [envelope.asset])) - 1",
        ),
    ),
    _bug(
        "gift: it is not taken from the stock",
        (GIFT, "Leg(asset, ISSUER if gift.stock is None else STOCK, -1)", "Leg(asset, ISSUER, -1)"),
    ),
    _bug(
        "gift: it is sent twice",
        (SENDING, 'if row.state != "ready":', 'if row.state not in ("ready", "sent"):'),
    ),
    _bug(
        "gift: its worth stays set aside when it is sent",
        (SENDING, "                *_spent(connection, row),\n", ""),
    ),
    _bug(
        "order: cancelled, it spends what it held",
        (
            PAY,
            "return Planned(let_go(connection, standing, about), write)",
            'spent = Capture(key="", hold=standing.row.hold, about=about)\n'
            "        kept = let_go(connection, standing, about)\n"
            "        return Planned(kept if isinstance(kept, Note) else spent, write)",
        ),
    ),
    _bug(
        "order: the pieces of an earlier refund are forgotten",
        (REFUND, "RefundedSoFar(after, refunds)", "RefundedSoFar(now, refunds)"),
    ),
    _bug(
        "order: the same refund is done twice",
        (REFUND, "if entry is not None:", "if entry is not None and self.lines is None:"),
    ),
    _bug(
        "order: a coupon is given back with every refund",
        (
            ALLOCATION,
            "tuple(asset for asset in after.coupons if asset not in so_far.coupons)",
            "after.coupons",
        ),
    ),
    _bug(
        "order: points of a refund are rounded up",
        (
            ALLOCATION,
            "points=sum(_share(part.points, part, pieces) for part, pieces in shares)",
            "points=sum(-_share(-part.points, part, pieces) for part, pieces in shares)",
        ),
    ),
    _bug(
        "order: a coin of the balance stays the customer's",
        (
            MOVES,
            "amounts[money_asset(currency)] = used.balance\n    return amounts, tuple(legs)",
            "amounts[money_asset(currency)] = max(used.balance - 1, 1)\n"
            "    return amounts, tuple(legs)",
        ),
    ),
    _bug(
        "budget: nothing is set aside when a coupon is given",
        (GIVING, "            *reserve(coupon.budget, worst or 0),\n", ""),
    ),
    _bug(
        "budget: what an order did not come to cost stays set aside",
        (MOVES, "        legs += release(coupon.budget, coupon.set_aside - coupon.cost)\n", ""),
    ),
    _bug(
        "points: those that expire last are spent first",
        (
            DECIDE,
            "for lot in state.lots_of(leg.asset, leg.owner):\n        if lot.expires_at",
            "for lot in reversed(state.lots_of(leg.asset, leg.owner)):\n        if lot.expires_at",
        ),
    ),
    _bug(
        "points: what is owed is not paid",
        (EARN, "paid_back = min(points, has[OWED_POINTS])", "paid_back = 0"),
    ),
    _bug(
        "points: an order earns twice",
        (EARN, "        self._refuse_another(connection)\n", ""),
    ),
    _bug(
        "points: what was spent meanwhile is not owed",
        (EARNED, "*_legs(OWED_POINTS, ISSUER, customer, wanted - points),", ""),
    ),
    _bug(
        "tier: judged by what comes in, not by all there is",
        (EARN, "has[GROWTH] + growth, at, self.zone)", "growth, at, self.zone)"),
    ),
    _bug(
        "badge: it is given twice",
        (BADGE, "        if used_of_limit(connection, asset, customer, at):", "        if False:"),
        (BADGE, "limits=(Limit(asset, customer, 1),),", "limits=(),"),
    ),
    _bug(
        "the key of the request is not the ledger's",
        (TELLER, "key = key_of(request.key)", 'key = f"{key_of(request.key)}."'),
    ),
    _bug(
        "a key asked again is done again",
        (
            TELLER,
            "ways = self._doing.ways(rest, key, by)",
            "import time\n"
            '        once = f"{key} {time.time_ns()}" if isinstance(rest, asked.Spend) else key\n'
            "        ways = self._doing.ways(rest, once, by)",
        ),
    ),
)
