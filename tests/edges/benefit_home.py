"""A small shop with benefits: three customers, rules that are published, and a basket."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from regulars import Shop
from regulars.app.benefits.asked import Define

RULES = """
[points]
worth = 1
worth_of = 100
most_percent = 50

[[points.earn]]
name = "order"
on = "order"
points = 1
growth = 1
per = 1
from = 2026-10-01

[[coupon]]
name = "spring"
title = "20 off 100"
title_zh = "满 100 减 20"
kind = "amount"
amount = 20
threshold = 100
public = true
stock = 50
budget = "year"

[[coupon]]
name = "large"
title = "50 off 500"
kind = "amount"
amount = 50
threshold = 500
days = 10
stock = 9

[[gift]]
name = "mug"
title = "a mug"
worth = 12.5
stock = 5
budget = "year"

[tiers]
keep_days = 365
count_days = 365

[[tiers.tier]]
name = "member"
title = "Member"
title_zh = "会员"
growth = 0

[[tiers.tier]]
name = "gold"
title = "Gold"
title_zh = "金卡"
growth = 200
free_shipping = true

[[budget]]
name = "year"
money = 1000
"""
ORDERS = """order_id,customer_id,placed_at,status,paid
O1,1001,2026-10-02 10:15:00,completed,120.49
O2,1002,2026-10-05 21:40:00,completed,58.00
O3,1001,2026-10-19 09:30:00,completed,240.00
O4,1003,2026-10-27 20:05:00,cancelled,99.00
"""
BASKET = {
    "lines": [
        {"id": "mugs", "product": "mug", "quantity": 3, "unit_price": 30_00},
        {"id": "pot", "product": "teapot", "quantity": 1, "unit_price": 100_00},
    ],
    "shipping": 8_00,
}


def make(
    folder: Path, language: Literal["zh", "en"] = "en", *, orders: bool = True, rules: bool = True
) -> Path:
    """The home beside its `orders.csv`, `rules.toml` and `basket.json`."""
    for name, text in (
        ("orders.csv", ORDERS),
        ("rules.toml", RULES),
        ("basket.json", json.dumps(BASKET)),
    ):
        (folder / name).write_text(text, "utf-8")
    with Shop.create(folder / "shop", language=language) as shop:
        if orders:
            shop.import_files(folder / "orders.csv")
        shop.home.benefits.write_text(RULES, "utf-8")
        if rules:
            with shop.benefits() as benefits:
                benefits.ask(Define(toml=RULES), key="rules")
    return folder / "shop"
