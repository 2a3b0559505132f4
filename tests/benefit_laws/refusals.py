"""What was refused, and whether that was so at the time."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable

from benefit_laws.book import Book, Effect, Refusal
from benefit_laws.orders import Orders
from benefit_rules import PER_CUSTOMER

_NOT_SO = ("benefit.order_state", "benefit.not_found")
_WANTED = {
    "hold": {"", "held", "released", "expired"},
    "redeem": {"", "held", "expired"},  # between its halves somebody may have cancelled it
    "pay": {"held"},
    "cancel": {"held", "expired"},
    "refund": {"paid"},
}
"""By verb, the states of the order in which it is not refused."""


def check_refusals(book: Book, orders: Orders, refusals: Iterable[Refusal]) -> None:
    """Sold out only where it was; had one only who had; no code wrong that nobody has used.

    And no refund was too much while so much was left to be refunded.
    """
    available = _Available(book.effects)
    had: dict[tuple[str, int], list[int]] = defaultdict(list)
    codes: dict[str, int] = {}
    for one in book.effects:
        for name in ("coupon", "gift", "envelope"):
            if one.verb in ("issue", "claim") and name in one.about:
                had[f"{name} {one.about[name]}", one.asked["customer"]].append(one.at)
        if one.verb == "claim" and one.asked.get("code"):
            codes.setdefault(one.asked["code"], one.at)
    for refusal in refusals:
        asked, column = refusal.asked, refusal.where.get("column", "")
        if refusal.code == "ledger.insufficient" and " of " in column:
            assert refusal.verb != "send", ("a gift that somebody has cannot be sent", refusal)
            asset, _, owner = column.partition(" of ")
            least = available.least(asset, owner, refusal.since, refusal.until)
            assert least < int(refusal.where["value"]), ("false sold out", refusal, least)
        elif refusal.code == "ledger.insufficient":
            assert column == "envelope", refusal
            shares, _ = book.envelopes[asked["envelope"]]
            claimed = book.balance(f"envelope:{asked['envelope']}", "issuer") + len(shares)
            assert claimed == 0, ("false sold out", refusal)
        elif refusal.code == "ledger.limit_reached":
            what = next(name for name in ("coupon", "gift", "envelope") if asked.get(name))
            times = had[f"{what} {asked[what]}", asked["customer"]]
            most = PER_CUSTOMER.get(asked[what], 1)
            assert sum(at <= refusal.until for at in times) >= most, ("false limit", refusal)
        elif refusal.code == "ledger.too_much" and refusal.verb == "refund":
            assert not orders.has_left(asked, refusal.until), ("false refusal", refusal)
        elif refusal.code in _NOT_SO and "order" in asked:
            was = orders.was(asked["order"], refusal.since, refusal.until)
            assert was - _WANTED[refusal.verb], ("false refusal", refusal, was)
        elif refusal.code == "benefit.wrong_code":
            assert codes.get(asked["code"], refusal.until + 1) <= refusal.until, refusal


class _Available:
    """What was available of an account, at any time."""

    def __init__(self, effects: list[Effect]) -> None:
        now: Counter[tuple[str, str]] = Counter()
        self._steps: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(lambda: [(0, 0)])
        for one in effects:
            touched = set()
            for sign, lines in ((1, one.lines), (-1, one.held)):
                for line in lines:
                    now[line.asset, line.owner] += sign * line.amount
                    touched.add((line.asset, line.owner))
            for account in touched:
                self._steps[account].append((one.at, now[account]))

    def least(self, asset: str, owner: str, since: int, until: int) -> int:
        """The least that it was from one instant to another, both included."""
        steps = self._steps[asset, owner]
        first = bisect_left(steps, (since,)) - 1
        return min(left for at, left in steps[max(first, 0) :] if at <= until)
