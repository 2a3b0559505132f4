"""The shop's webhooks in Python: who is told of grants and redemptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.app.webhooks import Webhooks


class ShopWebhooks:
    """Makes, lists and tries webhooks that go out."""

    home: Home

    def webhooks(self) -> Webhooks:
        """The webhooks of the shop; a running server follows at once.

        made = shop.webhooks().add("erp", "https://erp.example/in", ["Coupon Claimed"])
        secret = made.secrets[-1].text
        """
        from regulars.app.webhooks import Webhooks

        return Webhooks(self.home)
