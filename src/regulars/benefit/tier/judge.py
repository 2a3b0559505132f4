"""Which tier somebody has: reached at once, kept for a period, judged anew at its end.

Whose growth value reaches a higher tier rises to it at once, and a new period begins. At the end of
a period who still reaches the tier keeps it for another; who does not falls to what is reached, or
by one tier where the shop has published so. The lowest tier is everybody's and has no period.

>>> from regulars.benefit.definition.terms import Tier
>>> tiers = Tiers(tiers=(
...     Tier(name="bronze", title="Bronze", growth=0),
...     Tier(name="silver", title="Silver", growth=100, gifts=("coupon:ten",)),
...     Tier(name="gold", title="Gold", growth=500),
... ))
>>> risen = judge(tiers, NOBODY, 120, 0, "UTC")
>>> risen.what, risen.standing.tier, risen.gifts
('reached', 'silver', ('coupon:ten',))
>>> judge(tiers, risen.standing, 20, risen.standing.until, "UTC").standing.tier
'bronze'
>>> progress(tiers, risen.standing, 462).more
38
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from regulars.benefit.definition.terms import Tier, Tiers
from regulars.benefit.lasting import end_of_day_after
from regulars.ledger.command import NEVER


class Standing(NamedTuple):
    """A customer's tier by name, since when, and until when it is kept; UTC microseconds."""

    tier: str
    since: int
    until: int


NOBODY = Standing("", 0, NEVER)
"""Who has not been judged: they have the lowest tier."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judgement comes to.

    Attributes:
        standing: from now on.
        what: `reached` a higher one, `kept` it for another period, `lost` it; "" nothing changed.
        before: the tier before, by name.
        gifts: what the tiers that were risen through give, by name.
    """

    standing: Standing
    what: Literal["", "reached", "kept", "lost"] = ""
    before: str = ""
    gifts: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for an entry's `about` and the event."""
        told: dict[str, Any] = {"tier": self.standing.tier, "before": self.before}
        if self.standing.until != NEVER:
            told["until"] = self.standing.until
        return told | ({"gifts": list(self.gifts)} if self.gifts else {})


def judge(tiers: Tiers, standing: Standing, growth: int, at: int, zone: str) -> Judged:
    """What becomes of somebody's tier.

    A period that is over is one period, however long ago it ended. A tier that is published no
    longer counts as the lowest.

    Args:
        tiers: as published; with none nobody is judged.
        standing: of the customer; `NOBODY` before the first.
        growth: value that counts at the instant.
        at: UTC microseconds.
        zone: the shop's time zone, in which a period ends with a day.
    """
    if not tiers.tiers:
        return Judged(standing)
    has = place_of(tiers, standing.tier)
    reached = _reached(tiers, growth)
    if reached > has:
        gifts = tuple(gift for tier in tiers.tiers[has + 1 : reached + 1] for gift in tier.gifts)
        return Judged(_begun(tiers, reached, at, zone), "reached", standing.tier, gifts)
    if at < standing.until:
        return Judged(standing)
    if reached == has and standing.tier == tiers.tiers[has].name:
        return Judged(_begun(tiers, has, at, zone), "kept", standing.tier)
    if has == 0:  # of a tier that is published no longer
        return Judged(_begun(tiers, 0, at, zone), "lost", standing.tier)
    falls_to = max(reached, has - 1) if tiers.falls_to == "one" else reached
    return Judged(_begun(tiers, falls_to, at, zone), "lost", standing.tier)


def tier_of(tiers: Tiers, standing: Standing) -> Tier | None:
    """The tier that somebody has; None where there are none."""
    return tiers.tiers[place_of(tiers, standing.tier)] if tiers.tiers else None


def place_of(tiers: Tiers, name: str) -> int:
    """The place of a tier, the lowest being 0; 0 as well of one that is not there."""
    return next((place for place, tier in enumerate(tiers.tiers) if tier.name == name), 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is on the way to the next tier.

    Attributes:
        tier: that they have.
        next: the one above; None for who has the highest.
        more: growth value that is missing to it.
        share: of the way from their tier to it, 0 to 1; 1 at the highest.
        to_keep: growth value that is missing to keep their tier, were the period over now.
        until: when the period is over, UTC microseconds; `NEVER` of the lowest.
    """

    tier: Tier
    next: Tier | None
    more: int
    share: float
    to_keep: int
    until: int


def progress(tiers: Tiers, standing: Standing, growth: int) -> Progress | None:
    """The way to the next tier; None where there are no tiers."""
    if not tiers.tiers:
        return None
    place = place_of(tiers, standing.tier)
    tier = tiers.tiers[place]
    to_keep = max(0, tier.growth - growth)
    if place + 1 == len(tiers.tiers):
        return Progress(tier, None, 0, 1.0, to_keep, standing.until)
    above = tiers.tiers[place + 1]
    way = (growth - tier.growth) / (above.growth - tier.growth)
    more = max(0, above.growth - growth)
    return Progress(tier, above, more, min(1.0, max(0.0, way)), to_keep, standing.until)


def _reached(tiers: Tiers, growth: int) -> int:
    return max(
        (place for place, tier in enumerate(tiers.tiers) if tier.growth <= growth), default=0
    )


def _begun(tiers: Tiers, place: int, at: int, zone: str) -> Standing:
    until = end_of_day_after(at, tiers.keep_days, zone) if place else NEVER
    return Standing(tiers.tiers[place].name, at, until)
