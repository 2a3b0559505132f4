"""A shop with points and tiers, and what its members do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benefit.shelf import ZONE, Shelf
from regulars.benefit.definition.terms import Badge, Points, Tier, Tiers, encode
from regulars.benefit.names import GROWTH, OWED_POINTS, POINTS, customer_owner
from regulars.benefit.points.earn import Earn
from regulars.benefit.points.earning import Earned
from regulars.benefit.points.taking_back import TakeEarnedBack
from regulars.engines.sqlite import SqliteStore
from regulars.engines.store import Store
from regulars.engines.store_benefits import BenefitRows, EarnedRow
from regulars.engines.store_members import MemberRow
from regulars.engines.store_terms import TermRow
from regulars.ledger.receipt import Receipt

THREE = Tiers(
    tiers=(
        Tier(name="bronze", title="Bronze", growth=0),
        Tier(name="silver", title="Silver", growth=100, gifts=("coupon:ten",)),
        Tier(name="gold", title="Gold", growth=500, gifts=("gift:mug",), points_percent=12_000),
    ),
    keep_days=30,
    count_days=60,
)
YEAR = Points(expire_days=365, worth=1, worth_of=10)


class Members(Shelf):
    """The shop; customer 7 unless another is named."""

    def __init__(self, store: Store, points: Points = YEAR, tiers: Tiers = THREE) -> None:
        super().__init__(store)
        self.put("points", points)
        self.put("tiers", tiers)

    def put(self, kind: str, term: Points | Tiers | Badge) -> None:
        def write(connection, n: int) -> None:
            rows = BenefitRows(connection)
            before = rows.term(kind, getattr(term, "name", ""))
            version = before.version + 1 if before else 1
            name = getattr(term, "name", "")
            rows.add_terms([TermRow(kind, name, version, encode(term), n)])

        self.ledger.record("publish", {"kind": kind}, "cli", write)

    def earn(
        self,
        source: str = "order:1",
        points: int = 0,
        growth: int = 0,
        *,
        base: int = 0,
        who: int = 7,
        happened_at: int | None = None,
        key: str = "",
    ) -> Receipt:
        return self.ask(
            Earn(
                key=key or self.key(),
                source=source,
                customer_id=who,
                earned=(Earned("goods", base, points, growth),),
                base=base,
                happened_at=self.at if happened_at is None else happened_at,
                zone=ZONE,
            )
        )

    def take_back(self, base_back: int | None, source: str = "order:1") -> Receipt:
        return self.ask(TakeEarnedBack(key=self.key(), source=source, base_back=base_back))

    def points(self, who: int = 7) -> int:
        return self.has(customer_owner(who), POINTS)

    def growth(self, who: int = 7) -> int:
        return self.has(customer_owner(who), GROWTH)

    def owed(self, who: int = 7) -> int:
        return self.has(customer_owner(who), OWED_POINTS)

    def member(self, who: int = 7) -> MemberRow | None:
        return self.read(lambda rows: rows.member(who))

    def earned(self, source: str = "order:1") -> EarnedRow | None:
        return self.read(lambda rows: rows.earned(source))

    def events(self, receipt: Receipt) -> list[tuple[str, dict]]:
        return [(one.event, one.properties) for one in receipt.body.events]


@contextmanager
def members_in_a_file() -> Iterator[Members]:
    """For hypothesis, which runs a test's body many times."""
    with TemporaryDirectory() as folder, SqliteStore.open(Path(folder) / "store.sqlite") as store:
        shop = Members(store)
        with shop.ledger:
            yield shop
