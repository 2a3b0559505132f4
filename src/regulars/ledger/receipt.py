"""What comes back: a receipt of what was done, the same whenever it is asked for again."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.ledger.command import Told


class Line(msgspec.Struct, frozen=True, array_like=True):
    """A posting as people read it.

    Attributes:
        asset: what.
        owner: whose.
        expires_at: of the lot, UTC microseconds; `command.NEVER` of what does not expire.
        amount: + into it, - out of it.
        balance: of the lot after it.
    """

    asset: str
    owner: str
    expires_at: int
    amount: int
    balance: int


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of a row of the journal, as JSON."""

    lines: tuple[Line, ...] = ()
    held: tuple[Line, ...] = ()
    """Set aside (+) or released (-) of each lot; `balance` is what it holds aside after it."""
    events: tuple[Told, ...] = ()
    about: dict[str, Any] = {}
    hold: int = 0
    """The hold that is captured or voided."""
    for_owner: str = ""
    """The owner of a hold that is made."""
    expires_at: int = 0
    """Of a hold that is made."""
    to: tuple[str, ...] = ()
    """Of a hold that is made, to whom each line that it sets aside goes when captured."""
    replaces: int = 0
    """The open hold of the same owner whose place this one took."""
    released: tuple[int, ...] = ()
    """Holds that had expired and were voided."""
    reverses: int = 0
    """The entry that is taken back."""
    reversed: dict[str, int] = {}
    """By number of the posting, how much of it is taken back."""
    asset: str = ""
    """Defined here."""
    account: tuple[str, str] | None = None
    """Asset and owner whose floor is set here."""
    floor: int | None = None
    detail: dict[str, Any] = {}
    """Of what is no entry of the ledger: changes of who may do what."""


class Receipt(msgspec.Struct, frozen=True):
    """What was done.

    Attributes:
        n: of the journal. A hold is named by it.
        at: UTC microseconds.
        kind: post, hold, capture, void, reverse, take_back, expire, release, note, define, floor.
        actor: who asked.
        key: of the request.
        body: what was done.
        replayed: whether it had been done before, for the same key.
    """

    n: int
    at: int
    kind: str
    actor: str
    key: str
    body: Body
    replayed: bool = False

    @property
    def lines(self) -> tuple[Line, ...]:
        """The postings."""
        return self.body.lines

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON; equal for every replay, also in the order of what it holds."""
        # As the journal has it: a replay is read from there, a first answer is not.
        body: dict[str, Any] = msgspec.to_builtins(self.body, order="deterministic")
        lines = [line_as_dict(line) for line in self.body.lines]
        held = [line_as_dict(line) for line in self.body.held]
        told = {"n": self.n, "at": self.at, "kind": self.kind, "key": self.key} | body
        told["lines"] = lines
        if held:
            told["held"] = held
        if self.body.events:
            names = Told.__struct_fields__
            told["events"] = [dict(zip(names, one, strict=True)) for one in body["events"]]
        return told


def line_as_dict(line: Line) -> dict[str, Any]:
    """A line as plain data, with `expires_at` only where it expires."""
    from regulars.ledger.command import NEVER

    told = msgspec.structs.asdict(line)
    if line.expires_at == NEVER:
        del told["expires_at"]
    return told


ENCODE_BODY = msgspec.json.Encoder(order="deterministic").encode
DECODE_BODY = msgspec.json.Decoder(Body).decode
