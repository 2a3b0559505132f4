"""What every customer has, read from the book of record for the people table.

Of today it is what stands in the book as it is read; of a day before, what its postings had come to
by the end of that day, with tiers by the events that told of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from regulars.benefit.names import GROWTH, OWED_POINTS, POINTS, money_asset
from regulars.errors import StoreError
from regulars.ledger.command import NEVER

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.engines.store import Connection
    from regulars.engines.store_holdings import Holdings
    from regulars.permission.assignment import Merged

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OF_TIERS = "'Tier Reached', 'Tier Kept', 'Tier Lost'"


@dataclass(frozen=True, slots=True)
class BenefitsHeld:
    """What customers have.

    Attributes:
        held: as `people.benefit_columns.HELD`; None where the shop has never published or given
            anything, or its store does not answer.
        lowest_tier: everybody's who has no other; None where no tiers are published.
        notes: why it cannot be told, in words.
    """

    held: pa.Table | None = None
    lowest_tier: str | None = None
    notes: list[str] = field(default_factory=list)


def benefits_held(warehouse: Warehouse, home: Home, as_of: date | None) -> BenefitsHeld:
    """What customers have at the end of the day; now, if none is given.

    Args:
        warehouse: of the home; it knows who was merged with whom.
        home: the shop.
        as_of: day of the shop's calendar.
    """
    from regulars.app.identity import merged_numbers
    from regulars.app.store import has_store, open_store

    if not has_store(home):
        return BenefitsHeld()
    try:
        with open_store(home) as store, store.read() as connection:
            return _read(warehouse, home, connection, as_of, merged_numbers(warehouse))
    except StoreError as error:
        note = f"Points, coupons and tiers are not told, as the store does not answer: {error}."
        return BenefitsHeld(notes=[note])


def _read(
    warehouse: Warehouse, home: Home, connection: Connection, as_of: date | None, merged: Merged
) -> BenefitsHeld:
    from regulars.benefit.catalogue import Catalogue
    from regulars.engines.store_benefits import BenefitRows
    from regulars.engines.store_holdings import Holdings, last_entry_before

    at = _instant(home, as_of)
    holdings = Holdings(
        connection, at, None if as_of is None else last_entry_before(connection, at)
    )
    having = _survivors(_lots(holdings), merged)
    tiers = Catalogue.read(connection).tiers.tiers
    if as_of is None:
        of_tier = _columns(holdings.tiers(), "customer_id", "tier", "n").select([0, 1])
    else:
        of_tier = _tiers_until(warehouse, at)
    of_tier = _published(_survivors(of_tier, merged), [tier.name for tier in tiers])
    orders = _survivors(_columns(holdings.orders(), "customer_id", "count"), merged)
    if not having.num_rows and not orders.num_rows and not BenefitRows(connection).terms():
        return BenefitsHeld()
    parts = [*_parts(having, home.settings.shop.currency, home.settings.shop.time_zone), of_tier]
    parts.append(_sum(orders, "count", "benefit_orders"))
    return BenefitsHeld(_joined(parts), tiers[0].name if tiers else None)


def _instant(home: Home, as_of: date | None) -> int:
    from regulars.kernel.clock import end_of_day
    from regulars.ledger.ledger import now_in_microseconds

    if as_of is None:
        return now_in_microseconds()
    return (end_of_day(as_of, home.settings.shop.time_zone) - _EPOCH) // _MICROSECOND


def _columns(rows: Iterable[tuple[Any, ...]], *names: str) -> pa.Table:
    import pyarrow as pa

    found = list(zip(*rows, strict=True)) or [()] * len(names)
    kinds = {"tier": pa.string()}
    return pa.table(
        {
            name: pa.array(values, kinds.get(name, pa.int64()))
            for name, values in zip(names, found, strict=True)
        }
    )


def _lots(holdings: Holdings) -> pa.Table:
    """What customers have, a row for each lot: `customer_id, asset, amount, until`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    owners, assets, amounts, until = list(zip(*holdings.lots(), strict=True)) or [()] * 4
    names = holdings.assets()
    place = {number: at for at, number in enumerate(names)}
    asset = pa.DictionaryArray.from_arrays(
        pa.array([place[one] for one in assets], pa.int32()),
        pa.array(list(names.values()), pa.string()),
    )
    lots = pa.table(
        {
            "customer_id": pa.array(owners, pa.string()),
            "asset": asset.cast(pa.string()),
            "amount": pa.array([int(one) for one in amounts], pa.int64()),
            "until": pa.array(until, pa.int64()),
        }
    )
    # Whoever may write to the book may name owners as they like.
    lots = lots.filter(pc.match_substring_regex(lots["customer_id"], "^[0-9]{1,18}$"))
    return lots.set_column(0, "customer_id", lots["customer_id"].cast(pa.int64()))


