"""What is only decided under the lane: a deed looks at what is there, then says what is to be done.

A command says what moves; a deed says what is wanted, and finds out in the transaction itself what
that moves: the next share of a red envelope, what a refund gives back, the tier that somebody comes
to. Nobody changes what it has looked at before its effect stands, so nothing is checked first and
written later. It has a key, an entry of the journal, and an answer for ever, like any command.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from regulars.engines.store import Connection
from regulars.ledger.command import Command


@dataclass(frozen=True, slots=True)
class Planned:
    """What a deed comes to.

    Attributes:
        command: to be done, under the deed's own key.
        write: puts down what else belongs to it, in the same transaction, given the connection and
            the number of the journal's row; not called where the command is refused.
    """

    command: Command
    write: Callable[[Connection, int], None] | None = None


class Deed(ABC):
    """Something that is wanted, under an idempotency key.

    What answers it has to stand in the command's `about`, since a replay is told from the journal.
    """

    key: str

    @abstractmethod
    def digest(self) -> bytes:
        """16 bytes that stand for all that is wanted, so that another one under the key is seen."""

    @abstractmethod
    def plan(self, connection: Connection, at: int) -> Planned:
        """What is to be done about it.

        Args:
            connection: of the transaction that has the lane; to be read from.
            at: the instant of the entry, UTC microseconds.

        Raises:
            LedgerRefused: why nothing is; that is kept under the key.
        """
