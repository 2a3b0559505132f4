"""Lifetime models of the shop: fitted and judged as of a day, told as a card."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from regulars.kernel.clock import day_number, from_day_number

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.lifetime.fitting import Fitted
    from regulars.lifetime.model_choice import HoldOut, Judged, ModelCard


def lifetime_card(warehouse: Warehouse, home: Home, until: date | None = None) -> ModelCard:
    """Fit and judge the lifetime models on purchases known at the end of a day.

    Args:
        warehouse: of the home; its tables are made anew where landing has grown.
        home: the shop.
        until: the day; the last one that the data know of if not given.

    Raises:
        NotUnderstood: no orders have come in yet.
    """
    import pyarrow as pa

    from regulars.app.as_of import refresh, view_of
    from regulars.lifetime.model_choice import choose_model
    from regulars.people.purchases import days_with_purchases

    view = view_of(home, until, None)
    refresh(warehouse, home)
    bought = warehouse.sql(days_with_purchases(view))
    card, _ = choose_model(
        bought["customer_id"].to_numpy(),
        bought["day"].cast(pa.int32()).to_numpy(),
        day_number(view.day),
        bought["net"].cast(pa.float64()).to_numpy(),
    )
    return card


def card_as_dict(card: ModelCard) -> dict[str, Any]:
    """The card as plain data: dates, parameters with errors, what was judged and how."""
    return {
        "data": {
            "first_day": from_day_number(card.first_day).isoformat(),
            "until": from_day_number(card.until).isoformat(),
            "hold_out_from": None
            if card.split is None
            else from_day_number(card.split + 1).isoformat(),
            "customers": card.customers,
            "repeat_customers": card.repeaters,
            "purchase_days": card.purchases,
            "unit_days": card.unit,
        },
        "chosen": card.chosen,
        "models": {one.name: _judged(one) for one in card.models},
        "spend": {"model": "Gamma-Gamma", **_fitted(card.spend, card.spend_cannot_tell)},
    }


def _judged(one: Judged) -> dict[str, Any]:
    return {
        **_fitted(one.fitted, one.cannot_tell),
        "hold_out": None if one.hold_out is None else _hold_out(one.hold_out),
    }


def _fitted(fitted: Fitted | None, cannot_tell: str) -> dict[str, Any]:
    told = {"cannot_tell": cannot_tell or None}
    if fitted is None:
        return told
    interval = fitted.interval().tolist()
    return {
        "parameters": dict(zip(fitted.names, fitted.values.tolist(), strict=True)),
        "standard_errors": dict(zip(fitted.names, fitted.standard_errors.tolist(), strict=True)),
        "intervals_95": dict(zip(fitted.names, interval, strict=True)),
        "log_likelihood": fitted.log_likelihood,
        "customers": int(fitted.customers),
        "left_out": int(fitted.left_out),
        "converged": fitted.converged,
        "how": fitted.message,
        **told,
    }


def _hold_out(held: HoldOut) -> dict[str, Any]:
    actual, expected = held.total
    return {
        "log_likelihood": held.log_likelihood,
        "purchases": {"actual": actual, "expected": expected},
        "by_repeat_purchases": [
            {"repeats": int(x), "customers": int(n), "actual": float(a), "expected": float(e)}
            for x, n, a, e in zip(
                held.repeats, held.customers, held.actual, held.expected, strict=True
            )
        ],
        "calibration": {
            "error": held.chances.error,
            "bins": [
                {"customers": int(n), "chance": float(told), "bought": float(true)}
                for n, told, true in zip(
                    held.chances.customers, held.chances.told, held.chances.bought, strict=True
                )
            ],
        },
    }
