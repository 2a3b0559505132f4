"""Deeds of benefits in process: so many a second of 64 clients, beside a plain post of the ledger.

The ratio is that of the processors' work, which says more than the clock on a machine that does
other things besides. Each client waits for its answer, which is told once it is durable (SQLite:
WAL with synchronous=FULL). The post is that of `ledger`: one piece from a stock to a customer, with
a limit and an event. A deed is decided under the lane, by one thread at a time, so what its
decision takes is what bounds its rate.

Customers claim a coupon, claim another one with a code of their own, take a share of one red
envelope and earn points; then each holds, pays and refunds an order of five lines that uses both
coupons and all points. The last rows hold orders of customers who have 50 coupons.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.ledger import CLIENTS, claim, stocked
from regulars.benefit.coupon.codes import ClaimByCode, MakeCodes
from regulars.benefit.coupon.deeds import ClaimCoupon
from regulars.benefit.coupon.giving import Recipient
from regulars.benefit.definition.terms import Coupon, Points, Term, Tier, Tiers, Together
from regulars.benefit.envelope.claiming import ClaimEnvelope
from regulars.benefit.envelope.filling import FillEnvelope
from regulars.benefit.names import POINTS, coupon_asset, customer_owner
from regulars.benefit.order.hold import HoldOrder
from regulars.benefit.order.pay import PayOrder
from regulars.benefit.order.refund import RefundOrder
from regulars.benefit.points.earn import Earn
from regulars.benefit.points.earning import Earned
from regulars.benefit.publish import Publish
from regulars.benefit.quote.basket import Basket, BasketLine, Wish
from regulars.engines.sqlite import SqliteStore
from regulars.ledger.command import ISSUER, Leg, Post
from regulars.ledger.deed import Deed
from regulars.ledger.ledger import Ledger, now_in_microseconds

CUSTOMERS = 2_000
MANY_CUSTOMERS = 10_000
WITH_MANY = 300
"""Customers who have many coupons."""
MANY = 50
ZONE = "Asia/Shanghai"
_DAY = 86_400_000_000
_PUBLIC, _CODED = "public", "coded"
BASKET = Basket(
    tuple(
        BasketLine(
            id=str(place),
            product=f"p{place}",
            category=f"c{place % 3}",
            quantity=1 + place % 2,
            unit_price=5_000 + 1_000 * place,
        )
        for place in range(5)
    ),
    shipping=800,
)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second, the processors' work for one, and how long a client waited (seconds)."""

    what: str
    per_second: float
    work: float
    p50: float
    p99: float


def terms() -> tuple[Term, ...]:
    """What the shop has: two coupons that everybody gets, and fifty that some have."""
    many = (
        Coupon(name=f"n{place:02}", title="", kind="percent", percent=500 + 10 * place, group="n")
        for place in range(MANY - 2)
    )
    return (
        Coupon(name=_PUBLIC, title="", kind="amount", amount=1_000, public=True),
        Coupon(name=_CODED, title="", kind="percent", percent=1_000),
        *many,
        Points(expire_days=365, worth=1, worth_of=1),
        Tiers(tiers=(Tier(name="silver", title="", growth=0),)),
        Together(most=3),
    )


