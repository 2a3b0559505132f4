"""Links: what is kept of two ids that came together, and how it is gathered.

    one_namespace, one_identity, other_namespace, other_identity
    how          together | alias | apart
    verified     whether the shop knows that the key is the account's own; null is false
    at           when; null where nothing tells
    connection   through which it came; empty for files, OPERATOR for what the operator said

`apart`, and whatever the operator says, is a word: of the words on a pair the latest holds, and
`together` takes the others back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from regulars.intake.identity.ids import node_sql

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse

KIND = "links"
"""The kind of landing's segments."""

OPERATOR = "@operator"
"""The connection of the operator's words; no connection can have this name."""

SCHEMA = pa.schema(
    [
        ("one_namespace", pa.string()),
        ("one_identity", pa.string()),
        ("other_namespace", pa.string()),
        ("other_identity", pa.string()),
        ("how", pa.string()),
        ("verified", pa.bool_()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("connection", pa.string()),
    ]
)

TEXTS = ("one_namespace", "one_identity", "other_namespace", "other_identity")

IS_WORD = f"(how = 'apart' OR connection = '{OPERATOR}')"
"""The SQL of whether a link is a word."""

_ENDLESS = "TIMESTAMPTZ 'infinity'"
_FIRST = f'row(coalesce("at", {_ENDLESS}), connection)'

_TABLES = {
    "identities": "customer_id BIGINT, namespace VARCHAR, identity VARCHAR",
    "identity_nodes": "node UHUGEINT, namespace VARCHAR, identity VARCHAR, customer_id BIGINT",
    "identity_links": "one UHUGEINT, other UHUGEINT, how VARCHAR, verified BOOLEAN,"
    ' "at" TIMESTAMPTZ, connection VARCHAR',
    "merges": 'customer_id BIGINT, survivor BIGINT, why VARCHAR, "at" TIMESTAMPTZ',
    "shared_keys": "node UHUGEINT, namespace VARCHAR, customer_id BIGINT, why VARCHAR",
    "identity_mark": "last_number BIGINT",
}
"""Every number given; every id that stands in a link; what came together, once per pair and
meaning, with its first time; every number that is not its own survivor; keys that several share;
the last number of which the links know."""


def prepare(warehouse: Warehouse) -> None:
    """Make the tables of identity, empty, where there are none."""
    for name, columns in _TABLES.items():
        warehouse.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")


def as_nodes(links: str) -> str:
    """The SQL of links by text, with the nodes of their ids as `one` and `other`."""
    return f"""(
        SELECT {node_sql("one_namespace", "one_identity")} AS one,
               {node_sql("other_namespace", "other_identity")} AS other, how,
               coalesce(verified, false) AS verified, "at", coalesce(connection, '') AS connection,
               one_namespace, one_identity, other_namespace, other_identity
        FROM {links}
    )"""


def gathered(links: str, *kept: str) -> str:
    """The SQL of links as rows of `identity_links`: each pair and meaning once, since when.

    Args:
        links: with `one` and `other`.
        kept: further columns to keep.
    """
    kept_too = "".join(f", any_value({name}) AS {name}" for name in kept)
    return f"""(
        SELECT one, other, how, verified, min("at") AS "at",
               arg_min(connection, {_FIRST}) AS connection{kept_too}
        FROM {links} WHERE one <> other
        GROUP BY one, other, how, verified, {IS_WORD}, CASE WHEN {IS_WORD} THEN "at" END
    )"""


def same_meaning(known: str, told: str) -> str:
    """The SQL of whether two gathered links mean the same, but perhaps for the time."""
    word, other = (IS_WORD.replace("how", f"{one}.how").replace("connection", f"{one}.connection")
                   for one in (known, told))  # fmt: skip
    return (
        f"{known}.one = {told}.one AND {known}.other = {told}.other AND {known}.how = {told}.how"
        f" AND {known}.verified = {told}.verified AND {word} = {other}"
        f' AND (NOT {word} OR {known}."at" IS NOT DISTINCT FROM {told}."at")'
    )


def is_earlier(told: str, known: str) -> str:
    """The SQL of whether one of two links that mean the same was told before the other."""
    first, second = (
        f'row(coalesce({one}."at", {_ENDLESS}), {one}.connection)' for one in (told, known)
    )
    return f"{first} < {second}"
