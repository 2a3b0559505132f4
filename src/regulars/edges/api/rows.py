"""A customer's history as plain data, the same for `--json` and for HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from regulars.timeline.history import Happening, Page

_SHOWN = (
    "at", "kind", "type", "name", "platform", "product_id", "product_name", "category", "order_id",
    "search", "url", "referrer", "source", "medium", "campaign", "connection",
)  # fmt: skip


def page_as_dict(page: Page) -> dict[str, Any]:
    """The page as plain data."""
    return {
        "customer_id": page.customer_id,
        "merged": list(page.merged),
        "rows": [happening_as_dict(row) for row in page.rows],
        "before": page.before,
    }


def happening_as_dict(row: Happening) -> dict[str, Any]:
    """One row as plain data; amounts as numbers."""
    plain: dict[str, Any] = {name: getattr(row, name) for name in _SHOWN}
    plain["words"] = {"en": row.words.en, "zh": row.words.zh}
    for name in ("amount", "quantity"):
        value = getattr(row, name)
        plain[name] = None if value is None else float(value)
    plain["properties"] = None if not row.properties else msgspec.json.decode(row.properties)
    return plain