def _survivors(table: pa.Table, merged: Merged) -> pa.Table:
    """With the numbers by which customers are known today."""
    import numpy as np
    import pyarrow as pa

    numbers = merged.survivors_of(table["customer_id"].to_numpy().astype(np.int64))
    return table.set_column(0, "customer_id", pa.array(numbers, pa.int64()))


def _tiers_until(warehouse: Warehouse, at: int) -> pa.Table:
    """The tiers that events had told of by then."""
    if not warehouse.has("events"):
        return _columns([], "customer_id", "tier")
    until = (_EPOCH + timedelta(microseconds=at)).isoformat()
    return warehouse.sql(
        "SELECT customer_id, arg_max(json_extract_string(properties, '$.tier'), (\"at\", seq))"
        f" AS tier FROM events WHERE type = 'track' AND name IN ({_OF_TIERS})"
        f" AND \"at\" < TIMESTAMPTZ '{until}' AND customer_id IS NOT NULL GROUP BY customer_id"
    )


def _published(tiers: pa.Table, names: list[str]) -> pa.Table:
    """One for each customer, the highest; one that is published no longer counts as the lowest."""
    import pyarrow as pa
    import pyarrow.compute as pc

    place = pc.index_in(tiers["tier"], value_set=pa.array(names, pa.string()))
    ranked = pa.table({"customer_id": tiers["customer_id"], "place": place})
    highest = ranked.group_by("customer_id").aggregate([("place", "max")])
    tier = pa.array(names, pa.string()).take(highest["place_max"].combine_chunks())
    return pa.table({"customer_id": highest["customer_id"], "tier": tier})


def _parts(having: pa.Table, currency: str, zone: str) -> list[pa.Table]:
    """Each column by itself, of those who have any of it."""
    import pyarrow.compute as pc

    asset = having["asset"]
    points = having.filter(pc.equal(asset, POINTS))
    coupons = having.filter(pc.match_substring_regex(asset, "^coupon:[^:]+:[0-9]+$"))
    return [
        _sum(points, "amount", "points"),
        _first(points, "points_expire_on", zone),
        _sum(having.filter(pc.equal(asset, OWED_POINTS)), "amount", "points_owed"),
        _sum(having.filter(pc.equal(asset, GROWTH)), "amount", "growth"),
        _money(having.filter(pc.equal(asset, money_asset(currency))), currency),
        _sum(coupons, "amount", "coupons"),
        _first(coupons, "coupons_expire_on", zone),
        _badges(having.filter(pc.starts_with(asset, "badge:"))),
    ]


def _sum(table: pa.Table, column: str, name: str) -> pa.Table:
    found = table.group_by("customer_id").aggregate([(column, "sum")])
    return found.select(["customer_id", f"{column}_sum"]).rename_columns(["customer_id", name])


def _money(table: pa.Table, currency: str) -> pa.Table:
    import pyarrow as pa

    from regulars.kernel.money import from_minor_units
    from regulars.people.columns import MONEY

    found = _sum(table, "amount", "balance")
    amounts = [from_minor_units(one, currency) for one in found["balance"].to_pylist()]
    return found.set_column(1, "balance", pa.array(amounts, MONEY))


def _first(table: pa.Table, name: str, zone: str) -> pa.Table:
    """The last day on which what expires first can be used; null where nothing expires."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from regulars.benefit.points.expiry import local_day

    ending = table.filter(pc.less(table["until"], NEVER))
    found = ending.group_by("customer_id").aggregate([("until", "min")])
    until = found["until_min"].combine_chunks().dictionary_encode()  # few instants, many customers
    days = [local_day(one - 1, zone) for one in until.dictionary.to_pylist()]
    on = pa.array(days, pa.date32()).take(until.indices)
    return pa.table({"customer_id": found["customer_id"], name: on})


def _badges(table: pa.Table) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    names = pc.replace_substring(table["asset"], "badge:", "", max_replacements=1)
    each = pa.table({"customer_id": table["customer_id"], "badges": names}).sort_by("badges")
    found = each.group_by("customer_id").aggregate([("badges", "distinct")])
    return found.select(["customer_id", "badges_distinct"]).rename_columns(
        ["customer_id", "badges"]
    )


def _joined(parts: list[pa.Table]) -> pa.Table:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from regulars.people.benefit_columns import HELD

    everyone = np.unique(np.concatenate([part["customer_id"].to_numpy() for part in parts]))
    columns = {"customer_id": pa.array(everyone, pa.int64())}
    for part in parts:
        place = pc.index_in(columns["customer_id"], value_set=part["customer_id"].combine_chunks())
        columns[part.column_names[1]] = part.column(1).combine_chunks().take(place)
    return pa.table({one.name: columns[one.name].cast(one.type) for one in HELD}, schema=HELD)
