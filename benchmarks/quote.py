"""Quotes: how long one takes with 50 coupons held, 20 lines, and five that go together.

Each kind of wallet is drawn anew again and again; each is quoted three times, of which the fastest
counts, by the processor's work: it is the quote that is measured, not what else the machine does.
*A shop's* is what customers have; the others are what makes a search slow: coupons that are all
but alike, so that nearly every combination is nearly as good as the best, and lines that are in
many scopes at once.
Brute force tries every combination of the same coupons: it can be run of a dozen only.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from rich.console import Console
from rich.table import Table as Printed

from regulars.benefit.definition.terms import Coupon, Points, Scope, Together
from regulars.benefit.quote.basket import Basket, BasketLine, Held, Wish
from regulars.benefit.quote.quote import quote
from regulars.benefit.quote.rules import fitted, taken_off

HELD = 50
LINES = 20
MOST = 5
AT = 1
GOAL_MS = 20
ROUNDS = 60
MANY_ROUNDS = 1_000
SMALL = 12
"""Coupons of which brute force tries all combinations."""
_CATEGORIES = tuple(f"c{one}/{other}" for one in range(5) for other in range(2))


def basket_of(
    rng: Random, lines: int = LINES, cheapest: int = 500, dearest: int = 20_000
) -> Basket:
    """Prices in fen."""
    return Basket(
        tuple(
            BasketLine(
                id=str(place),
                product=f"p{place}",
                category=_CATEGORIES[place % len(_CATEGORIES)],
                quantity=rng.choice((1, 1, 2, 3)),
                unit_price=rng.randint(cheapest, dearest),
            )
            for place in range(lines)
        ),
        shipping=1_000,
    )


def _held(rng: Random, number: int, terms: Callable[[int], dict[str, object]]) -> list[Held]:
    found = []
    for place in rng.sample(range(number), number):
        name = f"n{place:02}"
        coupon = Coupon(name=name, title=name, **{"kind": "percent", **terms(place)})  # type: ignore[arg-type]
        found.append(Held(f"coupon:{name}:1", coupon, 1, expires_at=rng.randint(2, 40)))
    return found


def _some_lines(rng: Random, least: int, most: int) -> Scope:
    lines = rng.sample(range(LINES), rng.randint(least, most))
    return Scope(products=tuple(f"p{place}" for place in sorted(lines)))


def _shops(rng: Random) -> Callable[[int], dict[str, object]]:
    def terms(_place: int) -> dict[str, object]:
        scope = rng.choice((
            Scope(),
            Scope(categories=(rng.choice(_CATEGORIES),)),
            Scope(categories=(rng.choice(_CATEGORIES).split("/")[0],)),
            _some_lines(rng, 1, 4),
        ))  # fmt: skip
        shared = {"scope": scope, "group": rng.choice(("", "", "platform", "shop", "category"))}
        shared["threshold"] = rng.choice((0, 5_000, 10_000, 20_000, 50_000))
        return shared | rng.choice((
            {"kind": "amount", "amount": rng.choice((500, 1_000, 2_000, 3_000, 5_000))},
            {"percent": rng.choice((500, 1_000, 1_500)), "ceiling": rng.choice((2_000, 5_000))},
            {"kind": "free_shipping", "worth": rng.choice((0, 500))},
            {"kind": "gift", "gift": f"p{rng.randrange(LINES)}", "worth": 3_000},
        ))  # fmt: skip

    return terms


def _same(_rng: Random) -> Callable[[int], dict[str, object]]:
    return lambda _: {"percent": 1_000}


def _same_amounts(_rng: Random) -> Callable[[int], dict[str, object]]:
    return lambda _: {"kind": "amount", "amount": 1_000}


def _nearly_same(rng: Random) -> Callable[[int], dict[str, object]]:
    return lambda _: {"percent": rng.randint(900, 1_100)}


def _both_kinds(rng: Random) -> Callable[[int], dict[str, object]]:
    return lambda place: (
        {"percent": rng.randint(900, 1_100)}
        if place % 2
        else {"kind": "amount", "amount": rng.randint(18_000, 22_000)}
    )


def _ceilings(rng: Random) -> Callable[[int], dict[str, object]]:
    return lambda _: {"percent": rng.randint(900, 1_100), "ceiling": rng.randint(12_000, 25_000)}


def _categories(rng: Random) -> Callable[[int], dict[str, object]]:
    return lambda place: {
        "percent": rng.randint(900, 1_100),
        "scope": Scope(categories=(f"c{place % 5}",)),
    }


def _nested(rng: Random) -> Callable[[int], dict[str, object]]:
    def terms(place: int) -> dict[str, object]:
        category = rng.choice(_CATEGORIES)
        scope = (Scope(), Scope(categories=(category,)), Scope(categories=(category[:2],)))
        percent = rng.randint(900, 1_100) * (1, 10 * 5 // 8, 5)[place % 3]
        return {"percent": min(percent, 9_000), "scope": scope[place % 3]}

    return terms


def _halves(rng: Random) -> Callable[[int], dict[str, object]]:
    return lambda _: {"percent": 1_000, "scope": _some_lines(rng, LINES // 2, LINES // 2)}


def _any_lines(rng: Random) -> Callable[[int], dict[str, object]]:
    return lambda place: {
        "scope": _some_lines(rng, 2, LINES),
        **(
            {"percent": rng.randint(500, 3_000), "ceiling": rng.choice((5_000, 9_000, None))}
            if place % 2
            else {"kind": "amount", "amount": rng.randint(500, 9_000)}
        ),
    }


def _grouped(groups: int) -> Callable[[Random], Callable[[int], dict[str, object]]]:
    def of(rng: Random) -> Callable[[int], dict[str, object]]:
        return lambda place: {
            "percent": rng.randint(900, 1_100),
            "group": f"g{place % groups}",
        }

    return of


WALLETS: dict[str, tuple[Callable[[Random], Callable[[int], dict[str, object]]], int]] = {
    "a shop's": (_shops, 20_000),
    "alike, 10 %": (_same, 20_000),
    "alike, ¥10": (_same_amounts, 20_000),
    "9 to 11 %": (_nearly_same, 20_000),
    "9 to 11 %, of a few coins": (_nearly_same, 501),
    "9 to 11 %, ceilings": (_ceilings, 20_000),
    "9 to 11 %, and amounts like them": (_both_kinds, 20_000),
    "9 to 11 %, five categories": (_categories, 20_000),
    "9 to 11 %, three groups": (_grouped(3), 20_000),
    "9 to 11 %, ten groups": (_grouped(10), 20_000),
    "categories in categories": (_nested, 20_000),
    "10 %, each of any half of the lines": (_halves, 20_000),
    "all sorts, of any lines": (_any_lines, 20_000),
}
"""By what they are called: how coupons are drawn, and the dearest price."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds; and how many times as long brute force takes with fewer coupons."""

    what: str
    p50: float
    p99: float
    longest: float
    brute: float


