"""What may be asked of the pictures of prices, checked for callers from Python too."""

from __future__ import annotations

from regulars.errors import UnknownValue


def within(name: str, value: int, least: int, most: int) -> None:
    """Nothing, where the number is allowed.

    Raises:
        UnknownValue: it is not.
    """
    if not least <= value <= most:
        raise UnknownValue(
            f"{name} cannot be {value:,}", todo=f"choose a number from {least:,} to {most:,}"
        )
