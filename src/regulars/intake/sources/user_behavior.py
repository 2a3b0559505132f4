"""UserBehavior: what a million people did at Taobao in nine days of 2017 (Tianchi).

`user, item, category, behaviour, unix seconds`, without headers; copies that carry headers are
known by these. `buy` names no order: it is an event and never an order, since what was paid is not
told.
Some rows of the full file carry times decades off; these are rejected one by one.
"""

from __future__ import annotations

import re

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source

_LINE = re.compile(r"\d+,\d+,\d+,(pv|buy|cart|fav),-?\d+\s*")


def _is_user_behavior(lines: list[str]) -> bool:
    # The last of the lines that are looked at may be cut off.
    return bool(lines) and all(_LINE.fullmatch(line) for line in lines[: max(1, len(lines) - 1)])


USER_BEHAVIOR = Source(
    name="user_behavior",
    title="Taobao UserBehavior",
    title_zh="淘宝用户行为 UserBehavior",
    kind="events",
    platform="user_behavior",
    record=Kind.EVENT,
    fields=(
        Field("customer_key", ("user_id", "userid"), known=True, required=True),
        Field("product_id", ("item_id", "itemid"), known=True, required=True),
        Field("category", ("category_id", "category", "item_category"), known=True),
        Field(
            "name",
            ("behavior_type", "behavior", "behaviour", "action_type"),
            known=True,
            required=True,
        ),
        Field("placed_at", ("timestamp", "timestamps", "time", "ts"), known=True, required=True),
    ),
    columns=("user_id", "item_id", "category_id", "behavior_type", "timestamp"),
    content=_is_user_behavior,
    rest=(("properties", ""),),
    names={
        "pv": "Product Viewed",
        "cart": "Product Added",
        "fav": "Product Added to Wishlist",
        "buy": "Product Purchased",
    },
    derive={"type": "'track'"},
    time_format="unix",
)
