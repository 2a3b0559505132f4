"""Health: what comes in becomes durable, the owner answers, and the store can be written."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from regulars.edges.serve.worker.commit import GroupCommit
from regulars.edges.serve.worker.forward import Forward
from regulars.edges.serve.worker.store import StoreRoutes
from regulars.errors import RegularsError

_FRESH_SECONDS = 10.0
"""So long a write that became durable speaks for the disk; then it is tried anew."""


async def health(
    commit: GroupCommit, forward: Forward, store: StoreRoutes
) -> tuple[int, dict[str, Any]]:
    """The status and what each check says."""
    checks = {
        "intake": await _intake(commit),
        "owner": await _owner(forward),
        "store": await _store(store),
    }
    reasons = [reason for check in checks.values() for reason in check.get("reasons", [])]
    is_well = all(check["status"] == "ok" for check in checks.values())
    told = {"status": "ok" if is_well else "failing", "reasons": reasons, "checks": checks}
    return (200 if is_well else 503), told


async def _intake(commit: GroupCommit) -> dict[str, Any]:
    told = {"inbox_bytes": commit.inbox_bytes, "held_bytes": commit.held.bytes}
    try:
        commit.check_room()
        is_fresh = time.monotonic() - commit.durable_at < _FRESH_SECONDS
        if commit.failed is not None or not is_fresh:
            await commit.probe()
    except RegularsError as error:
        return {"status": "failing", "reasons": [error.message], **told}
    return {"status": "ok", **told}


async def _owner(forward: Forward) -> dict[str, Any]:
    try:
        answer = await forward.get("/health")
        told = answer.json()
    except (RegularsError, ValueError):
        reason = "the owner of the warehouse does not answer"
        return {"status": "failing", "reasons": [reason]}
    said: dict[str, Any] = told if isinstance(told, dict) else {}
    return {"reasons": [], **said, "status": "ok" if answer.status_code == 200 else "failing"}


async def _store(store: StoreRoutes) -> dict[str, Any]:
    try:
        _, told = await store.health()
    except RegularsError:
        return {"status": "failing", "reasons": ["the store's process does not answer"]}
    found: dict[str, Any] = msgspec.json.decode(told)
    return found
