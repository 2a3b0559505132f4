"""What time does to benefits: what has expired is taken away, what is over is closed and judged."""

from __future__ import annotations

from regulars.benefit.coupon.sweep import expire_coupons
from regulars.benefit.envelope.sweep import close_expired
from regulars.benefit.names import GROWTH, POINTS, money_asset
from regulars.benefit.points.sweep import expire
from regulars.benefit.tier.judging import judge_due
from regulars.engines.store_ledger import LedgerRows
from regulars.ledger.ledger import Ledger


def sweep(ledger: Ledger, currency: str, zone: str) -> dict[str, int]:
    """Do all that is due by now; of each kind how many, only what was done.

    Done twice, or in the midst of another sweep, it is harmless: each step looks under the lane.

    Args:
        ledger: that carries the benefits.
        currency: of balances.
        zone: the shop's time zone.

    Raises:
        StoreError: the store does not answer; the rest is done the next time.
    """
    done = {}
    with ledger.store.read() as connection:
        there = LedgerRows(connection).assets([POINTS, GROWTH, money_asset(currency)])
    for asset in there:
        done[f"{asset} expired"] = expire(ledger, asset).lots
    done["coupons expired"] = expire_coupons(ledger)
    done["envelopes closed"] = close_expired(ledger)
    done["tiers judged"] = judge_due(ledger, zone)
    return {name: count for name, count in done.items() if count}
