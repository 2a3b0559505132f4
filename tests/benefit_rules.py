"""What is published before the load begins: benefits of every kind."""

from __future__ import annotations

CURRENCY, ZONE = "CNY", "Asia/Shanghai"
MOST_OF_TIGHT, MOST_OF_SHIP = 3, 2
PER_CUSTOMER = {"rush": 1, "tight": MOST_OF_TIGHT, "ship": MOST_OF_SHIP, "few": 1}
"""By coupon; the others have no limit."""
FEW, MUGS = 15, 20
"""Stock of a coupon, and of a gift."""
TIERS = {"plain": 0, "silver": 40, "gold": 100}
"""Growth value at which each begins."""
AMPLE, TIGHT = 10_000_000_00, 600_00
"""Of the two budgets, in the smallest coin."""


def rules(stock: int) -> str:
    """What is published: every kind, with so many of the coupon that all rush for."""
    tiers = "".join(
        f'[[tiers.tier]]\nname = "{name}"\ntitle = "{name}"\ngrowth = {growth}\n'
        for name, growth in TIERS.items()
    )
    return _RULES.replace("RUSH", str(stock)) + tiers


_RULES = f"""
[points]
expire_days = 365
worth = 1
worth_of = 100
most_percent = 60

[coupons]
most_together = 3

[[coupon]]
name = "rush"
title = "5 off"
kind = "amount"
amount = 5
days = 14
public = true
stock = RUSH
per_customer = 1
budget = "ample"

[[coupon]]
name = "tight"
title = "10 %"
kind = "percent"
percent = 10
ceiling = 15
public = true
per_customer = {MOST_OF_TIGHT}
budget = "tight"

[[coupon]]
name = "coded"
title = "3 off"
kind = "amount"
amount = 3
per_customer = "any"
budget = "ample"

[[coupon]]
name = "ship"
title = "free shipping"
kind = "free_shipping"
worth = 8
public = true
per_customer = {MOST_OF_SHIP}
budget = "ample"

[[coupon]]
name = "few"
title = "2 off"
kind = "amount"
amount = 2
days = 7
public = true
stock = {FEW}
per_customer = 1

[[gift]]
name = "mug"
title = "a mug"
worth = 12.5
stock = {MUGS}
per_customer = 1
budget = "ample"

[[gift]]
name = "card"
title = "a card"
worth = 1
per_customer = "any"
needs_address = false
budget = "tight"

[[badge]]
name = "regular"
title = "Regular"
on = "order"
count = 3

[[budget]]
name = "ample"
money = {AMPLE // 100}

[[budget]]
name = "tight"
money = {TIGHT // 100}

[tiers]
keep_days = 365

"""
