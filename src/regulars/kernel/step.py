"""Long work tells the name of each step before it begins.

>>> told: list[str] = []
>>> step: Step = told.append
>>> step("orders"); silent("orders"); told
['orders']
"""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[str], None]


def silent(_name: str) -> None:
    """Nobody listens."""
