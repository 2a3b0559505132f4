"""UCI Online Retail (I and II): invoice lines of a British gift shop.

Rules: an invoice that begins with C gives money back (`returned`); one that begins with A, a line
without a positive price, and a negative quantity outside a C invoice are book-keeping
(`adjustment`): they count into the file's gross, not into what customers paid. Postage, carriage,
manual and bank lines are paid by the customer but are no goods.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source

_NOT_GOODS = (
    "POST", "DOT", "C2", "C3", "M", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "ADJUST", "ADJUST2",
    "CRUK", "PADS", "TEST001", "TEST002",
)  # fmt: skip

_STATUS = """CASE
    WHEN order_id LIKE 'C%' THEN 'returned'
    WHEN order_id LIKE 'A%' OR unit_price <= 0 OR quantity < 0 THEN 'adjustment'
    ELSE 'completed' END"""

ONLINE_RETAIL = Source(
    name="online_retail",
    title="UCI Online Retail invoice lines",
    title_zh="UCI Online Retail 发票明细",
    kind="orders",
    platform="online_retail",
    record=Kind.LINE,
    fields=(
        Field("order_id", ("Invoice", "InvoiceNo"), known=True, required=True),
        Field("product_id", ("StockCode",), known=True, required=True),
        Field("product_name", ("Description",), known=True),
        Field("quantity", ("Quantity",), known=True, required=True),
        Field("placed_at", ("InvoiceDate",), known=True, required=True),
        Field("unit_price", ("Price", "UnitPrice"), known=True, required=True),
        Field("customer_key", ("Customer ID", "CustomerID"), known=True),
        Field("country", ("Country",)),
    ),
    derive={
        "status": _STATUS,
        "is_goods": f"upper(trim(product_id)) NOT IN {_NOT_GOODS} AND product_id NOT ILIKE 'gift%'",
        "paid": f"CASE WHEN ({_STATUS}) = 'completed' THEN gross ELSE 0 END",
        "refunded": f"CASE WHEN ({_STATUS}) = 'returned' THEN -gross ELSE 0 END",
    },
)
