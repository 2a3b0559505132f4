"""The canonical records: what every source is turned into, and what landing keeps.

A record column knows its type and whether it holds personal data: then it goes through the vault
and never reaches landing in the clear.

>>> [column.name for column in columns_of(Kind.CUSTOMER) if column.personal][:3]
['name', 'phone', 'email']
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Kind(StrEnum):
    """What a record is about."""

    ORDER = "orders"
    LINE = "lines"
    CUSTOMER = "customers"
    PRODUCT = "products"
    PAYMENT = "payments"
    SPEND = "spend"
    EVENT = "events"


class Status(StrEnum):
    """How far an order or a line has come.

    `returned` is a document of its own that gives money back (a credit note), `adjustment` is
    book-keeping and no purchase.
    """

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    ADJUSTMENT = "adjustment"


RANK = {status: rank for rank, status in enumerate(Status)}
"""Progress of a status: of two states of one order without times, the further one is the later."""

CellType = Literal["text", "money", "time", "date", "flag", "list", "traits"]

SQL_TYPE: dict[str, str] = {
    "text": "VARCHAR",
    "money": "DECIMAL(18,4)",
    "time": "TIMESTAMPTZ",
    "date": "DATE",
    "flag": "BOOLEAN",
    "list": "VARCHAR[]",
    "traits": "MAP(VARCHAR, VARCHAR)",
}


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """One column of a canonical record."""

    name: str
    type: CellType
    en: str
    personal: bool = False


_C = RecordColumn

_COMMERCE = (
    _C("order_id", "text", "the platform's number of the order"),
    _C("customer_key", "text", "the shop's or platform's number of the buyer; empty for guests"),
    _C("phone", "text", "the buyer's phone", personal=True),
    _C("email", "text", "the buyer's e-mail address", personal=True),
    _C("recipient_name", "text", "whom the goods go to", personal=True),
    _C("recipient_phone", "text", "the recipient's phone", personal=True),
    _C("recipient_address", "text", "where the goods go", personal=True),
    _C("province", "text", "province or state of the delivery"),
    _C("city", "text", "city of the delivery"),
    _C("country", "text", "country of the delivery"),
    _C("placed_at", "time", "when it was ordered"),
    _C("paid_at", "time", "when it was paid; equal to placed_at where unknown"),
    _C("closed_at", "time", "when it was cancelled or refunded, where known"),
    _C("updated_at", "time", "when the platform last changed the record, where known"),
    _C("status", "text", "placed, paid, shipped, completed, cancelled, returned, adjustment"),
    _C("quantity", "money", "pieces (or the unit of sale)"),
    _C("gross", "money", "list value of the goods; negative on returns"),
    _C("shop_discount", "money", "given by the shop"),
    _C("platform_discount", "money", "given by the platform or a maker, who pay it to the shop"),
    _C("shipping", "money", "postage charged to the customer"),
    _C("paid", "money", "what the customer paid"),
    _C("refunded", "money", "what the customer got back"),
    _C("currency", "text", "ISO 4217; the shop's currency where empty"),
    _C("source", "text", "where the customer came in"),
    _C("coupon", "text", "coupon or campaign named on the order"),
    _C("store", "text", "shop or branch"),
    _C("told_by", "text", "event or webhook, where a message told it; empty for files"),
)  # fmt: skip

_LINE = (
    _C("line_id", "text", "the platform's number of the line, where it has one"),
    _C("product_id", "text", "the platform's number of the product"),
    _C("product_name", "text", "title of the product"),
    _C("category", "text", "category of the product"),
    _C("variant", "text", "colour, size, pack"),
    _C("unit_price", "money", "list price of one"),
    _C("is_goods", "flag", "false for postage, fees and discounts that stand as lines"),
)

_CUSTOMER = (
    _C("customer_key", "text", "the shop's or platform's number of the customer"),
    _C("name", "text", "the customer's name", personal=True),
    _C("phone", "text", "phone", personal=True),
    _C("email", "text", "e-mail address", personal=True),
    _C("address", "text", "address", personal=True),
    _C("open_id", "text", "WeChat or platform id", personal=True),
    _C("registered_at", "time", "when the account was made"),
    _C("updated_at", "time", "when the record last changed, where known"),
    _C("gender", "text", "gender"),
    _C("birth_date", "date", "birthday"),
    _C("province", "text", "province or state"),
    _C("city", "text", "city"),
    _C("country", "text", "country"),
    _C("education", "text", "education"),
    _C("reputation", "text", "the platform's grade of the buyer; not financial credit"),
    _C("interests", "list", "interests, joined by | or ; or 、"),
    _C("tags", "list", "tags, joined by | or ; or 、"),
    _C("source", "text", "where the customer came in"),
    _C("also_known_as", "text", "a further number of the same customer on the platform"),
    _C("traits", "traits", "further attributes by name"),
)  # fmt: skip

_PRODUCT = (
    _C("product_id", "text", "the platform's number of the product"),
    _C("product_name", "text", "title"),
    _C("category", "text", "category"),
    _C("department", "text", "the larger group above the category"),
    _C("brand", "text", "brand"),
    _C("variant", "text", "colour, size, pack"),
    _C("unit_price", "money", "list price of one"),
    _C("cost", "money", "what one costs the shop"),
    _C("updated_at", "time", "when the record last changed, where known"),
)

_PAYMENT = (
    _C("order_id", "text", "the platform's number of the order"),
    _C("payment_id", "text", "which payment of the order"),
    _C("method", "text", "how it was paid"),
    _C("paid", "money", "what was paid"),
    _C("paid_at", "time", "when it was paid, where known"),
    _C("currency", "text", "ISO 4217; the shop's currency where empty"),
)

_SPEND = (
    _C("day", "date", "the day on which it was spent"),
    _C("source", "text", "what was paid for: a channel, as orders and customers name it"),
    _C("campaign", "text", "campaign or plan"),
    _C("ad", "text", "ad group, creative or keyword"),
    _C("spend", "money", "what it cost"),
    _C("impressions", "money", "how often it was shown"),
    _C("clicks", "money", "how often it was clicked"),
    _C("currency", "text", "ISO 4217; the shop's currency where empty"),
    _C("updated_at", "time", "when the record last changed, where known"),
)

_EVENT = (
    _C("message_id", "text", "tells a message from every other of its connection"),
    _C("connection", "text", "the connection it came through; empty for files"),
    _C("type", "text", "track, page, screen, identify, group, alias, or receipt"),
    _C("name", "text", "what happened, in the words of the Segment spec where it has them"),
    _C("customer_key", "text", "the shop's or platform's number of the customer; empty if unknown"),
    _C("anonymous_id", "text", "the visitor's own number, before the shop knows who it is"),
    _C("phone", "text", "phone", personal=True),
    _C("email", "text", "e-mail address", personal=True),
    _C("open_id", "text", "WeChat or platform id", personal=True),
    _C("union_id", "text", "WeChat's id of a person over all apps of a company", personal=True),
    _C("placed_at", "time", "when it happened, the sender's clock corrected"),
    _C("received_at", "time", "when the server received it; empty for files"),
    _C("product_id", "text", "the product it is about"),
    _C("category", "text", "category of the product, or of the page"),
    _C("order_id", "text", "the order it is about"),
    _C("amount", "money", "its value in the shop's currency"),
    _C("quantity", "money", "pieces"),
    _C("search", "text", "what was searched for"),
    _C("url", "text", "page, without its query"),
    _C("referrer", "text", "where the visitor came from, without its query"),
    _C("source", "text", "utm_source: where the customer came in"),
    _C("medium", "text", "utm_medium"),
    _C("campaign", "text", "utm_campaign"),
    _C("term", "text", "utm_term"),
    _C("content", "text", "utm_content"),
    _C("inviter", "text", "who invited, by the code in the link"),
    _C("session", "text", "the sender's own number of the visit"),
    _C("properties", "text", "all properties or traits, as JSON, without personal fields"),
    _C("context", "text", "all context and further fields, as JSON, without personal fields"),
)  # fmt: skip

_COLUMNS: dict[Kind, tuple[RecordColumn, ...]] = {
    Kind.ORDER: _COMMERCE,
    Kind.LINE: (*_COMMERCE, *_LINE),
    Kind.CUSTOMER: _CUSTOMER,
    Kind.PRODUCT: _PRODUCT,
    Kind.PAYMENT: _PAYMENT,
    Kind.SPEND: _SPEND,
    Kind.EVENT: _EVENT,
}

PEOPLED = (Kind.ORDER, Kind.LINE, Kind.CUSTOMER, Kind.EVENT)
"""The kinds of record that tell whose they are."""

COUNTED = (Kind.LINE, Kind.SPEND, Kind.EVENT)
"""The kinds of which equal records are things in their own right, told apart by counting."""


def columns_of(kind: Kind) -> tuple[RecordColumn, ...]:
    """The columns of a kind of record, in order."""
    return _COLUMNS[kind]