def measured(what: str, rounds: int) -> Measured:
    """One kind of wallet."""
    draw, dearest = WALLETS[what]
    taken = []
    for seed in range(rounds):
        rng = Random(seed)
        basket = basket_of(rng, cheapest=min(500, dearest // 20), dearest=dearest)
        taken.append(_timed(basket, _held(rng, HELD, draw(rng))))
    taken.sort()
    ratios = []
    for seed in range(3):
        rng = Random(seed)
        basket = basket_of(rng, cheapest=min(500, dearest // 20), dearest=dearest)
        held = _held(rng, SMALL, draw(rng))
        ours = _timed(basket, held)
        began = time.process_time()
        brute(basket, held)
        ratios.append((time.process_time() - began) / ours)
    return Measured(
        what,
        1000 * taken[len(taken) // 2],
        1000 * taken[int(len(taken) * 0.99)],
        1000 * taken[-1],
        sorted(ratios)[1],
    )


def _timed(basket: Basket, held: Sequence[Held]) -> float:
    return min(_once(basket, held) for _ in range(3))


def _once(basket: Basket, held: Sequence[Held]) -> float:
    gc.collect()
    began = time.process_time()
    quote(
        basket,
        held,
        at=AT,
        catalogue_points=Points(worth=1, worth_of=1),
        together=Together(most=MOST),
        points_available=500,
        balance_available=500,
        wish=Wish(points="most", balance="most"),
    )
    return time.process_time() - began


def brute(basket: Basket, held: Sequence[Held]) -> int:
    """The most that any combination of up to five takes off, each tried in full."""
    coupons = sorted(fitted(held, basket), key=lambda one: one.order)
    prices = [line.list_price for line in basket.lines] + [basket.shipping]
    most = 0
    for count in range(1, MOST + 1):
        for some in combinations(coupons, count):
            left = prices[:]
            for one in some:
                for place, off in taken_off(one, left).items():
                    left[place] -= off
            most = max(most, sum(prices) - sum(left))
    return most


def measure(*, full: bool) -> None:
    """Measure and print."""
    table = Printed(title=f"A quote, {HELD} coupons, {LINES} lines, {MOST} together")
    for name in ("", "p50 ms", "p99 ms", "max ms", f"brute force, {SMALL} coupons"):
        table.add_column(name, justify="left" if not name else "right")
    for what in WALLETS:
        one = measured(what, MANY_ROUNDS if full else ROUNDS)
        times = [f"{value:.1f}" for value in (one.p50, one.p99, one.longest)]
        table.add_row(what, *times, f"{one.brute:.0f} x")
    Console().print(table)
    print(f"the bar: {GOAL_MS} ms")
