"""The report of a shop that messages come in to: it says in one line what they brought."""

from __future__ import annotations

from pathlib import Path

from regulars import Shop
from sent import send

ORDERS = "order_id,customer_id,placed_at,paid\n1,ann,2026-01-02,9\n2,bea,2026-01-03,9\n"


def test_files_are_named_and_messages_are_counted_together(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(ORDERS)
    with Shop.create(tmp_path / "shop", name="made", language="en") as shop:
        shop.import_files(tmp_path / "orders.csv")
        for number in range(2):  # each settled on its own
            send(shop.home, {"event": "Hello", "userId": "ann", "messageId": str(number)})
            send(shop.home, {"userId": "ann", "messageId": f"without a name {number}"})
            shop.event_accounts()
        shop.identity_join("ann", "bea")  # which is an entry of the log too
        shop.understand()
        page = shop.report(tmp_path / "report.html").read_text("utf-8")
    assert page.count("orders.csv: 2 rows new") == 1
    assert page.count("messages sent to the server: 2 new, 2 rejected") == 1
