"""The sources of Chinese platforms."""

from __future__ import annotations

from regulars.intake.source import Source
from regulars.intake.sources.chinese_spend import CHINESE_SPEND
from regulars.intake.sources.douyin import DOUYIN_ORDERS
from regulars.intake.sources.jd import JD_ORDERS
from regulars.intake.sources.pdd import PDD_ORDERS
from regulars.intake.sources.taobao_lines import TAOBAO_LINES
from regulars.intake.sources.taobao_members import TAOBAO_MEMBERS
from regulars.intake.sources.taobao_orders import TAOBAO_ORDERS
from regulars.intake.sources.taobao_products import TAOBAO_PRODUCTS
from regulars.intake.sources.youzan import YOUZAN_CUSTOMERS, YOUZAN_LINES, YOUZAN_ORDERS

CHINESE: tuple[Source, ...] = (
    TAOBAO_ORDERS,
    TAOBAO_LINES,
    TAOBAO_PRODUCTS,
    TAOBAO_MEMBERS,
    JD_ORDERS,
    PDD_ORDERS,
    DOUYIN_ORDERS,
    YOUZAN_ORDERS,
    YOUZAN_LINES,
    YOUZAN_CUSTOMERS,
    *CHINESE_SPEND,
)
