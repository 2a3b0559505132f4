"""The laws of coupons, codes, envelopes, gifts and budgets; and all laws together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from benefit_laws.book import Book, Effect, Refusal
from benefit_laws.orders import Orders
from benefit_laws.refusals import check_refusals
from benefit_laws.wallets import check_customers, check_points, check_tiers
from benefit_rules import AMPLE, FEW, MUGS, PER_CUSTOMER, TIGHT

WORST = {
    "ample": {"coupon:rush:1": 5_00, "coupon:coded:1": 3_00, "coupon:ship:1": 8_00},
    "tight": {"coupon:tight:1": 15_00},
}
"""By budget, what it sets aside for each."""
WORTH = {"ample": {"gift:mug": 12_50}, "tight": {"gift:card": 1_00}}
FUNDED = {"ample": AMPLE, "tight": TIGHT}


def check_kinds(book: Book, refusals: Iterable[Refusal]) -> None:
    """Raise `AssertionError` for the first law that is broken."""
    check_coupons(book)
    check_codes(book)
    check_envelopes(book)
    check_gifts(book)
    orders = Orders.of(book.effects, book.orders)
    orders.check(book.open_holds, book.held)
    check_customers(book)
    check_budgets(book, orders)
    check_points(book, orders)
    check_tiers(book)
    check_refusals(book, orders, refusals)


def check_coupons(book: Book) -> None:
    """No more than the stock, no more than the limit."""
    kept: Counter[tuple[str, int]] = Counter()
    for one in book.given:
        if one.n not in book.taken_back:
            kept[one.about["coupon"], one.asked["customer"]] += 1
    for (name, customer), count in kept.items():
        assert count <= PER_CUSTOMER.get(name, count), (name, customer, count)
    for name, stock in (("rush", book.stock), ("few", FEW)):
        left = book.balance(f"coupon:{name}:1", "stock")
        granted = sum(count for (coupon, _), count in kept.items() if coupon == name)
        assert left >= 0, (name, left)
        assert granted <= stock, (name, granted)
        assert granted + left == stock, (name, granted, left)


def check_codes(book: Book) -> None:
    """Each code is good once; taken back, once more."""
    claimed = Counter(
        one.asked["code"]
        for one in book.given
        if one.asked.get("code") and one.n not in book.taken_back
    )
    assert not [code for code, count in claimed.items() if count > 1], claimed.most_common(3)


def check_envelopes(book: Book) -> None:
    """Each share once, in the order in which it was drawn, and one for each; the rest returned."""
    closings: dict[str, Effect] = {}
    for one in book.effects:
        name = one.about.get("envelope", "")
        if name and not one.verb:
            assert closings.setdefault(name, one) == one, "closed twice"
        assert one.verb != "claim" or name not in closings, "claimed after it was closed"
    assert book.filled.keys() == book.envelopes.keys()
    for name, one in book.filled.items():
        asset, total, claims = one.about["asset"], one.about["total"], book.claims[name]
        shares, closed = book.envelopes[name]
        assert (len(shares), sum(shares)) == (one.about["count"], total), name
        assert min(shares) >= 1
        assert one.about["mode"] == "random" or max(shares) - min(shares) <= 1, name
        assert all(claim.at < one.about["expires_at"] for claim in claims), "claimed too late"
        who = [claim.asked["customer"] for claim in claims]
        assert len(who) == len(set(who)), ("one has two shares", name)
        amounts = [claim.about["amount"] for claim in claims]
        assert amounts == shares[: len(amounts)], (name, amounts, shares)
        rest = sum(shares[len(amounts) :])
        closing = closings.get(name)
        assert closed == (closing.n if closing else 0), name
        assert closing is None or closing.about["amount"] == rest, (name, rest)
        left = 0 if closing else rest
        assert book.balance(asset, f"envelope:{name}") == left, (name, left)


_STEPS = {
    "address": (("waiting", "ready"), "ready"),
    "send": (("ready",), "sent"),
    "receive": (("sent",), "received"),
    "take_back": (("waiting", "ready", "sent"), "taken_back"),
}
"""By verb, from which states it comes, and to which."""


def check_gifts(book: Book) -> None:
    """No more than the stock, each step once and in order."""
    states: dict[int, str] = {}
    mugs: Counter[int] = Counter()
    for one in book.effects:
        if one.verb == "issue" and "gift" in one.about:
            states[one.n] = "waiting" if one.about["gift"] == "mug" else "ready"
        elif one.verb in _STEPS and "gift" in one.about:
            before, after = _STEPS[one.verb]
            n = one.about["given"]
            assert states[n] in before, (one, states[n])
            states[n] = after
    assert states == {n: state for n, (state, _) in book.gifts.items()}
    for n, state in states.items():
        gift, customer = (book.by_n[n].asked[key] for key in ("gift", "customer"))
        if gift != "mug":
            continue
        mugs[customer] += state != "taken_back"
        assert state in ("waiting", "taken_back") or book.gifts[n][1], ("no address", n)
    assert max(mugs.values(), default=0) <= 1, "more than one for one"
    left = book.balance("gift:mug", "stock")
    assert left >= 0
    assert mugs.total() + left == MUGS, (mugs.total(), left)


def check_budgets(book: Book, orders: Orders) -> None:
    """What is left, reserved, promised and spent is what was funded; reserved is the worst case."""
    for budget, funded in FUNDED.items():
        asset = f"cost:{budget}"
        _, reserved, promised, spent = parts = [
            book.balance(asset, owner) for owner in ("left", "reserved", "promised", "spent")
        ]
        assert min(parts) >= 0, (budget, parts)
        assert sum(parts) == funded, (budget, parts)
        worst = sum(
            amount * WORST[budget].get(asset, 0)
            for (asset, owner), amount in book.balances.items()
            if owner.startswith("customer:")
        )
        used, owed = orders.spent(budget), 0
        for n, (state, _) in book.gifts.items():
            worth = WORTH[budget].get(f"gift:{book.by_n[n].asked['gift']}", 0)
            owed += worth * (state in ("waiting", "ready"))
            used += worth * (state in ("sent", "received"))
        for one in book.effects:
            if one.verb == "envelope" and one.asked.get("budget") == budget:
                name = one.about["envelope"]
                rest = book.balance(one.about["asset"], f"envelope:{name}")
                claimed = sum(claim.about["amount"] for claim in book.claims[name])
                owed, used = owed + rest, used + claimed
        assert (promised, spent) == (owed, used), (budget, promised, owed, spent, used)
        # What comes back by a refund is set aside anew as far as the budget has something left.
        assert reserved == worst or (budget == "tight" and reserved < worst), (
            budget, reserved, worst,
        )  # fmt: skip
