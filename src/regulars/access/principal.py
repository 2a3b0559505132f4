"""Who asks: a key's holder, an operator with a session, or nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["key", "operator", "anybody"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks, and what they may do.

    Attributes:
        kind: how they are known.
        name: of the key's holder, or the operator.
        scopes: what they may do.
        roles: of an operator.
    """

    kind: Kind
    name: str
    scopes: frozenset[str]
    roles: tuple[str, ...] = ()

    @property
    def by(self) -> str:
        """As the ledger's journal names them; idempotency keys are theirs."""
        return f"{self.kind}:{self.name}"


ANYBODY = Principal("anybody", "anybody", frozenset())
"""Who has shown nothing."""
COMMAND_LINE = "cli"
"""`by` of whoever sits at the machine: who can read the home's files may do everything anyway."""
