"""The owner's figures in Prometheus' text format."""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from regulars.edges.serve.rewarding import RewardingFigures, figures_of

if TYPE_CHECKING:
    from regulars.edges.serve.keeper import Keeper
    from regulars.edges.serve.sessions import Sessions

FIGURES: dict[str, str] = {
    "regulars_owner_absorbed_total": "Times that something was absorbed from the inbox.",
    "regulars_owner_absorb_seconds_total": "Seconds spent absorbing.",
    "regulars_owner_settled_total": "Times that something was settled into landing.",
    "regulars_owner_settle_seconds_total": "Seconds spent settling.",
    "regulars_owner_failures_total": "Tries to absorb, settle or compact that failed.",
    "regulars_owner_failing": "1 while the last try failed.",
    "regulars_owner_backlog_bytes": "Bytes of the inbox that wait to be absorbed.",
    "regulars_owner_inbox_bytes": "Bytes of the inbox, absorbed or not.",
    "regulars_owner_behind_seconds": "Seconds since the inbox was last found absorbed.",
    "regulars_owner_sessions": "Programs that use the warehouse through the owner.",
    "regulars_owner_lent": "1 while the warehouse is being made anew.",
    "regulars_owner_warehouse_bytes": "Bytes of the warehouse's file.",
    "regulars_owner_memory_bytes": "The most memory that the owner has had.",
    "regulars_rewarding_passes_total": "Looks at what rules are to give that came to their end.",
    "regulars_rewarding_given_total": "Times that rules gave something.",
    "regulars_rewarding_refused_total": "Times that a limit, stock or budget had ended.",
    "regulars_rewarding_failures_total": "Passes that failed.",
    "regulars_rewarding_failing": "1 while the last pass failed.",
    "regulars_rewarding_last_seconds": "Seconds that the last pass took.",
    "regulars_rewarding_last_timestamp_seconds": "When the last pass ended (UNIX time).",
}
"""Every figure with its meaning, for docs/serve.md."""


def figures_text(keeper: Keeper, sessions: Sessions) -> bytes:
    """All figures as they stand."""
    done = keeper.figures
    file = keeper.home.warehouse
    backlog = keeper.backlog()
    found: dict[str, float] = {
        "regulars_owner_absorbed_total": done.absorbed,
        "regulars_owner_absorb_seconds_total": done.absorb_seconds,
        "regulars_owner_settled_total": done.settled,
        "regulars_owner_settle_seconds_total": done.settle_seconds,
        "regulars_owner_failures_total": done.failures,
        "regulars_owner_failing": bool(done.failing),
        "regulars_owner_backlog_bytes": float("nan") if backlog is None else backlog,
        "regulars_owner_inbox_bytes": keeper.inbox_bytes(),
        "regulars_owner_behind_seconds": max(0.0, time.time() - done.caught_up_at),
        "regulars_owner_sessions": len(sessions),
        "regulars_owner_lent": keeper.is_lent,
        "regulars_owner_warehouse_bytes": file.stat().st_size if file.exists() else 0,
        "regulars_owner_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    rewarding = figures_of(keeper.home.running) or RewardingFigures()
    for name in ("passes", "given", "refused", "failures"):
        found[f"regulars_rewarding_{name}_total"] = getattr(rewarding, name)
    found["regulars_rewarding_failing"] = bool(rewarding.failing)
    found["regulars_rewarding_last_seconds"] = rewarding.last_seconds
    found["regulars_rewarding_last_timestamp_seconds"] = rewarding.last_at
    registry = CollectorRegistry()
    for name, meaning in FIGURES.items():
        if name.endswith("_total"):
            Counter(name, meaning, registry=registry).inc(found[name])
        else:
            Gauge(name, meaning, registry=registry).set(found[name])
    # When a counter began is of no use here: it is the owner's start.
    lines = generate_latest(registry).decode().splitlines(keepends=True)
    return "".join(line for line in lines if "_created" not in line).encode()
