"""How verbs speak to people: in the shop's language, of its money and its days."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from regulars.edges.cli.ledger_verbs import amount_text, time_text
from regulars.errors import UnknownValue
from regulars.kernel.money import exponent, minor_units

if TYPE_CHECKING:
    from regulars.edges.shop import Shop


@dataclass(frozen=True, slots=True)
class Voice:
    """Says things to people.

    >>> voice = Voice("en", "CNY", "Asia/Shanghai")
    >>> voice.say("points", "积分"), voice.money(1250), voice.amount("points", 1250)
    ('points', '¥12.50', '1,250')
    >>> voice.until(1_798_041_600_000_000), voice.until(1_798_041_600_000_001)
    ('to the end of 2026-12-23', 'until 2026-12-24 00:00:00')

    Attributes:
        language: `en` or `zh`.
        currency: of money.
        zone: of days.
    """

    language: str
    currency: str
    zone: str

    @classmethod
    def of(cls, shop: Shop) -> Voice:
        """That of a shop."""
        told = shop.home.settings.shop
        return cls(told.language, told.currency, told.time_zone)

    def say(self, en: str, zh: str) -> str:
        """The one of them that is in the shop's language."""
        return zh if self.language == "zh" else en

    def money(self, amount: int) -> str:
        """An amount of smallest coins."""
        return amount_text(f"money:{self.currency}", amount)

    def amount(self, asset: str, amount: int) -> str:
        """An amount of any asset: money as money, others as a number."""
        return amount_text(asset, amount)

    def of_asset(self, asset: str, amount: int) -> str:
        """The same with its unit: ¥12.50, or 1,250 points."""
        if asset != "points":
            return amount_text(asset, amount)
        return self.say(f"{amount:,} points", f"{amount:,} 积分")

    def until(self, expires_at: int) -> str:
        """Until when something lasts, of which `expires_at` is the first instant too late."""
        moment = datetime.fromtimestamp(expires_at / 1e6, UTC).astimezone(ZoneInfo(self.zone))
        if moment.time() == time():
            day = (moment - timedelta(days=1)).date()
            return self.say(f"to the end of {day}", f"至 {day} 当天")
        told = time_text(expires_at, self.zone)
        return self.say(f"until {told}", f"至 {told}")

    def lasts(self, expires_at: int) -> str:
        """The same of what is good until then."""
        return self.say("", "有效") + self.until(expires_at)

    def listed(self, parts: list[str]) -> str:
        """Parts of a sentence, with commas."""
        return self.say(", ", "，").join(parts)

    def coins(self, what: str, text: str) -> int:
        """Money as people write it, 12.50, in smallest coins.

        >>> Voice("en", "CNY", "UTC").coins("amount", "12.5")
        1250

        Raises:
            UnknownValue: it is no amount, is below 0, or has parts of a coin.
        """
        try:
            amount = Decimal(text)
            if (
                amount.is_finite()
                and amount >= 0
                and amount == round(amount, exponent(self.currency))
            ):
                return minor_units(amount, self.currency)
        except (InvalidOperation, ValueError):
            pass
        raise UnknownValue.of(what, text, [f"money in {self.currency}, as 12.50"])


def many(count: int, noun: str) -> str:
    """So many of something, in English.

    >>> many(1, "gift"), many(1200, "gift")
    ('1 gift', '1,200 gifts')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def padded(text: str, width: int) -> str:
    """The text with spaces behind it; Chinese letters are two wide.

    >>> padded("pot", 5) + "|", padded("运费", 5) + "|"
    ('pot  |', '运费 |')
    """
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return text + " " * max(0, width - len(text) - wide)
