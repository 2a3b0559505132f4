"""What time does to benefits: what has expired is taken away, what is over is closed and judged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from regulars.benefit.coupon.sweep import expire_coupons
from regulars.benefit.envelope.sweep import close_expired
from regulars.benefit.names import GROWTH, POINTS, money_asset
from regulars.benefit.points.sweep import expire
from regulars.benefit.tier.judging import judge_due
from regulars.engines.store_ledger import LedgerRows
from regulars.errors import RegularsError
from regulars.ledger.ledger import Ledger


def sweep(ledger: Ledger, currency: str, zone: str) -> dict[str, int]:
    """Do all that is due by now; of each kind how many, only what was done.

    Done twice, or in the midst of another sweep, it is harmless: each step looks under the lane.
    A step that fails keeps none of the others back.

    Args:
        ledger: that carries the benefits.
        currency: of balances.
        zone: the shop's time zone.

    Raises:
        RegularsError: why the first step failed that did, once all have been tried.
    """
    with ledger.store.read() as connection:
        there = LedgerRows(connection).assets([POINTS, GROWTH, money_asset(currency)])

    def lots_of(asset: str) -> int:
        return expire(ledger, asset).lots

    steps: dict[str, Callable[[], int]] = {
        **{f"{asset} expired": partial(lots_of, asset) for asset in there},
        "coupons expired": partial(expire_coupons, ledger),
        "envelopes closed": partial(close_expired, ledger),
        "tiers judged": partial(judge_due, ledger, zone),
    }
    done: dict[str, int] = {}
    failed: RegularsError | None = None
    for name, step in steps.items():
        try:
            done[name] = step()
        except RegularsError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return {name: count for name, count in done.items() if count}
