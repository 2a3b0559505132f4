"""Orders, refunds and customers that the messages of a log tell of.

They go the way of what live messages tell: the same order in a log, in a file and told live is one
order. They are landed after the log itself, from every good line of it, known or not: whoever
imports a log again after an import was cut off gets what was missing, and nothing twice.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from regulars.engines.duckdb import Warehouse
from regulars.intake.cells import Locale
from regulars.intake.events.facts import FACTUAL, facts_of
from regulars.intake.events.land import land_facts
from regulars.intake.events.message import Fact, Message
from regulars.intake.events.personal import hide_personal
from regulars.intake.files.sheet import LINE
from regulars.intake.landing import Landing
from regulars.intake.normalise import normalise
from regulars.intake.recognise import Bound
from regulars.intake.records import Kind
from regulars.intake.vault import Vault
from regulars.settings import Settings

_AT_ONCE = 50_000
_MAY_TELL = r'(?i)"type"\s*:\s*"identify"|"event"\s*:\s*"\s*(' + "|".join(
    sorted(name for name in FACTUAL)
) + r")\s*\""  # fmt: skip
_MESSAGE = msgspec.json.Decoder(Message)
_LINES = msgspec.json.Decoder(list[tuple[int, str]])


class ToldFacts:
    """What a log tells besides events; kept small until it can be landed.

    Args:
        bound: the log's source; only of one whose lines are messages anything is kept.
        locale: how times are understood.
    """

    def __init__(self, bound: Bound, locale: Locale) -> None:
        self._bound, self._locale = bound, locale
        self._parts: list[bytes] = []
        self.orders = 0
        """How many orders were told of, once they are landed."""

    @property
    def any(self) -> bool:
        """Whether anything was told."""
        return bool(self._parts)

    def take(self, work: Warehouse, raw: pa.Table) -> None:
        """Keep the good ones of the lines that tell facts."""
        if self._bound.source.sound is None or "line" not in raw.column_names:
            return
        factual = pc.fill_null(pc.match_substring_regex(raw["line"], _MAY_TELL), False)
        if not pc.any(factual).as_py():
            return
        rows = raw.filter(factual)
        good = normalise(work, self._bound, rows, self._locale).records
        kept = rows.filter(pc.is_in(rows[LINE], good[LINE].combine_chunks()))
        at = good["placed_at"].cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
        lines = list(zip(at, kept["line"].to_pylist(), strict=True))
        self._parts.append(zlib.compress(msgspec.json.encode(lines), 1))

    def land(self, landing: Landing, vault: Vault, settings: Settings) -> None:
        """Take the facts in.

        Raises:
            HomeBusy: another import has begun.
        """
        orders: set[str] = set()
        facts: list[Fact] = []
        for fact in self._facts():
            facts.append(fact)
            if fact.kind is Kind.ORDER:
                orders.add(fact.row["order_id"])
            if len(facts) >= _AT_ONCE:
                land_facts(facts, landing, vault, settings)
                facts = []
        if facts:
            land_facts(facts, landing, vault, settings)
        self.orders = len(orders)

    def _facts(self) -> Iterator[Fact]:
        platform = self._bound.source.platform
        for part in self._parts:
            for at, line in _LINES.decode(zlib.decompress(part)):
                try:
                    message = _MESSAGE.decode(line)
                except msgspec.DecodeError:
                    continue  # an id that is an object: the event is kept, what it tells is not
                for fact in facts_of(message, at, platform):
                    hide_personal(fact)
                    yield fact
