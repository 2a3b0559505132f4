"""What WooCommerce's exports of orders share, whichever extension wrote them.

WooCommerce itself exports no orders with their buyers; two extensions are common: Customer / Order
/ Coupon Export (SkyVerge), and Order Export & Import (WebToffee). Their columns have the same names
as far as they mean the same.

- order_total is what the customer pays: goods less discounts, postage, fees and taxes. gross is
  order_subtotal, or what remains of the total without the others; it holds neither fees nor taxes.
- pending, on-hold and checkout-draft are not paid; failed never was; cancelled was only if there is
  a time of payment.
- Refunds stand in refunded_total, or one after the other in refunds or refund_items
  (`amount:10.00|reason:…;amount:…`).
- customer_id is 0 for guests; the billing address's e-mail tells who it is in any case.
"""

from __future__ import annotations

from regulars.intake.records import Status
from regulars.intake.source import Field
from regulars.intake.sources.western_account import ACCOUNT, joined

PLATFORM = "woocommerce"

_WORDS = {
    "checkout-draft": Status.PLACED,
    "draft": Status.PLACED,
    "pending": Status.PLACED,
    "pending payment": Status.PLACED,
    "on-hold": Status.PLACED,
    "on hold": Status.PLACED,
    "processing": Status.PAID,
    "partial-shipped": Status.PAID,
    "partially shipped": Status.PAID,
    "shipped": Status.SHIPPED,
    "delivered": Status.COMPLETED,
    "completed": Status.COMPLETED,
    "cancelled": Status.CANCELLED,
    "canceled": Status.CANCELLED,
    "refunded": Status.CANCELLED,
    "failed": Status.CANCELLED,
}

STATUSES = _WORDS | {f"wc-{word}": status for word, status in _WORDS.items() if " " not in word}
"""The words of WooCommerce and of its usual extensions, with and without their prefix."""

_NEVER_PAID = "('failed', 'wc-failed', 'cancelled', 'wc-cancelled', 'canceled', 'wc-canceled')"
_REFUNDS = (
    "list_sum(list_transform(regexp_extract_all(refunds, '(^|[|;])amount:([0-9.]+)', 2),"
    " lambda amount: TRY_CAST(amount AS DECIMAL(18,4))))"
)
_GOODS = (
    "paid - coalesce(tax, 0) - coalesce(shipping, 0) - coalesce(fees, 0)"
    " + coalesce(shop_discount, 0)"
)

ORDER_FIELDS = (
    Field("order_id", ("order_id", "order_number_formatted", "order_number"), known=True,
          required=True),
    Field("placed_at", ("order_date",), known=True, required=True),
    Field("status", ("status", "order_status"), known=True, required=True),
    Field("word", ("status", "order_status"), type="text"),
    Field("paid", ("order_total",), known=True, required=True),
    Field("email", ("billing_email", "customer_email"), known=True),
    Field("phone", ("billing_phone",)),
    Field("paid_at", ("paid_date", "date_paid")),
    Field("subtotal", ("order_subtotal",), type="money"),
    Field("shipping", ("shipping_total", "order_shipping")),
    Field("tax", ("tax_total",), type="money"),
    Field("fees", ("fee_total",), type="money"),
    Field("shop_discount", ("discount_total",)),
    Field("refunded", ("refunded_total",)),
    Field("refunds", ("refunds", "refund_items"), type="text"),
    Field("currency", ("order_currency",)),
    Field("coupon", ("coupon_items", "coupons")),
    Field("source", ("meta:_wc_order_attribution_utm_source",)),
    Field("recipient_name", ("shipping_first_name",)),
    Field("last_name", ("shipping_last_name",), type="text"),
    Field("recipient_phone", ("shipping_phone",)),
    Field("recipient_address", ("shipping_address_1",)),
    Field("address_more", ("shipping_address_2",), type="text"),
    Field("zip", ("shipping_postcode",), type="text"),
    Field("province", ("shipping_state",)),
    Field("city", ("shipping_city",)),
    Field("country", ("shipping_country",)),
    Field("billing_state", ("billing_state",), type="text"),
    Field("billing_city", ("billing_city",), type="text"),
    Field("billing_country", ("billing_country",), type="text"),
)  # fmt: skip

ORDER_RULES = {
    "customer_key": ACCOUNT,
    "gross": f"coalesce(subtotal, {_GOODS})",
    "paid": f"CASE WHEN lower(word) IN {_NEVER_PAID} AND paid_at IS NULL THEN 0 ELSE paid END",
    "refunded": f"coalesce(refunded, {_REFUNDS})",
    "coupon": "CASE WHEN contains(coupon, 'code:') THEN"
    " array_to_string(regexp_extract_all(coupon, 'code:([^|;]*)', 1), ',') ELSE coupon END",
    "source": "nullif(trim(source, '()'), '')",
    "recipient_name": joined("recipient_name", "last_name"),
    "recipient_address": joined("recipient_address", "address_more", "zip"),
    # Goods that nobody sends have no address but the bill's.
    "province": "coalesce(province, billing_state)",
    "city": "coalesce(city, billing_city)",
    "country": "coalesce(country, billing_country)",
}
