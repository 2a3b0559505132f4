"""A command as it was asked: by whom, and what its key and its body stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from regulars.errors import LedgerRefused, Where
from regulars.ledger.command import Command, check, digest_of_body, digest_of_key
from regulars.ledger.deed import Deed


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that makes sense, or a deed, and who asks."""

    command: Command | Deed
    by: str
    digest: bytes
    body: bytes

    @classmethod
    def of(cls, command: Command | Deed, by: str) -> Asked:
        """The command, checked.

        Raises:
            InvalidCommand: it makes no sense in any state.
        """
        if isinstance(command, Deed):
            body = command.digest()
        else:
            check(command)
            body = digest_of_body(command)
        return cls(command, by, digest_of_key(by, command.key), body)


class _Refusal(msgspec.Struct, array_like=True):
    code: str
    message: str
    column: str | None
    value: str | None
    todo: str


def _kinds(kind: type[LedgerRefused]) -> Iterator[type[LedgerRefused]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)


_KINDS = {kind.code: kind for kind in _kinds(LedgerRefused)}
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(_Refusal).decode


def refusal_as_text(error: LedgerRefused) -> str:
    """The refusal as it is kept under its key."""
    where = error.where
    told = _Refusal(error.code, error.message, where.column, where.value, error.todo)
    return _ENCODE(told).decode()


def refusal_of(text: str) -> LedgerRefused:
    """The refusal that was kept, word for word.

    >>> from regulars.errors import TooMuch
    >>> refusal = TooMuch("9 are wanted", where=Where(column="points", value="9"), todo="ask for 8")
    >>> str(refusal_of(refusal_as_text(refusal))) == str(refusal)
    True
    """
    told = _DECODE(text)
    kind = _KINDS.get(told.code, LedgerRefused)
    return kind(told.message, where=Where(column=told.column, value=told.value), todo=told.todo)
