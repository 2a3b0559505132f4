"""Something that a rule sheet has to say about a line of `benefits.toml`.

>>> Finding("coupon.free_basket", "warn", Sentence("It is free.", "免费。"), 7, "coupon spring")
Finding(code='coupon.free_basket', level='warn', sentence=Sentence(en='It is free.', zh='免费。'), \
line=7, subject='coupon spring')
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from regulars.benefit.definition.file import Benefits
from regulars.kernel.money import format_money, from_minor_units
from regulars.kernel.sentence import Sentence

Level = Literal["stop", "warn", "note"]
"""`stop`: not lawful, or without end; `warn`: likely not meant; `note`: to be known."""
LEVELS: tuple[Level, ...] = ("stop", "warn", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Attributes:
        code: stable, for programs.
        level: how grave it is.
        sentence: what it is, in both languages.
        line: of the file.
        subject: kind and name of what it is about; "" of the whole.
    """

    code: str
    level: Level
    sentence: Sentence
    line: int | None
    subject: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "code": self.code,
            "level": self.level,
            "subject": self.subject,
            "line": self.line,
            "en": self.sentence.en,
            "zh": self.sentence.zh,
        }


def finding(
    benefits: Benefits, code: str, level: Level, at: tuple[str, ...], en: str, zh: str
) -> Finding:
    """A finding about what stands at `at`: kind, name, and the setting's column where one is."""
    kind, name, *column = at if len(at) > 1 else (*at, "")
    subject = f"{kind} {name}".strip()
    said = Sentence(en, zh.replace(" %", "%"))
    return Finding(code, level, said, benefits.line(kind, name, *column), subject)


def money(benefits: Benefits, amount: int) -> str:
    """So many smallest coins, for people."""
    return format_money(from_minor_units(amount, benefits.currency), benefits.currency)


def percent(share: float) -> str:
    """A share, for people; in Chinese the space goes.

    >>> percent(0.0125), percent(0.3)
    ('1.25 %', '30 %')
    """
    return f"{round(share * 100, 2):g} %"
