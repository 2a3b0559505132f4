"""Doing what is asked of benefits: what comes before the deed, and how its receipt is told."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec

from regulars.app.benefits import asked
from regulars.app.benefits.deeds import Deeds
from regulars.app.benefits.define import publish, read_rules
from regulars.errors import KeyConflict
from regulars.ledger.deed import Deed
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt


class Doing:
    """Does what is asked, once for each key.

    Args:
        ledger: that carries the benefits.
        deeds: makes the deeds.
    """

    def __init__(self, ledger: Ledger, deeds: Deeds) -> None:
        self.ledger = ledger
        self.deeds = deeds

    def ask(self, what: asked.Asked, key: str, by: str) -> dict[str, Any]:
        """Have it done; what is told comes back once it is durable.

        Args:
            what: is asked.
            key: idempotency key: asked again with it, the same is told and nothing done twice.
            by: who asks.

        Raises:
            InvalidCommand: it makes no sense in any state.
            LedgerRefused: why it is not done.
            KeyConflict: the key was used to ask for something else.
            StoreError: it could not be written; ask again with the same key.
        """
        what = asked.checked(what)
        if isinstance(what, asked.Define):
            return self.define(what, key, by)[0]
        what = self.begin(what, key, by)
        return self.told(what, key, by, self._ask(self.ways(what, key, by), by))

    def ways(self, what: asked.Asked, key: str, by: str) -> list[Deed]:
        """The deed that does what is asked, and how else its key may have been used for it."""
        return self.deeds.ways(lambda deeds: deeds.deed(what, key, by))

    def _ask(self, ways: Sequence[Deed], by: str) -> Receipt:
        first, *others = ways
        try:
            return self.ledger.ask(first, by)
        except KeyConflict:
            for other in others:
                with suppress(KeyConflict):
                    return self.ledger.ask(other, by)
            raise

    def define(self, what: asked.Define, key: str, by: str) -> tuple[dict[str, Any], bool]:
        """Publish; what changed with the rule sheet, and whether that was done before.

        Raises:
            SettingsError: a mistake, with its line.
            RulesForbidden: the rule sheet has a stop, and stops are to stop.
        """
        benefits, sheet = read_rules(what, self.deeds.currency, self.deeds.zone)
        told, receipt = publish(self.ledger, benefits, key, by)
        replayed = receipt is not None and receipt.replayed
        return told | {"sheet": sheet.as_dict()}, replayed

    def begin(self, what: asked.Asked, key: str, by: str) -> asked.Asked:
        """Do the first half of what has two; the second half comes back."""
        if not isinstance(what, asked.Redeem):
            return what
        self._ask(self.deeds.ways(lambda deeds: deeds.hold_first(what, key)), by)
        return asked.Pay(order=what.order)

    def told(self, what: asked.Asked, key: str, by: str, receipt: Receipt) -> dict[str, Any]:
        """What a receipt says in the words of benefits; equal for every replay."""
        # In the order in which the journal keeps it, so that a replay is the same letter by letter.
        about = msgspec.json.decode(msgspec.json.encode(receipt.body.about, order="deterministic"))
        told: dict[str, Any] = {"n": receipt.n, "at": receipt.at} | about
        if isinstance(what, asked.Codes):
            told["codes"] = list(self.deeds.codes(what, key, by))
        return told
