"""A quote over HTTP, one after another: 50 coupons held, the wallet read from the store.

The coupons are drawn as `quote` draws them, of each kind of wallet that it has; each kind is a shop
of its own. `regulars serve` (owner, teller, one worker) and the client share the processors. What
the server's processes have worked is told beside the clock, which is the client's.
`--full` has a thousand coupons published besides, which no customer has.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from benchmarks import serving
from benchmarks.quote import GOAL_MS, HELD, LINES, MOST, WALLETS, _held, basket_of
from regulars.access.changes import Changes
from regulars.app.home import Home, make_home
from regulars.app.store import open_store
from regulars.benefit.definition.terms import Coupon, Points, Together
from regulars.benefit.names import POINTS, coupon_asset, customer_owner
from regulars.benefit.publish import Publish
from regulars.benefit.quote.basket import Basket
from regulars.ledger.command import ISSUER, Leg, Post
from regulars.ledger.ledger import Ledger, now_in_microseconds

KINDS = ("a shop's", "9 to 11 %, ceilings", "categories in categories", "all sorts, of any lines")
ASKED = 500
BASKETS = 50
OTHERS = 1_000
_IN_A_PUBLICATION = 200
_CUSTOMER = 7
_RESTS = 3
"""Seconds in a row in which the server's processes hardly work."""
_AT_REST = 0.1
"""Seconds of work in one."""
_DAY = 86_400_000_000


def measure(folder: Path, *, full: bool) -> None:
    """Measure and print."""
    table = Table(title=f"A quote over HTTP, {HELD} coupons, {LINES} lines, {MOST} together")
    for name in ("", "p50 ms", "p99 ms", "max ms", "server's work ms"):
        table.add_column(name, justify="left" if not name else "right")
    for number, what in enumerate(KINDS):
        draw, dearest = WALLETS[what]
        rng = Random(number)
        held = [one.coupon for one in _held(rng, HELD, draw(rng))]
        cheapest = min(500, dearest // 20)
        baskets = [basket_of(rng, cheapest=cheapest, dearest=dearest) for _ in range(BASKETS)]
        home = folder / f"shop{number}"
        make_home(home)
        key = _stocked(home, held, OTHERS if full else 0)
        with serving._served(home) as port:
            serving._until_it_answers(port)
            _asked(port, key, baskets[:5], 50)
            _until_it_rests()
            before = serving._work(serving._children())
            clocks = _asked(port, key, baskets, ASKED)
            worked = (serving._work(serving._children()) - before) / ASKED
        p50, p99 = (1000 * clocks[int(ASKED * share)] for share in (0.5, 0.99))
        told = (p50, p99, 1000 * clocks[-1], 1000 * worked)
        table.add_row(what, *(f"{one:.1f}" for one in told))
    Console().print(table)
    print(f"the bar: {GOAL_MS} ms")


def _until_it_rests() -> None:
    """What a server does as it begins is not what a quote waits for."""
    resting = 0
    before = serving._work(serving._children())
    while resting < _RESTS:
        time.sleep(1)
        now = serving._work(serving._children())
        resting = resting + 1 if now - before < _AT_REST else 0
        before = now


def _stocked(home: Path, held: Sequence[Coupon], others: int) -> str:
    """Publish, and give the customer one of each; a key for reading comes back."""
    more = [Coupon(name=f"other{n}", title="", kind="amount", amount=100) for n in range(others)]
    rest = (Points(worth=1, worth_of=1), Together(most=MOST))
    with open_store(Home.open(home)) as store, Ledger(store) as ledger:
        for end in range(0, len(more) + 1, _IN_A_PUBLICATION):
            ledger.ask(Publish(f"publish {end}", (*rest, *held, *more[:end]), "CNY"), by="bench")
        expires_at = now_in_microseconds() // _DAY * _DAY + 30 * _DAY
        legs = []
        for asset, amount in ((POINTS, 500), *((coupon_asset(one.name, 1), 1) for one in held)):
            legs.append(Leg(asset, ISSUER, -amount))
            legs.append(Leg(asset, customer_owner(_CUSTOMER), amount, expires_at))
        ledger.ask(Post(key="give", legs=tuple(legs)), by="bench")
        return Changes(ledger).make_key("bench", ("benefits:read",)).text


def _asked(port: int, key: str, baskets: Sequence[Basket], times: int) -> list[float]:
    """Seconds from question to answer, in order."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    bodies = [json.dumps(_question(basket)) for basket in baskets]
    clocks = []
    for number in range(times):
        began = time.perf_counter()
        line.request("POST", "/v1/benefits/quote", bodies[number % len(bodies)], headers)
        answer = line.getresponse()
        told = answer.read()
        clocks.append(time.perf_counter() - began)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {told[:200]!r}")
    line.close()
    return sorted(clocks)


def _question(basket: Basket) -> dict[str, object]:
    lines = [
        {
            "id": line.id,
            "product": line.product,
            "category": line.category,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
        }
        for line in basket.lines
    ]
    return {
        "customer": _CUSTOMER,
        "basket": {"lines": lines, "shipping": basket.shipping},
        "wish": {"points": "most"},
    }
