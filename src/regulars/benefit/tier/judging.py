"""Tiers are judged when growth value comes in, and when a period has ended."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from regulars.benefit.customer import check_customer
from regulars.benefit.digest import digest_of
from regulars.benefit.names import GROWTH, customer_owner
from regulars.benefit.reading import available, tiers_now
from regulars.benefit.tier.judge import NOBODY, Judged, Standing, judge
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_members import MemberRow
from regulars.errors import NothingToDo, Where
from regulars.ledger.command import Note, Told
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt
from regulars.ledger.sweep import SWEEPER

EVENTS = {"reached": "Tier Reached", "kept": "Tier Kept", "lost": "Tier Lost"}
"""By what a judgement comes to. What `Tier Reached` tells as `gifts` is to be given, once each."""
_AT_ONCE = 200


def standing_of(connection: Connection, customer_id: int) -> Standing:
    """The customer's tier as it stands; `NOBODY` where none was judged."""
    row = BenefitRows(connection).member(customer_id)
    return NOBODY if row is None else Standing(row.tier, row.since, row.until)


def told_of(judged: Judged, customer_id: int) -> tuple[Told, ...]:
    """The event that a judgement is; none where nothing changed."""
    if not judged.what:
        return ()
    return (Told(EVENTS[judged.what], customer_id, judged.as_dict()),)


def put_standing(connection: Connection, customer_id: int, standing: Standing, n: int) -> None:
    """Have the customer stand so from entry `n` on; a name on the leaderboard stays."""
    rows = BenefitRows(connection)
    row = rows.member(customer_id)
    shown_as = "" if row is None else row.shown_as
    rows.put_member(MemberRow(customer_id, *standing, shown_as, n))


@dataclass(frozen=True, kw_only=True)
class JudgeTier(Deed):
    """Judge a customer's tier as of now: after a period, or after other tiers were published.

    The answer's `about` tells `tier`, `before`, `until` and, of who has risen, `gifts`.

    Attributes:
        key: idempotency key.
        customer_id: whose.
        zone: the shop's time zone.

    Raises (when asked):
        NothingToDo: the tier stays, and its period is not over.
    """

    key: str
    customer_id: int
    zone: str

    def __post_init__(self) -> None:
        check_customer(self.customer_id)

    def digest(self) -> bytes:
        """Of the customer."""
        return digest_of("judge tier", self.customer_id)

    def plan(self, connection: Connection, at: int) -> Planned:
        """What becomes of the tier, and its event."""
        growth = available(connection, GROWTH, customer_owner(self.customer_id), at)
        standing = standing_of(connection, self.customer_id)
        judged = judge(tiers_now(connection), standing, growth, at, self.zone)
        if not judged.what:
            raise NothingToDo(
                "the tier stays as it is",
                where=Where(column="customer_id", value=str(self.customer_id)),
                todo="ask when the period is over",
            )

        def write(connection: Connection, n: int) -> None:
            put_standing(connection, self.customer_id, judged.standing, n)

        about = {"judged": judged.what} | judged.as_dict()
        note = Note(key="", about=about, events=told_of(judged, self.customer_id))
        return Planned(note, write)


def judge_due(ledger: Ledger, zone: str) -> int:
    """Judge all tiers whose period has ended by now; how many there were comes back.

    Raises:
        StoreError: the store does not answer; what was done before is done.
    """
    judged = 0
    while due := _due(ledger):
        deeds = [
            JudgeTier(key=f"judge:{uuid4().hex}", customer_id=row.customer_id, zone=zone)
            for row in due
        ]
        done = sum(isinstance(one, Receipt) for one in ledger.ask_all(deeds, by=SWEEPER))
        judged += done
        if not done:
            break  # another sweep was first
    return judged


def _due(ledger: Ledger) -> list[MemberRow]:
    with ledger.store.read() as connection:
        if not tiers_now(connection).tiers:
            return []  # none are published any more: everybody stays as they are
        return BenefitRows(connection).members_to_judge(ledger.now(), _AT_ONCE)
