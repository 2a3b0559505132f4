"""From tables to arrays and back: links of the warehouse resolved, and the answer kept.

The part to be resolved stands in two tables: of nodes (node, namespace, customer_id, is_runaway)
and of links (as `identity_links`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.intake.identity.ids import strength_sql
from regulars.intake.identity.link import OPERATOR
from regulars.intake.identity.resolve import (
    NEVER,
    How,
    Links,
    Nodes,
    Resolved,
    Share,
    Why,
    resolve,
)

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse
    from regulars.settings import IdentitySettings

_HOW = " ".join(f"WHEN '{how.name.lower()}' THEN {how.value}" for how in How)
_AT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the graph in memory.

    Attributes:
        ids: by place: namespace, identity, customer_id (null where none was given).
        nodes: the same as `resolve` wants them.
        links: between the places.
    """

    ids: pa.Table
    nodes: Nodes
    links: Links


def load_part(warehouse: Warehouse, nodes: str, links: str, settings: IdentitySettings) -> Part:
    """Bring a part of the graph into memory.

    Args:
        warehouse: that holds the tables.
        nodes: the table of nodes, with `place` and `is_runaway`.
        links: the table of links between them.
        settings: when ids are taken for one person.
    """
    verified = ", ".join(f"'{name}'" for name in settings.verified) or "''"
    ids = warehouse.sql(
        f"""
        SELECT {strength_sql("namespace")} AS strength, namespace IN ({verified}) AS verified,
               (node >> 64)::UBIGINT AS text, customer_id, is_runaway, namespace, identity
        FROM {nodes} ORDER BY place
        """
    )
    pairs = warehouse.sql(
        f"""
        SELECT one.place AS one, other.place AS other,
               (CASE how {_HOW} END)::TINYINT AS how, verified,
               connection = '{OPERATOR}' AS operator, coalesce(epoch_us("at"), {NEVER}) AS "at"
        FROM {links} link JOIN {nodes} one ON one.node = link.one
        JOIN {nodes} other ON other.node = link.other
        """
    )
    found = Nodes(
        strength=ids["strength"].to_numpy(),
        text=ids["text"].to_numpy(),
        verified=ids["verified"].to_numpy(),
        numbered=pc.is_valid(ids["customer_id"]).to_numpy(),
        runaway=ids["is_runaway"].to_numpy(),
    )
    arrays = {name: pairs[name].to_numpy() for name in pairs.column_names}
    return Part(ids.select(["namespace", "identity", "customer_id"]), found, Links(**arrays))


def resolve_part(
    warehouse: Warehouse, nodes: str, links: str, settings: IdentitySettings
) -> tuple[pa.Table, pa.Table]:
    """Who is who among the nodes: rows of `merges`, and rows of `shared_keys` (`place` for node).

    The arguments are those of `load_part`.
    """
    part = load_part(warehouse, nodes, links, settings)
    found = resolve(part.nodes, part.links, settings.runaway_at)
    customer = pc.fill_null(part.ids["customer_id"], 0).to_numpy()
    return _merges(found, customer, part.nodes.numbered), _shared(found, part.ids)


def _merges(found: Resolved, customer: np.ndarray, numbered: np.ndarray) -> pa.Table:
    moved = np.flatnonzero((found.survivor != np.arange(len(customer))) & numbered)
    since = found.since[moved]
    return pa.table(
        {
            "customer_id": customer[moved],
            "survivor": customer[found.survivor[moved]],
            "why": _names(Why, found.why[moved]),
            "at": pa.array(since, mask=since == NEVER).cast(_AT),
        }
    )


def _shared(found: Resolved, ids: pa.Table) -> pa.Table:
    places = pa.array(found.shared)
    return pa.table(
        {
            "place": places,
            "namespace": ids["namespace"].take(places),
            "customer_id": ids["customer_id"].take(places),
            "why": _names(Share, found.share),
        }
    )


def _names(kind: type[Why] | type[Share], values: np.ndarray) -> pa.Array:
    names = pa.array([one.name.lower() for one in kind])
    return names.take(pa.array(values.astype(np.int64)))
