"""Benefits over HTTP, under load and kill -9: none is given twice, none above stock, none lost.

Small forms of `tests/soak/soak_benefits.py`, where bugs are planted for these to notice as well.
"""

from __future__ import annotations

import os
from pathlib import Path

from faults.benefits_served import ServedBenefits

SEED = "20261123"
CLAIMS = int(os.environ.get("REGULARS_RUSH", "600"))
"""Where bugs are planted, more of them."""


def test_of_a_stock_of_200_that_many_more_rush_for_200_are_granted(tmp_path: Path) -> None:
    served = ServedBenefits(tmp_path, SEED, stock=200)
    served.rush(CLAIMS)
    found = served.checked()
    assert found.rushed >= CLAIMS
    assert found.granted == 200, found
    assert found.done_unanswered == 0
    # Of every kind something was done, so that the laws were looked at.
    assert found.kinds.keys() >= {
        "issue", "claim", "envelope", "spend", "take_back", "address", "send", "receive", "hold",
        "redeem", "pay", "cancel", "refund", "earn", "badge",
    }, found  # fmt: skip


def test_a_server_killed_under_load_has_all_that_was_answered_each_once(tmp_path: Path) -> None:
    served = ServedBenefits(tmp_path, f"{SEED}:killed")
    served.run(6)
    found = served.checked()
    assert found.done > 100, found
    assert max(served.back["teller"]) < 15.0, "on a machine that runs other tests meanwhile"
