"""The pictures of the timeline in Python: one method for each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from regulars.edges.shop_pictures import Day

if TYPE_CHECKING:
    from regulars.insight.picture import Picture


class ShopTimeline(ABC):
    """What `Shop` can tell of entries and steps, sources and content."""

    @abstractmethod
    def picture(self, name: str, as_of: Day = None, **asked: Any) -> Picture:
        """The picture of this name."""
