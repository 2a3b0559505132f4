"""One small file per source. `ALL` is every source that `import` recognises."""

from __future__ import annotations

from regulars.intake.source import Source
from regulars.intake.sources.cdnow import CDNOW
from regulars.intake.sources.chinese import CHINESE
from regulars.intake.sources.complete_journey import (
    COMPLETE_JOURNEY,
    COMPLETE_JOURNEY_CAMPAIGNS,
    COMPLETE_JOURNEY_HOUSEHOLDS,
    COMPLETE_JOURNEY_PRODUCTS,
)
from regulars.intake.sources.jdata import JDATA, JDATA_2019
from regulars.intake.sources.online_retail import ONLINE_RETAIL
from regulars.intake.sources.plain import (
    PLAIN_CUSTOMERS,
    PLAIN_EVENTS,
    PLAIN_ORDERS,
    PLAIN_PRODUCTS,
    PLAIN_SPEND,
)
from regulars.intake.sources.rees46 import REES46
from regulars.intake.sources.segment import SEGMENT_LOG
from regulars.intake.sources.segment_tables import SEGMENT
from regulars.intake.sources.user_behavior import USER_BEHAVIOR
from regulars.intake.sources.western import WESTERN

ALL: tuple[Source, ...] = (
    PLAIN_ORDERS,
    PLAIN_CUSTOMERS,
    PLAIN_PRODUCTS,
    PLAIN_SPEND,
    PLAIN_EVENTS,
    *CHINESE,
    *WESTERN,
    ONLINE_RETAIL,
    CDNOW,
    COMPLETE_JOURNEY,
    COMPLETE_JOURNEY_PRODUCTS,
    COMPLETE_JOURNEY_HOUSEHOLDS,
    COMPLETE_JOURNEY_CAMPAIGNS,
    SEGMENT_LOG,
    *SEGMENT,
    USER_BEHAVIOR,
    REES46,
    JDATA,
    JDATA_2019,
)

BY_NAME: dict[str, Source] = {source.name: source for source in ALL}
