"""Exact money: decimals with four places in the warehouse, integer minor units in the ledger.

>>> minor_units(Decimal("12.34"), "CNY")
1234
>>> minor_units(Decimal("12"), "JPY")
12
>>> from_minor_units(1234, "CNY")
Decimal('12.34')
>>> format_money(Decimal("1234.5"), "USD")
'$1,234.50'
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

PLACES = Decimal("0.0001")
"""The grain of money in the warehouse, DECIMAL(18,4)."""

_EXPONENT = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "TND": 3}
_SYMBOL = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "TWD": "NT$"}


def exponent(currency: str) -> int:
    """How many decimal places the currency's smallest coin has (ISO 4217; 2 unless listed)."""
    return _EXPONENT.get(currency, 2)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """The amount rounded half-even to the currency's smallest coin."""
    return amount.quantize(Decimal(1).scaleb(-exponent(currency)), ROUND_HALF_EVEN)


def minor_units(amount: Decimal, currency: str) -> int:
    """The amount in the currency's smallest coin; half a coin rounds to even."""
    return int(round_money(amount, currency).scaleb(exponent(currency)))


def from_minor_units(units: int, currency: str) -> Decimal:
    """The decimal amount of so many smallest coins."""
    return Decimal(units).scaleb(-exponent(currency))


def format_money(amount: Decimal | float, currency: str) -> str:
    """The amount for people, with symbol and thousands separators."""
    value = round_money(Decimal(str(amount)), currency)
    sign = "-" if value < 0 else ""
    symbol = _SYMBOL.get(currency, f"{currency} ")
    return f"{sign}{symbol}{abs(value):,.{exponent(currency)}f}"


def spoken(amount: Decimal | float, currency: str) -> str:
    """The amount as one says it in a sentence: from a hundred on without the smaller coin.

    >>> spoken(Decimal("363255.62"), "CNY"), spoken(-99.5, "CNY"), spoken(1234.5, "JPY")
    ('¥363,256', '-¥99.50', '¥1,234')
    """
    text = format_money(amount, currency)
    if exponent(currency) == 0 or abs(float(amount)) < _WITHOUT_COINS:
        return text
    return format_money(round(amount), currency)[: -exponent(currency) - 1]


_WITHOUT_COINS = 100
