"""A shop with rules, made by importing orders and taking events in; its clock stands still."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from regulars import Shop
from regulars.app.home import make_home
from regulars.app.identity import number_of, survivor_of
from regulars.app.rewarding.rewarding import Rewarded, reward
from regulars.app.store import open_store
from regulars.benefit.definition.terms import Term
from regulars.benefit.names import GROWTH, OWED_POINTS, POINTS, customer_owner
from regulars.benefit.publish import Publish
from regulars.engines.store import Store
from regulars.engines.store_benefits import BenefitRows
from regulars.errors import NoSuchThing
from regulars.intake.connection import Connections
from regulars.intake.inbox.frame import PUBLIC, Received
from regulars.intake.inbox.writer import InboxWriter
from regulars.intake.vault import Vault
from regulars.ledger.ledger import Ledger
from regulars.ledger.verify import verify

ZONE = "Asia/Shanghai"
HEAD = "order_id,customer_id,placed_at,status,paid,refunded,product_id,category,quantity,unit_price"


def instant(text: str) -> int:
    """Of the shop's clock, as UTC microseconds."""
    told = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))
    return int(told.timestamp()) * 1_000_000


class RewardingShop:
    """The home, its warehouse, and its book."""

    def __init__(self, shop: Shop, store: Store) -> None:
        self.shop, self.store = shop, store
        self.at = instant("2026-03-01 00:00")
        self.ledger = Ledger(store, now=lambda: self.at)
        self._made = 0

    def now(self, text: str) -> None:
        self.at = instant(text)

    def publish(self, *terms: Term) -> None:
        self._made += 1
        self.ledger.ask(Publish(f"publish:{self._made}", terms, "CNY"), by="cli")

    def orders(self, *rows: str) -> None:
        """Rows under `HEAD`, as a file of their own."""
        self._made += 1
        file = self.shop.home.folder.parent / f"orders{self._made}.csv"
        file.write_text("\n".join([HEAD, *rows]) + "\n")
        self.shop.import_files(file)

    def event(self, name: str, who: str, at: str, connection: str = "server", **more: Any) -> None:
        self._made += 1
        told = {
            "type": "track",
            "event": name,
            "userId": who,
            "messageId": more.pop("message", f"m{self._made}"),
            "timestamp": datetime.fromtimestamp(instant(at) / 1e6, ZoneInfo("UTC")).isoformat(),
            "properties": more,
        }
        body = json.dumps({"batch": [told]}).encode()
        headers = PUBLIC if connection == "pages" else {}
        home = self.shop.home
        with Vault.open(home.keys) as vault, InboxWriter(home.inbox, vault) as writer:
            writer.append([Received(connection, "batch", instant(at), body, headers)])

    def run(self, days: int | None = None) -> Rewarded:
        return reward(self.shop.warehouse, self.shop.home, self.ledger, days=days)

    def gave(self, days: int | None = None) -> dict[str, dict[str, Any]]:
        """What a pass has done, by rule; without those that did nothing."""
        told = self.run(days).as_dict()["rules"]
        return {
            f"{row.pop('kind')}:{row.pop('rule')}": row
            for row in told
            if row["times"] or "refused" in row
        }

    def number(self, name: str) -> int:
        """By its id; it must have come to the warehouse."""
        with Vault.open(self.shop.home.keys) as vault:
            found = number_of(self.shop.warehouse, vault, name)
        return survivor_of(self.shop.warehouse, found)

    def has(self, name: str | int, asset: str = POINTS) -> int:
        who = name if isinstance(name, int) else self.number(name)
        try:
            return self.ledger.balance(asset, customer_owner(who)).available
        except NoSuchThing:
            return 0

    def growth(self, name: str) -> int:
        return self.has(name, GROWTH)

    def owes(self, name: str) -> int:
        return self.has(name, OWED_POINTS)

    def rows(self, what):
        with self.store.read() as connection:
            return what(BenefitRows(connection))


@contextmanager
def rewarding_shop(folder: Path, global_hold_out: float = 0.0) -> Iterator[RewardingShop]:
    """A shop whose book must verify at the end; its id is always the same, and so are its draws."""
    made = make_home(folder / "shop", name="Rewards", time_zone=ZONE, shop_id="rewards")
    settings = made.folder / "regulars.toml"
    told = settings.read_text().replace(
        "# global_hold_out = 0.05", f"global_hold_out = {global_hold_out}"
    )
    assert f"global_hold_out = {global_hold_out}" in told
    settings.write_text(told)
    with Shop(made.folder) as shop:
        for name, use in (("server", "events"), ("pages", "public")):
            Connections(shop.home.keys).add(name, use)
        with open_store(shop.home) as store:
            rewarding = RewardingShop(shop, store)
            with rewarding.ledger:
                yield rewarding
                with store.read() as connection:
                    verify(connection)
