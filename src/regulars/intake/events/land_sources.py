"""Facts as a source: the headers are the canonical columns themselves.

>>> bound = bound_for(Kind.PRODUCT, "shop", ["product_id", "brand", "_line"])
>>> bound.headers, bound.source.platform
({'product_id': 'product_id', 'brand': 'brand'}, 'shop')
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from regulars.intake.recognise import Bound
from regulars.intake.records import Kind, columns_of
from regulars.intake.source import Field, FileKind, Source
from regulars.intake.sources import ALL
from regulars.intake.sources.plain import PLAIN_ORDERS

MESSAGES = "messages"
"""The name of this source in the log and in quarantine."""

_REQUIRED: dict[Kind, tuple[str, ...]] = {
    Kind.ORDER: ("order_id",),
    Kind.LINE: ("order_id",),
    Kind.PAYMENT: ("order_id", "payment_id", "paid"),
    Kind.CUSTOMER: (),
    Kind.PRODUCT: ("product_id",),
    Kind.SPEND: ("day", "spend"),
}
_FILE_KIND: dict[Kind, FileKind] = {
    Kind.CUSTOMER: "customers",
    Kind.PRODUCT: "products",
    Kind.SPEND: "spend",
}


def keeps_accounts_secret(platform: str) -> bool:
    """Whether the platform's exports name the buyer by something personal."""
    return any(source.key_is_personal and source.platform == platform for source in ALL)


@cache
def _source(kind: Kind, platform: str, in_part: bool) -> Source:
    required = _REQUIRED[kind]
    return Source(
        name=MESSAGES,
        title="Messages",
        title_zh="消息",
        kind=_FILE_KIND.get(kind, "orders"),
        platform=platform,
        record=kind,
        fields=tuple(
            Field(column.name, (column.name,), required=column.name in required)
            for column in columns_of(kind)
            if column.type != "traits"
        ),
        statuses=PLAIN_ORDERS.statuses,
        # What an event does not tell of an order, another one or a file does.
        live=True,
        stands_alone=kind is not Kind.LINE and not in_part,
        amounts_elsewhere=in_part and kind is Kind.ORDER,
        key_is_personal=keeps_accounts_secret(platform),
    )


def bound_for(
    kind: Kind, platform: str, headers: Sequence[str] = (), *, in_part: bool = False
) -> Bound:
    """The source of a platform's facts, bound to the columns that these facts fill.

    Args:
        kind: of the records.
        platform: the namespace of their numbers.
        headers: columns that some fact fills; others are passed over.
        in_part: whether they tell parts of orders, as events do.
    """
    source = _source(kind, platform, in_part)
    there = set(headers)
    names = [field.column for field in source.fields if field.column in there]
    return Bound(source, {name: name for name in names}, {}, ())
