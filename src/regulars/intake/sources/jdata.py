"""JData: what buyers did at JD, from two of its contests (2016 and 2019).

The two number the behaviours differently and are told apart by their headers. Times are Beijing's.
The files of 2016 write the user as `266079.0`. `Product Purchased` names no order and is none.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source

_WHOSE = (
    Field("customer_key", ("user_id",), known=True, required=True),
    Field("product_id", ("sku_id",), known=True, required=True),
)
_NUMBER = r"regexp_replace(customer_key, '\.0$', '')"

JDATA = Source(
    name="jdata",
    title="JD JData 2016",
    title_zh="京东 JData 2016 用户行为",
    kind="events",
    platform="jdata",
    record=Kind.EVENT,
    fields=(
        *_WHOSE,
        Field("placed_at", ("time", "action_time"), known=True, required=True),
        Field("name", ("type",), known=True, required=True),
        Field("module", ("model_id",), known=True, type="text", kept=True),
        Field("category", ("cate",)),
    ),
    rest=(("properties", ""),),
    names={
        "1": "Product Viewed",
        "2": "Product Added",
        "3": "Product Removed",
        "4": "Product Purchased",
        "5": "Product Added to Wishlist",
        "6": "Product Clicked",
    },
    derive={"type": "'track'", "customer_key": _NUMBER},
    time_zone="Asia/Shanghai",
)

JDATA_2019 = Source(
    name="jdata_2019",
    title="JD JData 2019",
    title_zh="京东 JData 2019 用户行为",
    kind="events",
    platform="jdata",
    record=Kind.EVENT,
    fields=(
        *_WHOSE,
        Field("placed_at", ("action_time",), known=True, required=True),
        Field("name", ("type",), known=True, required=True),
        Field("module", ("module_id",), known=True, type="text", kept=True),
    ),
    rest=(("properties", ""),),
    names={
        "1": "Product Viewed",
        "2": "Product Purchased",
        "3": "Product Added to Wishlist",
        "4": "Product Reviewed",
        "5": "Product Added",
    },
    derive={"type": "'track'", "customer_key": _NUMBER},
    time_zone="Asia/Shanghai",
)
