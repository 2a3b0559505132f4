"""After-sales: returns, exchanges, complaints, contacts with service, satisfaction, refunds.

The Segment spec has names for refunds and for live chat only; the others are those that Shopify's
returns and the usual help desks use. `make_view` gives them as one view, `after_sales`.

>>> kind_of("Return Requested"), kind_of("投诉"), kind_of("Product Viewed")
('return', 'complaint', None)
"""

from __future__ import annotations

from collections.abc import Mapping

from regulars.engines.duckdb import Warehouse, literal
from regulars.intake.events.facts_orders import REFUND_EVENTS

AFTER_SALES: Mapping[str, tuple[str, ...]] = {
    "return": (
        "product returned", "order returned", "return requested", "return created",
        "return approved", "return received", "return completed", "returns/request",
        "returns/approve", "return.created", "退货", "申请退货", "退货完成",
    ),
    "exchange": (
        "product exchanged", "order exchanged", "exchange requested", "exchange created",
        "exchange completed", "exchange.created", "换货", "申请换货", "换货完成",
    ),
    "complaint": (
        "complaint", "complaint filed", "complaint created", "complaint received",
        "complaint.created", "dispute created", "chargeback created", "投诉", "提交投诉", "纠纷",
    ),
    "service": (
        "service contacted", "support contacted", "ticket created", "support ticket created",
        "ticket solved", "live chat conversation started", "conversation started", "call started",
        "service.contacted", "ticket.created", "联系客服", "咨询客服", "客服会话", "售后咨询",
    ),
    "satisfaction": (
        "satisfaction rated", "survey completed", "survey submitted", "nps submitted",
        "csat submitted", "feedback submitted", "satisfaction.rated", "满意度评价", "服务评价",
    ),
    "refund": tuple(sorted(REFUND_EVENTS)),
}  # fmt: skip
"""What each kind is called, in lower case. The first name of each is the one to use."""

_KINDS = {name: kind for kind, names in AFTER_SALES.items() for name in names}


def kind_of(event: str) -> str | None:
    """The kind of after-sales that an event of this name is; None where it is none."""
    return _KINDS.get(event.strip().lower())


def make_view(warehouse: Warehouse) -> None:
    """Make the view `after_sales` over `events`.

    Columns: customer_id, at, kind, name, order_id, product_id, reason, amount, score (what the
    customer gave, where it is a number), connection, message_id.
    """
    names = ", ".join(f"({literal(name)}, {literal(kind)})" for name, kind in _KINDS.items())
    warehouse.execute(
        f"""
        CREATE OR REPLACE VIEW after_sales AS
        SELECT customer_id, "at", kind, name, order_id, product_id,
               coalesce({_told("reason")}, {_told("return_reason")}, {_told("subject")},
                        {_told("topic")}) AS reason,
               amount,
               TRY_CAST(coalesce({_told("score")}, {_told("rating")}, {_told("satisfaction")})
                        AS DOUBLE) AS score,
               connection, message_id
        FROM events JOIN (VALUES {names}) AS known(known_name, kind)
          ON lower(trim(name)) = known_name
        WHERE type = 'track'
        """
    )


def _told(name: str) -> str:
    return f"json_extract_string(properties, '$.{name}')"
