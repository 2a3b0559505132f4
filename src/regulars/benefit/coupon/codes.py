"""Codes of coupons: made, and claimed.

A *bulk* code is used once (or so many times), by whoever is first; a *public* one by everybody,
each as often as the coupon allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from regulars.benefit.coupon.code import wrong_code
from regulars.benefit.coupon.giving import (
    COUPON_CLAIMED,
    Recipient,
    giving,
    published_coupon,
)
from regulars.benefit.definition.terms import Coupon
from regulars.benefit.digest import digest_of
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_ledger import LedgerRows
from regulars.engines.store_terms import CodeRow
from regulars.errors import AlreadyThere, InvalidCommand, LedgerRefused, Where
from regulars.ledger.command import Limit, Note, Post
from regulars.ledger.decide import decide
from regulars.ledger.deed import Deed, Planned
from regulars.ledger.loading import load

MOST_CODES = 5_000
"""Made at once."""
_DIGEST = re.compile(r"[0-9a-f]{32}")
_BATCH = re.compile(r"[A-Za-z0-9._ -]{0,80}")


@dataclass(frozen=True, kw_only=True)
class MakeCodes(Deed):
    """Make codes of a coupon; `about` tells coupon, batch, codes (how many) and uses.

    Codes are random, so who asks again without having kept them asks for something else: under a
    new key. Codes that nobody has seen do no harm.

    Attributes:
        key: idempotency key.
        coupon: its name.
        digests: of the codes (`code.digest_of_code`), 1 to 5,000.
        batch: by which they are told apart later.
        uses: of each code; 0 where nothing bounds it.

    Raises:
        InvalidCommand: no digests, too many, or one twice.

    Raises (when asked):
        NoSuchBenefit: no coupon of this name is published.
        AlreadyThere: one of the codes was made before.
    """

    key: str
    coupon: str
    digests: tuple[str, ...]
    batch: str = ""
    uses: int = 1

    def __post_init__(self) -> None:
        if not 1 <= len(set(self.digests)) == len(self.digests) <= MOST_CODES:
            raise InvalidCommand(
                f"1 to {MOST_CODES:,} different codes are made at once",
                where=Where(column="digests", value=str(len(self.digests))),
                todo="split them",
            )
        for digest in self.digests:
            if not _DIGEST.fullmatch(digest):
                raise InvalidCommand(
                    "this is no digest of a code",
                    where=Where(column="digests", value=digest),
                    todo="send 32 hexadecimal digits, never the code itself",
                )
        if self.uses < 0 or not _BATCH.fullmatch(self.batch):
            raise InvalidCommand(
                "uses are 0 or more, and a batch has a plain name",
                where=Where(column="batch", value=self.batch),
                todo="take letters, digits, spaces, dots and hyphens, 80 at most",
            )

    def digest(self) -> bytes:
        """Of all of it."""
        return digest_of("make codes", self.coupon, self.digests, self.batch, self.uses)

    def plan(self, connection: Connection, _at: int) -> Planned:
        """A note, and the rows."""
        published_coupon(connection, self.coupon)
        known = BenefitRows(connection).known_codes(self.digests)
        if known:
            raise AlreadyThere(
                f"{len(known):,} of these codes have been made before",
                where=Where(column="digests", value=str(len(self.digests))),
                todo="draw new ones",
            )

        def write(connection: Connection, n: int) -> None:
            BenefitRows(connection).add_codes(
                CodeRow(one, self.coupon, self.batch, self.uses, n) for one in self.digests
            )

        about = {
            "coupon": self.coupon,
            "batch": self.batch,
            "codes": len(self.digests),
            "uses": self.uses,
        }
        return Planned(Note(key="", about=about), write)


@dataclass(frozen=True, kw_only=True)
class ClaimByCode(Deed):
    """A customer claims a coupon by its code.

    Attributes:
        key: idempotency key.
        code_digest: of the code as it was typed (`code.digest_of_code`).
        to: who claims it.
        zone: the shop's time zone, whose days count.

    Raises (when asked):
        WrongCode: there is no such code, it is used up, not valid now, out of stock or budget, or
            this customer or household has had as many as may be. Which of them is not told, and the
            same is looked up for all of them.
    """

    key: str
    code_digest: str
    to: Recipient
    zone: str

    def digest(self) -> bytes:
        """Of the code and who claims it."""
        return digest_of("claim by code", self.code_digest, self.to)

    def plan(self, connection: Connection, at: int) -> Planned:
        """One from the stock to the customer, if the ledger would do it."""
        row = BenefitRows(connection).code(self.code_digest)
        post = self._post(connection, row, at)
        rehearsed = post or giving(_NONE, 0, self.to, at=at, zone=self.zone)
        if not _would_be_done(connection, rehearsed, at) or post is None:
            raise wrong_code()
        return Planned(post)

    def _post(self, connection: Connection, row: CodeRow | None, at: int) -> Post | None:
        try:
            # Where there is no code, what no coupon can be called is looked up all the same.
            coupon, version = published_coupon(connection, row.coupon if row else "")
            return giving(
                coupon,
                version,
                self.to,
                at=at,
                zone=self.zone,
                event=COUPON_CLAIMED,
                more={"batch": row.batch} if row and row.batch else None,
                limits=_uses(row, self.code_digest),
            )
        except LedgerRefused:
            return None


def _uses(row: CodeRow | None, digest: str) -> tuple[Limit, ...]:
    if row is None or not row.uses:
        return ()
    return (Limit(f"code:{digest}", "once", row.uses),)


def _would_be_done(connection: Connection, post: Post, at: int) -> bool:
    """The ledger's own judgement, so that whatever it would refuse is refused alike."""
    state, _ = load(LedgerRows(connection), [post], at)
    try:
        decide(state, post)
    except LedgerRefused:
        return False
    return True


_NONE = Coupon(name="none", title="", kind="amount", stock=0)
"""Rehearsed for codes that are none, so that these cost as many looks at the store."""
