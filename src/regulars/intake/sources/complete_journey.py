"""The Complete Journey: a year of grocery orders of 2,469 households (84.51°).

`sales_value` is what the shop receives: the shelf price less its own discounts. A maker's coupon
lowers what the customer pays and is paid to the shop by the maker, so it stands as platform
discount: gross = sales + loyalty discount + coupon match, paid = sales - maker's coupon.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source

_PLATFORM = "complete_journey"

COMPLETE_JOURNEY = Source(
    name="complete_journey",
    title="Complete Journey transactions",
    title_zh="Complete Journey 交易明细",
    kind="orders",
    platform=_PLATFORM,
    record=Kind.LINE,
    fields=(
        Field("order_id", ("basket_id",), known=True, required=True),
        Field("customer_key", ("household_id", "household_key"), known=True, required=True),
        Field("product_id", ("product_id",), known=True, required=True),
        Field("quantity", ("quantity",), known=True, required=True),
        Field("gross", ("sales_value",), known=True, required=True),
        Field("shop_discount", ("retail_disc",), known=True),
        Field("platform_discount", ("coupon_disc",), known=True),
        Field("coupon_match", ("coupon_match_disc",), known=True, type="money"),
        Field("placed_at", ("transaction_timestamp",), known=True, required=True),
        Field("store", ("store_id",)),
    ),
    # Nobody shops from 7 to 10 o'clock by these times, and the year ends at 4 on New Year's Day:
    # they are UTC, for an American grocer.
    time_zone="UTC",
    derive={
        "gross": "gross + coalesce(shop_discount, 0) + coalesce(coupon_match, 0)",
        "shop_discount": "coalesce(shop_discount, 0) + coalesce(coupon_match, 0)",
        "paid": "gross - coalesce(platform_discount, 0)",
    },
)

COMPLETE_JOURNEY_PRODUCTS = Source(
    name="complete_journey_products",
    title="Complete Journey products",
    title_zh="Complete Journey 商品",
    kind="products",
    platform=_PLATFORM,
    record=Kind.PRODUCT,
    fields=(
        Field("product_id", ("product_id",), known=True, required=True),
        Field("department", ("department",), known=True),
        Field("category", ("product_category",), known=True),
        Field("product_name", ("product_type",), known=True),
        Field("brand", ("brand",)),
        Field("variant", ("package_size",)),
    ),
    # The till books coupons under this name: nothing that anybody likes to buy.
    derive={"category": "nullif(category, 'COUPON/MISC ITEMS')"},
)

COMPLETE_JOURNEY_HOUSEHOLDS = Source(
    name="complete_journey_households",
    title="Complete Journey demographics",
    title_zh="Complete Journey 家庭画像",
    kind="customers",
    platform=_PLATFORM,
    record=Kind.CUSTOMER,
    fields=(Field("customer_key", ("household_id",), known=True, required=True),),
    exact=True,
    traits=(
        ("age", ("age",)),
        ("income", ("income",)),
        ("home_ownership", ("home_ownership",)),
        ("marital_status", ("marital_status",)),
        ("household_size", ("household_size",)),
        ("household_comp", ("household_comp",)),
        ("kids_count", ("kids_count",)),
    ),
)

COMPLETE_JOURNEY_CAMPAIGNS = Source(
    name="complete_journey_campaigns",
    title="Complete Journey campaigns received",
    title_zh="Complete Journey 营销触达",
    kind="customers",
    platform=_PLATFORM,
    record=Kind.CUSTOMER,
    fields=(
        Field("customer_key", ("household_id",), known=True, required=True),
        Field("tags", ("campaign_id",), known=True, required=True),
    ),
    exact=True,
    derive={"tags": "['campaign ' || tags[1]]"},
)
