"""What an import tells of a file: the accounting, and totals to hold against the platform's own.

read = accepted + duplicate + rejected, always. The totals describe the rows of the file that were
not rejected, whether they were new or seen before, so a second import of a file shows the same.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file's import.

    Attributes:
        file: its path as given.
        format: the source's name.
        encoding: utf-8, utf-8-sig, gb18030, utf-16…, or binary (Parquet, XLSX); two joined by +
            where some lines are in another than the rest.
        kind: orders, customers, products, spend or events.
        rows_read: rows that are not blank, without headers.
        accepted: rows new to the shop, or telling something new of what it knows.
        duplicate: rows seen in an earlier import.
        rejected: rows in quarantine, each with its reason (`regulars rejects`).
        updated: accepted rows that changed something already known.
        orders, cancelled, guests, customers: distinct orders, those cancelled or returned, those
            without a customer, distinct customers.
        new_customers: those seen for the first time, on any platform of the shop.
        gross, sales: list value of goods, and gross less the shop's own discounts plus shipping;
            both with the sign of the rows, so that returns and book-keeping count as in the file.
        paid, refunded: by and to the customers, over all rows.
        events: that the file tells of, each message once.
        from_, to: first and last day of the orders, spend or events ("from" in JSON).
        currency: of the amounts; empty for none.
        spend: what advertising cost, over all rows of a spend file.
        ignored: headers that no column takes.
        passed_over: sheets or files of the same workbook or archive that no format recognises, and
            lines above the headers.
        mended: rows of quarantine that this file brought back, mended.
        undated: cancellations and refunds without a time of their own, which therefore count from
            the order's own time on.
        strangers: whether a customers file knows none of the shop's customers, which are of another
            platform: then it should be mapped to that platform.
    """

    file: str
    format: str
    encoding: str
    kind: str
    rows_read: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    updated: int = 0
    orders: int = 0
    cancelled: int = 0
    guests: int = 0
    customers: int = 0
    new_customers: int = 0
    gross: Decimal = Decimal(0)
    sales: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    spend: Decimal = Decimal(0)
    events: int = 0
    from_: str | None = None
    to: str | None = None
    currency: str = ""
    ignored: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    mended: int = 0
    undated: int = 0
    strangers: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`; money as numbers."""
        data = asdict(self)
        ordered = {("from" if name == "from_" else name): value for name, value in data.items()}
        return {
            name: _plain(value) if isinstance(value, Decimal) else value
            for name, value in ordered.items()
        }


def _plain(amount: Decimal) -> float | int:
    # JSON has no decimals; a double holds the four places of any shop's totals below 10^11.
    return int(amount) if amount == amount.to_integral_value() else float(amount)
