"""What makes two records the same record, and what makes it the same state.

Each record has a `key` (which thing it is about), an `occurrence` (which of several equal ones) and
a `state` (all that is said of it). Key and state are sums of 128 bits over columns of landing, made
when they are needed and never kept: the engine's own hash is many times faster than one that would
stay the same over its versions. Null and empty columns count alike, so an export with an extra
empty column gives the same sums.

Seen in an earlier import = same key, occurrence and state. A known key with a new state is an
update. Lines without a number of their own are told apart by order, product, variant, quantity and
value, and equal ones by counting; so are events without a message number; one with a number is the
same event whatever else is said. Equal states are counted in the order of their content (`rank_of`
stays the same for ever), so that the count does not depend on the order of rows.
"""

from __future__ import annotations

from collections.abc import Sequence

from regulars.intake.landed import told_columns
from regulars.intake.records import Kind
from regulars.intake.source import Source

_LINE_CONTENT = (
    "order_id",
    "product_id",
    "variant",
    "quantity",
    "CASE WHEN product_id IS NULL THEN product_name END",
    # A row without a product stands for its order: there a new amount is a correction.
    "CASE WHEN product_id IS NOT NULL OR product_name IS NOT NULL THEN gross END",
)
_KEY: dict[Kind, tuple[str, ...]] = {
    Kind.ORDER: ("platform", "order_id"),
    # Each layout tells its own attributes of a customer.
    Kind.CUSTOMER: ("layout", "customer_id"),
    Kind.PRODUCT: ("platform", "product_id"),
    Kind.PAYMENT: ("platform", "order_id", "payment_id"),
    Kind.SPEND: ("platform", "day", "source", "campaign", "ad"),
}
PLACE: dict[Kind, str] = {
    Kind.ORDER: "order_id",
    Kind.LINE: "order_id",
    Kind.CUSTOMER: "customer_id",
    Kind.PRODUCT: "product_id",
    Kind.PAYMENT: "order_id",
    Kind.SPEND: "day",
    Kind.EVENT: "coalesce(message_id, CAST(epoch_us(placed_at) AS VARCHAR))",
}
"""SQL of what is equal in records with equal keys, so that others need not be looked at."""
PLACE_COLUMNS: dict[Kind, tuple[str, ...]] = {
    kind: (("message_id", "placed_at") if kind is Kind.EVENT else (place,))
    for kind, place in PLACE.items()
}
"""The columns that it is made of."""


def _sum(parts: Sequence[str]) -> str:
    listed = ", ".join(parts)
    return f"((hash({listed})::UHUGEINT << 64) | hash('another', {listed})::UHUGEINT)"


def key_of(kind: Kind) -> str:
    """The SQL of a record's key."""
    if kind is Kind.LINE:
        by_number = _sum(("'number'", "platform", "order_id", "line_id"))
        by_content = _sum(("'content'", "platform", *_LINE_CONTENT))
        return f"CASE WHEN line_id IS NOT NULL THEN {by_number} ELSE {by_content} END"
    if kind is Kind.EVENT:
        by_number = _sum(("'message'", "platform", "connection", "message_id"))
        by_content = _sum(("'content'", "platform", *told_columns(kind)))
        return f"CASE WHEN message_id IS NOT NULL THEN {by_number} ELSE {by_content} END"
    return _sum(_KEY[kind])


def state_of(kind: Kind) -> str:
    """The SQL of a record's state: everything said, personal fields by their hash."""
    if kind is Kind.EVENT:  # what happened never changes
        return key_of(kind)
    return _sum(tuple(told_columns(kind)))


def rank_of(kind: Kind, table: str = "", *, of_whom: bool = True) -> str:
    """The SQL of a text that orders states by what they say, whatever the engine's version.

    Args:
        kind: of the records.
        table: whose columns are meant, where several have them.
        of_whom: whether the customer's number counts.
    """
    before = f"{table}." if table else ""
    told = ", ".join(
        f"'{name}=' || CAST({before}{name} AS VARCHAR)"
        for name in told_columns(kind)
        if of_whom or name != "customer_id"
    )
    return f"md5(concat_ws(chr(31), {told}))"


def layout_of(source: Source) -> str:
    """What tells one layout of customers from another; files of mappings are one layout."""
    return f"{source.platform}:{'map' if source.name.startswith('map:') else source.name}"
