"""Logs in the words of the Segment spec: JSON lines as exported to a bucket.

Each line is a message. `timestamp` is when it happened by a corrected clock; where it is missing,
`originalTimestamp` and then `receivedAt` stand in. All properties (of identify: all traits) and the
context are kept as JSON. A product without `product_id` goes by its `sku`; an event that names
products and has but one is about that one. The value of an event is its `revenue`, else `total`,
`value`, or `price` times `quantity`; in another currency than the shop's it stays in the JSON. What
is no number there is no slip: shops call many a thing `value`.

Orders, refunds and customers that messages tell of are taken in besides (`event_logs.facts`).
"""

from __future__ import annotations

from regulars.intake.files.json_lines import are_messages
from regulars.intake.records import Kind
from regulars.intake.source import Field, Source

PLATFORM = "shop"
"""Segment's users have the numbers that the shop gave them."""

_TIMES = ("timestamp", "originalTimestamp", "receivedAt")
_IDS = ("messageId", "userId", "anonymousId", "previousId")
_OBJECTS = ("properties", "traits", "context", "properties.products[1]")
_TEXTS = {
    "type": "type",
    "event": "event",
    "name": "name",
    "pageCategory": "category",
    "timestamp": "timestamp",
    "originalTimestamp": "originalTimestamp",
    "receivedAt": "receivedAt",
    "email": "traits.email",
    "contextEmail": "context.traits.email",
    "phone": "traits.phone",
    "contextPhone": "context.traits.phone",
    "openid": "traits.openid",
    "openId": "traits.openId",
    "unionid": "traits.unionid",
    "unionId": "traits.unionId",
    "product_id": "properties.product_id",
    "productId": "properties.productId",
    "sku": "properties.sku",
    "category": "properties.category",
    "currency": "properties.currency",
    "firstProduct": "properties.products[0].product_id",
    "firstSku": "properties.products[0].sku",
    "firstCategory": "properties.products[0].category",
    "order_id": "properties.order_id",
    "orderId": "properties.orderId",
    "revenue": "properties.revenue",
    "total": "properties.total",
    "value": "properties.value",
    "price": "properties.price",
    "quantity": "properties.quantity",
    "query": "properties.query",
    "url": "context.page.url",
    "pageUrl": "properties.url",
    "referrer": "context.page.referrer",
    "pageReferrer": "properties.referrer",
    "utmSource": "context.campaign.source",
    "utmMedium": "context.campaign.medium",
    "utmCampaign": "context.campaign.name",
    "utmTerm": "context.campaign.term",
    "utmContent": "context.campaign.content",
    "inviter": "context.inviter",
    "inviterProperty": "properties.inviter",
    "session": "context.sessionId",
    "sessionProperty": "properties.session_id",
    "pageName": "properties.name",
}


def _listed(paths: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'$.{path}'" for path in paths) + "]"


# One list of paths is one look at the line, however many cells come out of it.
_TOLD_PATHS, _JSON_PATHS = _listed((*_TEXTS.values(), *_IDS)), _listed((*_OBJECTS, *_IDS))
_TOLD = f"CASE WHEN json_valid(line) THEN json_extract_string(line, {_TOLD_PATHS}) END"
_JSON = f"CASE WHEN json_valid(line) THEN json_extract(line, {_JSON_PATHS}) END"


def _text(name: str) -> str:
    """A text; a time that is a count since 1970 as the others are written."""
    text = f"told[{list(_TEXTS).index(name) + 1}]"
    if name not in _TIMES:
        return text
    micros = f"CAST({text} AS BIGINT) * CASE WHEN length({text}) > 11 THEN 1000 ELSE 1000000 END"
    return (
        f"CASE WHEN regexp_full_match({text}, '[0-9]{{9,13}}')"
        f" THEN replace(CAST(make_timestamp({micros}) AS VARCHAR), ' ', 'T') || 'Z'"
        f" ELSE {text} END"
    )


def _id(name: str) -> str:
    """An id as text: the number 7.0 is 7, the text "7.0" stays."""
    text = f"told[{len(_TEXTS) + _IDS.index(name) + 1}]"
    json = f"CAST(json[{len(_OBJECTS) + _IDS.index(name) + 1}] AS VARCHAR)"
    return (
        f"CASE WHEN starts_with({json}, '\"') THEN {text}"
        f" ELSE regexp_replace({text}, '\\.0+$', '') END"
    )


def _object(name: str) -> str:
    json = f"CAST(json[{_OBJECTS.index(name) + 1}] AS VARCHAR)"
    return f"CASE WHEN {json} <> '{{}}' AND starts_with({json}, '{{') THEN {json} END"


