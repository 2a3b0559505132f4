"""The part of `Shop` that accounts for events."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.events.accounts import Account


class ShopEvents(ABC):
    """Tells what came through each connection (docs/events.md)."""

    home: Home

    @property
    @abstractmethod
    def warehouse(self) -> Warehouse:
        """The warehouse of the home."""

    def event_accounts(self) -> list[Account]:
        """What came through each connection: came = accepted + duplicate + rejected."""
        from regulars.app.as_of import refresh
        from regulars.intake.events.accounts import accounts
        from regulars.intake.landing import Landing

        if not self.warehouse.is_served:  # a server absorbs by itself
            refresh(self.warehouse, self.home)
        return accounts(self.warehouse, Landing(self.home.landing))
