"""What the warehouse tells of that is rewarded: events, stages, runs of days.

It is read in columns, by customer and time or in the order of time, and only as far back as is
asked for. Events of connections whose key stands in web pages do not count: anybody may have
written them. Of what the store itself has told, that something was given does not count either, or
a rule that waits for it would give for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from regulars.app.rewarding.orders_told import OrdersTold, local_day_sql, order_key
from regulars.app.rewarding.sources import event_source
from regulars.benefit.coupon.giving import COUPON_GIVEN
from regulars.benefit.expiry import EXPIRIES
from regulars.benefit.gift.kept import GIFT_GIVEN
from regulars.benefit.incentive.give import BALANCE_GIVEN
from regulars.benefit.incentive.happenings import Happenings, Ints, Stages
from regulars.benefit.points.earn import POINTS_EARNED
from regulars.benefit.points.earning import ORDER
from regulars.engines.duckdb import Warehouse, literal
from regulars.intake.inbox.from_store import CONNECTION as STORE

GIVEN_BY_RULES = (POINTS_EARNED, COUPON_GIVEN, GIFT_GIVEN, BALANCE_GIVEN, *sorted(EXPIRIES))
"""Events of the store that no rule counts: what rules give, and what became of it."""


class TierGift(NamedTuple):
    """What a tier gives to somebody who has reached it: `coupon:…` or `gift:…`."""

    customer_id: int
    tier: str
    gift: str


@dataclass(frozen=True)
class Facts:
    """A reader of the warehouse.

    Attributes:
        warehouse: with the canonical tables.
        currency: of the shop; orders in another earn nothing.
        zone: the shop's time zone.
        public: names of the connections whose key is public.
    """

    warehouse: Warehouse
    currency: str
    zone: str
    public: Collection[str] = ()

    @cached_property
    def orders(self) -> OrdersTold:
        """Paid orders."""
        return OrdersTold(self.warehouse, self.currency, self.zone)

    def happenings(
        self, names: Collection[str], begins_at: int, ends_at: int, changed_since: int = 0
    ) -> dict[str, Happenings]:
        """Events of these names in the time; `order` is paid orders, not wholly taken back.

        Args:
            names: of events.
            begins_at: from then on; UTC microseconds.
            ends_at: and before.
            changed_since: only what happened, or came in, from then on.
        """
        found = {name: Happenings() for name in names}
        if ORDER in found:
            found[ORDER] = self._as_happenings(self.orders.events(begins_at, ends_at), order_key)
        events = sorted(set(names) - {ORDER})
        if events and self.warehouse.has("events"):
            since = f"make_timestamptz({changed_since})"
            came = f' AND ("at" >= {since} OR received_at >= {since})' if changed_since else ""
            rows = self._events(events, begins_at, ends_at, f"{_KEY} AS key, ", came)
            told = np.asarray(rows["name"].to_pylist(), object)
            for name in events:
                chosen = rows.filter(pa.array(told == name))
                found[name] = self._as_happenings(chosen, event_source)
        return found

    def days(self, name: str, ends_at: int) -> Happenings:
        """The first event of each day with one, of all time; they have no source."""
        if name == ORDER:
            rows = self.orders.events(0, ends_at)
        elif self.warehouse.has("events"):
            rows = self._events([name], 0, ends_at)
        else:
            return Happenings()
        customer, at, day = _ints(rows, "customer_id"), _ints(rows, "at"), _ints(rows, "day")
        new = np.append(True, (customer[1:] != customer[:-1]) | (day[1:] != day[:-1]))[: len(at)]
        return Happenings(customer[new], at[new], day[new])

    def nth(self, name: str, count: int, ends_at: int) -> list[tuple[int, int]]:
        """Customers with so many events, and when the last of those came."""
        if name == ORDER:
            rows = self.orders.events(0, ends_at)
        elif self.warehouse.has("events"):
            rows = self._events([name], 0, ends_at)
        else:
            return []
        customer, at = _ints(rows, "customer_id"), _ints(rows, "at")
        starts = np.flatnonzero(np.append(True, customer[1:] != customer[:-1])[: len(at)])
        ends = np.append(starts[1:], len(at))
        place = starts[ends - starts >= count] + count - 1
        return list(zip(customer[place].tolist(), at[place].tolist(), strict=True))

    @cached_property
    def stages(self) -> Stages:
        """All changes of stage, as far as they are understood."""
        if not self.warehouse.has("stage_history"):
            return Stages()
        rows = self.warehouse.sql(
            "SELECT customer_id, changed_on - DATE '1970-01-01' AS day, stage FROM stage_history"
            " ORDER BY customer_id, changed_on"
        )
        return Stages(
            _ints(rows, "customer_id"),
            _ints(rows, "day"),
            np.asarray(rows["stage"].to_pylist(), object),
        )

    def tier_gifts(self, since: int, ends_at: int) -> list[TierGift]:
        """What tiers give to those who have reached them, as the store has told."""
        if not self.warehouse.has("events"):
            return []
        rows = self.warehouse.sql(
            f"""
            SELECT customer_id, properties ->> '$.tier' AS tier,
                   unnest(CAST(properties -> '$.gifts' AS VARCHAR[])) AS gift
            FROM events
            WHERE connection = {literal(STORE)} AND name = 'Tier Reached'
              AND customer_id IS NOT NULL AND "at" >= make_timestamptz({since})
              AND "at" < make_timestamptz({ends_at})
            ORDER BY "at", customer_id, gift
            """
        )
        columns = [rows[name].to_pylist() for name in TierGift._fields]
        return [TierGift(*told) for told in zip(*columns, strict=True)]

    def by_public_keys(self, names: Collection[str], begins_at: int, ends_at: int) -> int:
        """How many events do not count because they came by a public key."""
        if not self.public or not self.warehouse.has("events"):
            return 0
        rows = self.warehouse.sql(
            "SELECT count(*) AS n FROM events WHERE type = 'track' AND customer_id IS NOT NULL"
            " AND list_contains($names, name) AND list_contains($public, connection)"
            f' AND "at" >= make_timestamptz({begins_at}) AND "at" < make_timestamptz({ends_at})',
            {"names": sorted(names), "public": sorted(self.public)},
        )
        return int(rows["n"][0].as_py())

    def _events(
        self, names: Sequence[str], begins_at: int, ends_at: int, more: str = "", came: str = ""
    ) -> pa.Table:
        day = local_day_sql('"at"', self.zone)
        return self.warehouse.sql(
            f"""
            SELECT {more}name, customer_id, epoch_us("at") AS "at", {day} AS day
            FROM events
            WHERE type = 'track' AND customer_id IS NOT NULL AND list_contains($names, name)
              AND (connection IS NULL OR NOT list_contains($public, connection))
              AND NOT (connection IS NOT DISTINCT FROM {literal(STORE)}
                       AND list_contains($given, name))
              AND "at" >= make_timestamptz({begins_at}) AND "at" < make_timestamptz({ends_at})
              {came}
            ORDER BY customer_id, "at", {"key" if more else "name"}
            """,
            {"names": list(names), "public": sorted(self.public), "given": list(GIVEN_BY_RULES)},
        )

    def _as_happenings(self, rows: pa.Table, named: Callable[[str], str]) -> Happenings:
        keys = rows["key"]
        return Happenings(
            _ints(rows, "customer_id"),
            _ints(rows, "at"),
            _ints(rows, "day"),
            lambda place: named(keys[place].as_py()),
        )


_KEY = (
    "concat_ws(chr(31), coalesce(connection, ''), coalesce(platform, ''), coalesce(message_id,"
    ' concat_ws(chr(31), node, name, epoch_us("at"), order_id, product_id)))'
)


def _ints(rows: pa.Table, column: str) -> Ints:
    found: Ints = rows[column].to_numpy().astype(np.int64, copy=False)
    return found
