"""The pictures of the timeline in Python: one method for each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from regulars.edges.shop_pictures import Day

if TYPE_CHECKING:
    from regulars.insight.picture import Picture


class ShopTimeline(ABC):
    """What `Shop` can tell of entries and steps, sources and content."""

    @abstractmethod
    def picture(self, name: str, as_of: Day = None, **asked: Any) -> Picture:
        """The picture of this name."""

    def attribution(
        self,
        as_of: Day = None,
        *,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        lookback: int = 30,
        half_life: float = 7.0,
        first_share: float = 0.4,
        last_share: float = 0.4,
        top: int = 12,
    ) -> Picture:
        """Which sources were there before orders, by eight ways of dividing the credit.

        Args:
            as_of: the day up to whose end the picture knows.
            from_: the first day; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
            lookback: days before an order within which touches count.
            half_life: days in which a touch loses half its weight by time decay.
            first_share: what the first touch gets by position.
            last_share: what the last one gets.
            top: at most so many sources, by customers; the rest is gathered.
        """
        return self.picture(
            "attribution", as_of, from_=from_, to=to, stage=stage, lookback=lookback,
            half_life=half_life, first_share=first_share, last_share=last_share, top=top,
        )  # fmt: skip