NAME = (
    "CASE WHEN lower(type) = 'track' THEN name"
    " WHEN lower(type) IN ('page', 'screen') THEN {page} END"
)
NUMBER = "TRY_CAST({} AS DECIMAL(18,4))"
AMOUNT = (
    "coalesce("
    + ", ".join(NUMBER.format(name) for name in ("total", "revenue", '"value"'))
    + f", {NUMBER.format('price')} * coalesce({NUMBER.format('pieces')}, 1))"
)
VALUES = ("revenue", "total", "value", "price")
"""Properties that an event's value is told by."""

SEGMENT_LOG = Source(
    name="segment_log",
    title="Segment messages, JSON lines",
    title_zh="Segment 事件日志（JSON）",
    kind="events",
    platform=PLATFORM,
    record=Kind.EVENT,
    fields=(
        Field("type", ("type",), required=True),
        Field("message_id", ("messageId",)),
        Field("customer_key", ("userId",)),
        Field("anonymous_id", ("anonymousId",)),
        Field("previous_id", ("previousId",), type="text"),
        Field("name", ("event",)),
        Field("outer_name", ("name",), type="text"),
        Field("page_name", ("pageName",), type="text"),
        Field("placed_at", ("timestamp",)),
        Field("original_at", ("originalTimestamp",), type="time"),
        Field("received_at", ("receivedAt",)),
        Field("email", ("email",)),
        Field("context_email", ("contextEmail",), type="text"),
        Field("phone", ("phone",)),
        Field("context_phone", ("contextPhone",), type="text"),
        Field("product_id", ("product_id",)),
        Field("product_id_2", ("productId",), type="text"),
        Field("sku", ("sku",), type="text"),
        Field("category", ("category",)),
        Field("page_category", ("pageCategory",), type="text"),
        Field("order_id", ("order_id",)),
        Field("order_id_2", ("orderId",), type="text"),
        *(Field(name, (name,), type="text") for name in VALUES),
        Field("pieces", ("quantity",), type="text"),
        Field("currency_told", ("currency",), type="text"),
        Field("first_product", ("firstProduct",), type="text"),
        Field("first_sku", ("firstSku",), type="text"),
        Field("first_category", ("firstCategory",), type="text"),
        Field("another_product", ("properties.products[1]",), type="text"),
        Field("search", ("query",)),
        Field("url", ("url",)),
        Field("page_url", ("pageUrl",), type="text"),
        Field("referrer", ("referrer",)),
        Field("page_referrer", ("pageReferrer",), type="text"),
        Field("source", ("utmSource",)),
        Field("medium", ("utmMedium",)),
        Field("campaign", ("utmCampaign",)),
        Field("term", ("utmTerm",)),
        Field("content", ("utmContent",)),
        Field("inviter", ("inviter",)),
        Field("inviter_2", ("inviterProperty",), type="text"),
        Field("session", ("session",)),
        Field("session_2", ("sessionProperty",), type="text"),
        Field("open_id", ("openid",)),
        Field("open_id_2", ("openId",), type="text"),
        Field("union_id", ("unionid",)),
        Field("union_id_2", ("unionId",), type="text"),
        Field("properties", ("properties",)),
        Field("traits_told", ("traits",), type="text"),
        Field("context", ("context",)),
    ),
    content=are_messages,
    split={
        **{name: _text(name) for name in _TEXTS},
        **{name: _id(name) for name in _IDS},
        **{name: _object(name) for name in _OBJECTS},
    },
    sound="json_valid(line)",
    once={"told": _TOLD, "json": _JSON},
    derive={
        "type": "lower(type)",
        "anonymous_id": "CASE WHEN lower(type) = 'alias' THEN previous_id ELSE anonymous_id END",
        "name": NAME.format(page="coalesce(outer_name, page_name, page_category)"),
        "placed_at": "coalesce(placed_at, original_at, received_at)",
        "email": "coalesce(email, context_email)",
        "phone": "coalesce(phone, context_phone)",
        "open_id": "coalesce(open_id, open_id_2)",
        "union_id": "coalesce(union_id, union_id_2)",
        "product_id": "coalesce(product_id, product_id_2, sku,"
        " CASE WHEN another_product IS NULL THEN coalesce(first_product, first_sku) END)",
        "category": "coalesce(category, page_category,"
        " CASE WHEN another_product IS NULL THEN first_category END)",
        "order_id": "coalesce(order_id, order_id_2)",
        "amount": AMOUNT,
        "quantity": NUMBER.format("pieces"),
        "session": "coalesce(session, session_2)",
        "url": "coalesce(url, page_url)",
        "referrer": "coalesce(referrer, page_referrer)",
        "inviter": "coalesce(inviter_2, inviter)",
        "properties": "coalesce(properties, traits_told)",
    },
)
