"""What a plan or a journey wants done: plain data, printed and tested as such, never executed here.

Only delivery turns an intent into something that happens. Each carries a `key` made of what it is
for, so that the same intent decided twice is done once.

>>> from datetime import date
>>> intent = Wait(key="2026-11-11:due:7", customer_id=7, until=date(2026, 11, 14))
>>> intent.until.isoformat()
'2026-11-14'
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Something to be done for one customer."""

    key: str
    """Idempotency key: the same decision has the same key, however often it is made."""
    customer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(Intent):
    """Send one marketing message; consent, quiet hours and caps are judged when it goes out."""

    play: str
    channel: str
    send_on: date
    hour: int
    """Hour of the shop's day, 0-23."""
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantBenefit(Intent):
    """Owe the customer a benefit; `worst_case` is what must stay reserved until it expires."""

    play: str
    kind: str
    offer_zh: str
    offer_en: str
    worst_case: Decimal
    currency: str
    grant_on: date
    valid_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanTask(Intent):
    """Something only a person can do, such as a care call, with the words prepared."""

    play: str
    task: str
    due_on: date
    hour: int
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress(Intent):
    """Leave the customer alone: no marketing message from this day on, until they buy again."""

    play: str
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Intent):
    """Do nothing until the day comes."""

    until: date
