"""What Shopify's exports of orders, customers and products share.

Orders name the buyer by e-mail address and not by the number that the customers export gives, so
the address is the buyer's account name in both; where there is none (a sale at the till), the
phone identifies.
"""

from __future__ import annotations

PLATFORM = "shopify"
