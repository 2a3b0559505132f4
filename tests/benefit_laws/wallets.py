"""What each customer has: points and their order, coins, coupons, tiers, badges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from benefit_laws.book import Book, Effect
from benefit_laws.orders import Orders
from benefit_mix import customer_of
from benefit_rules import CURRENCY, TIERS

MONEY = f"money:{CURRENCY}"


def check_customers(book: Book) -> None:
    """Everybody has what they were given, less what they used, to the last point and coin."""
    has: Counter[tuple[str, str]] = Counter()
    for one in book.effects:
        for (asset, customer), amount in _moved(book, one):
            has[asset, f"customer:{customer}"] += amount
    expected = {key: amount for key, amount in has.items() if amount}
    found = {
        (asset, owner): amount
        for (asset, owner), amount in book.balances.items()
        if owner.startswith("customer:") and not asset.startswith("limit:") and amount
    }
    differing = {
        key: (expected.get(key, 0), found.get(key, 0))
        for key in expected.keys() | found.keys()
        if expected.get(key, 0) != found.get(key, 0)
    }
    assert not differing, differing
    assert min(found.values(), default=0) >= 0, "somebody has less than nothing"


def _moved(book: Book, one: Effect) -> Iterable[tuple[tuple[str, int], int]]:
    """Into (+) or out of (-) what a customer has of an asset, by what the answer says."""
    asked, about = one.asked, one.about
    match one.verb:
        case "issue" | "claim" if "coupon" in about:
            yield (f"coupon:{about['coupon']}:{about['version']}", asked["customer"]), 1
        case "issue" if "gift" in about:
            yield (f"gift:{about['gift']}", asked["customer"]), 1
        case "issue":
            yield ("points", asked["customer"]), asked["points"]
        case "claim":
            yield (f"envelope:{about['envelope']}", asked["customer"]), 1
            yield (about["asset"], asked["customer"]), about["amount"]
        case "envelope" if "from_customer" in asked:
            yield (about["asset"], asked["from_customer"]), -asked["total"]
        case "" if "envelope" in about:
            filled = book.filled[about["envelope"]]
            if "from_customer" in filled.asked:
                yield (about["asset"], filled.asked["from_customer"]), about["amount"]
        case "spend":
            yield ("points", asked["customer"]), -asked["points"]
        case "pay":
            who = about["customer_id"]
            yield ("points", who), -about["points"]
            yield (MONEY, who), -about["balance"]
            for coupon in about["coupons"]:
                yield (coupon["coupon"], who), -1
        case "refund":
            who = about["customer_id"]
            yield ("points", who), about["points"] - about.get("points_taken", 0)
            yield ("owed:points", who), about.get("points_owed", 0)
            yield ("growth", who), -about.get("growth_taken", 0)
            yield (MONEY, who), about["balance"]
            for asset in about["coupons"]:
                yield (asset, who), 1
        case "take_back":
            given = book.by_n[about["given"]]
            if "coupon" in about:
                yield (f"coupon:{about['coupon']}:1", given.asked["customer"]), -1
            elif given.n not in book.sent:
                yield (f"gift:{about['gift']}", given.asked["customer"]), -1
        case "send":
            yield (f"gift:{about['gift']}", book.by_n[about["given"]].asked["customer"]), -1
        case "earn":
            who = _earner(one)
            back = about.get("paid_back", 0)
            yield ("points", who), about["points"] - back
            yield ("owed:points", who), -back
            yield ("growth", who), about["growth"]
        case "badge":
            yield (f"badge:{about['badge']}", asked["customer"]), 1


def _earner(one: Effect) -> int:
    return customer_of(one.asked["order"])


def check_points(book: Book, orders: Orders) -> None:
    """The oldest is spent first, what is owed is paid first, and a refund takes all that earned."""
    lots: Counter[tuple[str, int]] = Counter()
    set_aside: Counter[tuple[str, int]] = Counter()
    owed: Counter[int] = Counter()
    taken: Counter[str] = Counter()
    earned: dict[str, Effect] = {}
    for one in book.effects:
        for line in one.held:
            if line.asset == "points":
                set_aside[line.owner, line.expires_at] += line.amount
        drawn: dict[str, int] = {}
        for line in one.lines:
            if line.asset == "points" and line.owner.startswith("customer:"):
                lots[line.owner, line.expires_at] += line.amount
                assert lots[line.owner, line.expires_at] == line.balance >= 0, (one.n, line)
                drawn[line.owner] = max(drawn.get(line.owner, 0), line.expires_at)
        if one.verb == "spend":
            ((owner, latest),) = drawn.items()
            for (whose, expires_at), balance in lots.items():
                if whose == owner and expires_at < latest:
                    free = balance - set_aside[whose, expires_at]
                    assert free == 0, ("later points were spent first", one.n, owner)
        elif one.verb == "earn":
            who, paid = _earner(one), one.about.get("paid_back", 0)
            assert paid == min(one.about["points"], owed[who]), ("owed and not paid", one)
            owed[who] -= paid
            assert earned.setdefault(one.asked["order"], one) == one, "earned twice"
        elif one.verb == "refund":
            owed[one.about["customer_id"]] += one.about.get("points_owed", 0)
            taken[one.asked["order"]] += one.about.get("points_taken", 0)
            taken[one.asked["order"]] += one.about.get("points_owed", 0)
    for order, effect in earned.items():
        points = effect.about["points"]
        assert taken[order] <= points, (order, taken[order], points)
        if orders.goods_refunded_after(order, effect.n):
            assert taken[order] == points, (order, taken[order], points)


def check_tiers(book: Book) -> None:
    """The tier is the highest that the growth value ever came to; each badge is had once."""
    growth: Counter[int] = Counter()
    reached: dict[int, str] = {}
    names = list(TIERS)
    for one in book.effects:
        if one.verb == "refund":
            growth[one.about["customer_id"]] -= one.about.get("growth_taken", 0)
        elif one.verb == "earn":
            who = _earner(one)
            growth[who] += one.about["growth"]
            now = [name for name in names if TIERS[name] <= growth[who]][-1]
            reached[who] = max(reached.get(who, names[0]), now, key=names.index)
    above = {who: tier for who, tier in reached.items() if tier != names[0]}
    found = {who: tier for who, tier in book.tiers.items() if tier != names[0]}
    assert found == above, {who: (found.get(who), above.get(who)) for who in found | above}
    assert all(count <= 1 for (asset, owner), count in book.balances.items()
               if asset.startswith("badge:") and owner != "issuer")  # fmt: skip
