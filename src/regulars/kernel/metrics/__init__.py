"""The definitions behind `metric.METRICS`, as plain data, by area in the order of the work."""

from __future__ import annotations

from regulars.kernel.metrics.ahead import AHEAD
from regulars.kernel.metrics.benefits import BENEFITS
from regulars.kernel.metrics.diagnosis import DIAGNOSIS
from regulars.kernel.metrics.growing import GROWING
from regulars.kernel.metrics.habits import HABITS
from regulars.kernel.metrics.people import PEOPLE
from regulars.kernel.metrics.plan import PLAN
from regulars.kernel.metrics.pool import POOL
from regulars.kernel.metrics.prices import PRICES
from regulars.kernel.metrics.selling import SELLING
from regulars.kernel.metrics.shop import SHOP
from regulars.kernel.metrics.timeline import TIMELINE

DEFINITIONS: tuple[dict[str, str], ...] = (
    *SHOP, *GROWING, *PEOPLE, *HABITS, *PRICES, *SELLING, *POOL, *AHEAD, *DIAGNOSIS, *PLAN,
    *TIMELINE, *BENEFITS,
)  # fmt: skip