def measured(what: str, ledger: Ledger, asked: Sequence[Deed | Post]) -> Rate:
    """All of it asked by 64 clients; each waits for its answer before it asks the next."""
    waited: list[list[float]] = [[] for _ in range(CLIENTS)]

    def client(which: int) -> None:
        for one in asked[which::CLIENTS]:
            began = time.perf_counter()
            ledger.ask(one, by="bench")
            waited[which].append(time.perf_counter() - began)

    threads = [threading.Thread(target=client, args=(which,)) for which in range(CLIENTS)]
    began, worked = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, work = time.perf_counter() - began, time.process_time() - worked
    every = sorted(one for of_client in waited for one in of_client)
    if len(every) != len(asked):
        raise RuntimeError(f"{what}: {len(asked) - len(every)} were refused")
    return Rate(
        what,
        len(asked) / seconds,
        work / len(asked),
        every[len(every) // 2],
        every[int(len(every) * 0.99)],
    )


def rates(ledger: Ledger, customers: int) -> list[Rate]:
    """Of each deed; the first is the plain post."""
    those = range(1, customers + 1)
    digests = [f"{customer:032x}" for customer in those]
    ledger.ask(Publish("publish", terms(), "CNY"), by="bench")
    for first in range(0, customers, 5_000):
        some = tuple(digests[first : first + 5_000])
        ledger.ask(MakeCodes(key=f"codes {first}", coupon=_CODED, digests=some), by="bench")
    in_a_day = now_in_microseconds() + _DAY
    filled = ledger.ask(
        FillEnvelope(
            key="fill", asset=POINTS, total=100 * customers, count=customers, expires_at=in_a_day
        ),
        by="bench",
    )
    envelope = str(filled.body.about["envelope"])
    with_many = range(customers + 1, customers + 1 + WITH_MANY)
    for customer in with_many:
        ledger.ask(_fifty(customer), by="bench")
    found = [_posts(ledger, customers)]
    for what, deed in _deeds(digests, envelope):
        found.append(measured(what, ledger, [deed(customer) for customer in those]))
    held = [_hold(customer) for customer in with_many]
    found.append(measured(f"hold, {MANY} coupons", ledger, held))
    return found


def _posts(ledger: Ledger, customers: int) -> Rate:
    asset = stocked(ledger, customers)
    posts = [claim(asset, n, f"{asset}:{n}") for n in range(1, customers + 1)]
    return measured("post of the ledger", ledger, posts)


def _deeds(digests: Sequence[str], envelope: str) -> Iterable[tuple[str, Callable[[int], Deed]]]:
    now = now_in_microseconds()
    return (
        (
            "claim",
            lambda n: ClaimCoupon(key=f"a{n}", coupon=_PUBLIC, to=Recipient(n), zone=ZONE),
        ),
        (
            "claim by code",
            lambda n: ClaimByCode(
                key=f"b{n}", code_digest=digests[n - 1], to=Recipient(n), zone=ZONE
            ),
        ),
        (
            "share of an envelope",
            lambda n: ClaimEnvelope(key=f"c{n}", envelope=envelope, customer_id=n, zone=ZONE),
        ),
        (
            "earn",
            lambda n: Earn(
                key=f"d{n}", source=f"order:old {n}", customer_id=n,
                earned=(Earned("goods", 10_000, 100, 100),), base=10_000, happened_at=now,
                zone=ZONE,
            ),
        ),
        ("hold", _hold),
        ("pay", lambda n: PayOrder(key=f"f{n}", order=str(n))),
        (
            "refund",
            lambda n: RefundOrder(
                key=f"g{n}", order=str(n), refund="all", lines=None, shipping=True
            ),
        ),
    )  # fmt: skip


def _hold(customer: int) -> HoldOrder:
    return HoldOrder(
        key=f"e{customer}", order=str(customer), customer_id=customer, basket=BASKET,
        currency="CNY", wish=Wish(points="most"),
    )  # fmt: skip


def _fifty(customer: int) -> Post:
    """Give a customer one of each coupon, and points."""
    names = [one.name for one in terms() if isinstance(one, Coupon)]
    expires_at = now_in_microseconds() // _DAY * _DAY + 30 * _DAY
    legs = []
    for asset, amount in ((POINTS, 500), *((coupon_asset(name, 1), 1) for name in names)):
        legs.append(Leg(asset, ISSUER, -amount))
        legs.append(Leg(asset, customer_owner(customer), amount, expires_at))
    return Post(key=f"fifty {customer}", legs=tuple(legs))


def measure(folder: Path, *, full: bool) -> None:
    """Measure and print."""
    customers = MANY_CUSTOMERS if full else CUSTOMERS
    with SqliteStore.open(folder / "store.sqlite") as store, Ledger(store) as ledger:
        found = rates(ledger, customers)
    table = Table(title=f"Deeds, {CLIENTS} clients, {customers:,} customers: SQLite")
    for name in ("", "a second", "work ms", "of a post's", "p50 ms", "p99 ms"):
        table.add_column(name, justify="left" if not name else "right")
    for rate in found:
        ratio = f"{rate.work / found[0].work:.1f} x"
        times = [f"{1000 * one:.1f}" for one in (rate.p50, rate.p99)]
        work = f"{1000 * rate.work:.2f}"
        table.add_row(rate.what, f"{rate.per_second:,.0f}", work, ratio, *times)
    Console().print(table)
