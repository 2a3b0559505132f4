"""Logs in the words of the Segment spec as tables: flattened CSV, and the tables of a warehouse.

Flattened files have a column for each field (`properties.product_id`, `context.page.url`). A
warehouse has a table for each sort of call, in snake case (`tracks`, `pages`, `identifies`, and one
for each event), with `id` for the message, `context_…` for the context and properties under their
own names. RudderStack writes the same. A product without `product_id` goes by its `sku`.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source
from regulars.intake.sources.segment import AMOUNT, NAME, NUMBER, PLATFORM, VALUES


def _under(prefixes: tuple[str, ...], *names: str) -> tuple[str, ...]:
    return tuple(prefix + name for name in names for prefix in prefixes)


def _fields(told: tuple[str, ...], context: str) -> tuple[Field, ...]:
    """What properties and context tell, under the beginnings that a layout gives them."""
    page = f"{context}page" + ("." if context.endswith(".") else "_")
    campaign = f"{context}campaign" + ("." if context.endswith(".") else "_")
    return (
        Field("customer_key", ("user_id",)),
        Field("original_at", ("original_timestamp",), type="time"),
        Field("received_at", ("received_at",)),
        Field("email", _under((*told, "traits.", f"{context}traits."), "email")),
        Field("phone", _under((*told, "traits.", f"{context}traits."), "phone")),
        Field("product_id", _under(told, "product_id")),
        Field("sku", _under(told, "sku"), type="text"),
        Field("category", _under(told, "category")),
        Field("order_id", _under(told, "order_id")),
        *(Field(name, _under(told, name), type="text", kept=True) for name in VALUES),
        Field("pieces", _under(told, "quantity"), type="text", kept=True),
        Field("currency_told", _under(told, "currency"), type="text", kept=True),
        Field("open_id", _under((*told, "traits."), "openid", "open_id")),
        Field("union_id", _under((*told, "traits."), "unionid", "union_id")),
        Field("search", _under(told, "query")),
        Field("url", (f"{page}url", *_under(told, "url"))),
        Field("referrer", (f"{page}referrer", *_under(told, "referrer"))),
        Field("source", (f"{campaign}source",)),
        Field("medium", (f"{campaign}medium",)),
        Field("campaign", (f"{campaign}name",)),
        Field("term", (f"{campaign}term",)),
        Field("content", (f"{campaign}content",)),
        Field("inviter", (f"{context}inviter", *_under(told, "inviter"))),
        Field("session", (f"{context}session_id",)),
    )


_SAME = {
    "placed_at": "coalesce(placed_at, original_at, received_at)",
    "product_id": "coalesce(product_id, sku)",
    "amount": AMOUNT,
    "quantity": NUMBER.format("pieces"),
}

SEGMENT_FLAT = Source(
    name="segment_flat",
    title="Segment messages, flattened",
    title_zh="Segment 事件日志（展开为列）",
    kind="events",
    platform=PLATFORM,
    record=Kind.EVENT,
    fields=(
        Field("type", ("type",), known=True, required=True),
        Field("message_id", ("messageId",), known=True),
        Field("placed_at", ("timestamp",), known=True),
        Field("anonymous_id", ("anonymousId",)),
        Field("name", ("event",)),
        Field("page_name", ("name", "properties.name"), type="text"),
        *_fields(("properties.",), "context."),
    ),
    rest=(("properties", "properties."), ("properties", "traits."), ("context", "context.")),
    derive={**_SAME, "type": "lower(type)", "name": NAME.format(page="page_name")},
)

_TABLE = (
    Field("message_id", ("id",), known=True),
    Field("anonymous_id", ("anonymous_id",), known=True),
    Field("placed_at", ("timestamp",), known=True),
    *_fields(("",), "context_"),
)
# How the warehouse was filled tells nothing of what happened.
_LOADED = tuple(
    Field(name, (name,), type="text") for name in ("sent_at", "uuid", "uuid_ts", "loaded_at")
)
_REST = (("context", "context_"), ("properties", ""))

SEGMENT_TRACKS = Source(
    name="segment_tracks",
    title="Segment warehouse: tracks and tables of events",
    title_zh="Segment 数仓：tracks 及各事件表",
    kind="events",
    platform=PLATFORM,
    record=Kind.EVENT,
    fields=(
        *_TABLE,
        Field("event", ("event",), known=True, type="text"),
        Field("name", ("event_text",), known=True),
        *_LOADED,
    ),
    rest=_REST,
    derive={**_SAME, "type": "'track'", "name": "coalesce(name, event)"},
)

SEGMENT_PAGES = Source(
    name="segment_pages",
    title="Segment warehouse: pages",
    title_zh="Segment 数仓：pages",
    kind="events",
    platform=PLATFORM,
    record=Kind.EVENT,
    fields=(
        *_TABLE,
        Field("path", ("path", "context_page_path"), known=True, type="text", kept=True),
        Field("name", ("name",)),
        *_LOADED,
    ),
    rest=_REST,
    derive={**_SAME, "type": "'page'"},
)

SEGMENT_IDENTIFIES = Source(
    name="segment_identifies",
    title="Segment warehouse: identifies",
    title_zh="Segment 数仓：identifies",
    kind="events",
    platform=PLATFORM,
    record=Kind.EVENT,
    fields=(
        *_TABLE,
        Field(
            "told",
            ("email", "phone", "first_name", "last_name", "created_at", "gender", "birthday"),
            known=True,
            type="text",
            kept=True,
        ),
        *_LOADED,
    ),
    rest=_REST,
    derive={**_SAME, "type": "'identify'", "name": "NULL"},
)

SEGMENT = (SEGMENT_FLAT, SEGMENT_TRACKS, SEGMENT_PAGES, SEGMENT_IDENTIFIES)
