"""The part of `Shop` that accounts for events."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.events.accounts import Account


class ShopEvents:
    """Mixed into `Shop`."""

    home: Home

    @property
    def warehouse(self) -> Warehouse:
        """Of the shop."""
        raise NotImplementedError

    def event_accounts(self) -> list[Account]:
        """What came through each connection: came = accepted + duplicate + rejected."""
        from regulars.app.as_of import refresh
        from regulars.intake.events.accounts import accounts
        from regulars.intake.landing import Landing

        if not self.warehouse.is_served:  # a server absorbs by itself
            refresh(self.warehouse, self.home)
        return accounts(self.warehouse, Landing(self.home.landing))
