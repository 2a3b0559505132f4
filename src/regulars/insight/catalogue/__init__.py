"""Every picture of the shop, declared: by area, in the order of the work."""

from __future__ import annotations

from regulars.insight.catalogue.growing import GROWING
from regulars.insight.catalogue.people import PEOPLE
from regulars.insight.catalogue.pool import POOL
from regulars.insight.catalogue.prices import PRICES
from regulars.insight.catalogue.selling import SELLING
from regulars.insight.catalogue.timeline import TIMELINE
from regulars.insight.picture import Declared

PICTURES: dict[str, Declared] = {
    one.name: one for one in (*GROWING, *PEOPLE, *PRICES, *SELLING, *POOL, *TIMELINE)
}
"""Every picture by its name."""
