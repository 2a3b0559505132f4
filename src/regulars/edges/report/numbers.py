"""Numbers for people: short on the screen, exact one hover away.

>>> short(12_345, "zh"), short(12_345, "en"), short(9_876, "en")
('1.2 万', '12k', '9,876')
>>> money(1_234_567.8, "en", "USD"), money(38.256, "zh", "CNY")
('$1.2M', '¥38.26')
>>> percent(0.0834)
'8.3%'
"""

from __future__ import annotations

from decimal import Decimal

from regulars.kernel.money import format_money

Number = int | float | Decimal

NOTHING = "–"
"""Shown where there is no number: not 0."""

_STEPS = {
    "zh": ((1e8, " 亿"), (1e4, " 万")),
    "en": ((1e9, "B"), (1e6, "M"), (1e4, "k")),
}


def short(value: Number | None, language: str, decimals: int = 0) -> str:
    """A number cut to what the eye takes in: from ten thousand on in 万 and 亿, or k, M and B."""
    if value is None:
        return NOTHING
    number = float(value)
    for step, word in _STEPS[language]:
        if abs(number) >= step:
            # In English the step of a thousand begins at ten thousand, to keep 4 digits exact.
            scaled = number / (1e3 if word == "k" else step)
            return (
                f"{scaled:.0f}{word}"
                if abs(scaled) >= 99.95 or word == "k"
                else (f"{scaled:.1f}{word}")
            )
    return exact(value, decimals)


def exact(value: Number | None, decimals: int = 0) -> str:
    """A number in full, with separators."""
    return NOTHING if value is None else f"{value:,.{decimals}f}"


def symbol(currency: str) -> str:
    """The sign put before an amount: the currency's own, else its code."""
    return format_money(0.0, currency).rstrip("0.")


def money(value: Number | None, language: str, currency: str) -> str:
    """An amount for the eye; below a thousand with its cents."""
    if value is None:
        return NOTHING
    size = abs(float(value))
    sign = "-" if value < 0 else ""
    return sign + symbol(currency) + short(size, language, 2 if size < 1000 else 0)


def exact_money(value: float | Decimal | None, currency: str) -> str:
    """An amount in full."""
    return NOTHING if value is None else format_money(value, currency)


def percent(value: Number | None, decimals: int = 1) -> str:
    """A share as a percentage; what is not quite all or nothing never reads 100% or 0%.

    >>> percent(0.9997), percent(0.0001), percent(1), percent(0.004, 0)
    ('>99.9%', '<0.1%', '100.0%', '<1%')
    """
    if value is None:
        return NOTHING
    share, step = float(value) * 100, 10.0**-decimals
    text = f"{share:.{decimals}f}"
    if share < 100 and float(text) >= 100:
        return f">{100 - step:.{decimals}f}%"
    if share > 0 and float(text) == 0:
        return f"<{step:.{decimals}f}%"
    return f"{text}%"


def signed_percent(value: Number, decimals: int = 0) -> str:
    """A difference as a percentage with its sign.

    >>> signed_percent(0.248), signed_percent(-0.517), signed_percent(0.001)
    ('+25%', '-52%', '0%')
    """
    text = f"{float(value) * 100:+.{decimals}f}%"
    return text.lstrip("+-") if float(text.rstrip("%")) == 0 else text
