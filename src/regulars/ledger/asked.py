"""A command as it was asked: by whom, and what its key and its body stand for."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from regulars.errors import (
    AlreadySettled,
    AlreadyThere,
    Insufficient,
    LedgerRefused,
    LimitReached,
    LotExpired,
    NoSuchThing,
    TooMuch,
    Where,
)
from regulars.ledger.command import Command, check, digest_of_body, digest_of_key


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that makes sense, and who asks."""

    command: Command
    by: str
    digest: bytes
    body: bytes

    @classmethod
    def of(cls, command: Command, by: str) -> Asked:
        """The command, checked.

        Raises:
            InvalidCommand: it makes no sense in any state.
        """
        check(command)
        return cls(command, by, digest_of_key(by, command.key), digest_of_body(command))


class _Refusal(msgspec.Struct, array_like=True):
    code: str
    message: str
    column: str | None
    value: str | None
    todo: str


_KINDS: dict[str, type[LedgerRefused]] = {
    kind.code: kind
    for kind in (
        AlreadySettled,
        AlreadyThere,
        Insufficient,
        LimitReached,
        LotExpired,
        NoSuchThing,
        TooMuch,
    )
}
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(_Refusal).decode


def refusal_as_text(error: LedgerRefused) -> str:
    """The refusal as it is kept under its key."""
    where = error.where
    told = _Refusal(error.code, error.message, where.column, where.value, error.todo)
    return _ENCODE(told).decode()


def refusal_of(text: str) -> LedgerRefused:
    """The refusal that was kept, word for word.

    >>> refusal = TooMuch("9 are wanted", where=Where(column="points", value="9"), todo="ask for 8")
    >>> str(refusal_of(refusal_as_text(refusal))) == str(refusal)
    True
    """
    told = _DECODE(text)
    kind = _KINDS.get(told.code, LedgerRefused)
    return kind(told.message, where=Where(column=told.column, value=told.value), todo=told.todo)
