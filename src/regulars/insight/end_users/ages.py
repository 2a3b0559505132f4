"""Ages of children that a product's name tells: `0-6个月`, `3岁`, `2段`, `100码`, `12-18 months`.

- Ages in months or years, as written.
- Stages of infant formula, by the Chinese standards GB 10765-2021 (to 6 months), GB 10766-2021 (6
  to 12) and GB 10767-2021 (12 to 36); stage 4 is sold from 36 months on.
- Sizes of children's clothes (码, a body height in cm; GB/T 1335.3-2009) by the usual height at an
  age: rough, so each size is given a year or more to either side of one age.

>>> age_in("婴儿奶粉 2段 800g"), age_in("积木 3岁以上"), age_in("女士羊毛衫 M")
((6, 12), (36, 72), None)
"""

from __future__ import annotations

import re

Months = tuple[int, int]

YEAR = 12
_OPEN = 36
"""Months that "from so old on" is taken to reach."""
_OLDEST = 14 * YEAR

_NUMBER = r"(\d{1,2}(?:\.5)?)"
_TO = r"\s*(?:-|~|–|—|～|至|到|to)\s*"
_MONTH = r"\s*(?:个月|月龄|月(?!\d)|months?\b|mos?\b)"
_YEAR_WORD = r"\s*(?:周岁|岁|years?\b|yrs?\b)"
_RANGES = (
    (re.compile(_NUMBER + _MONTH + _TO + _NUMBER + _YEAR_WORD, re.I), 1, YEAR),
    (re.compile(_NUMBER + _TO + _NUMBER + _MONTH, re.I), 1, 1),
    (re.compile(_NUMBER + _YEAR_WORD + "?" + _TO + _NUMBER + _YEAR_WORD, re.I), YEAR, YEAR),
)
_FROM = (
    (re.compile(_NUMBER + _MONTH + r"\s*(?:以上|起|\+)", re.I), 1),
    (re.compile(_NUMBER + _YEAR_WORD + r"\s*(?:以上|起|\+)", re.I), YEAR),
)
_AT = (
    (re.compile(_NUMBER + r"\s*(?:个月|月龄)"), 1),
    (re.compile(_NUMBER + r"\s*(?:周岁|岁)"), YEAR),
)
_STAGES = re.compile(r"([1-4一二三四])\s*段")
_BY_STAGE: dict[str, Months] = {
    "1": (0, 6), "一": (0, 6), "2": (6, 12), "二": (6, 12),
    "3": (12, 36), "三": (12, 36), "4": (36, 72), "四": (36, 72),
}  # fmt: skip
_SIZE = re.compile(r"(?<!\d)(\d{2,3})\s*(?:码|cm)", re.I)
_BY_SIZE: dict[int, Months] = {
    52: (0, 3), 59: (0, 6), 66: (3, 9), 73: (6, 12), 80: (9, 24), 90: (18, 36), 100: (30, 48),
    110: (42, 66), 120: (60, 84), 130: (78, 108), 140: (102, 132), 150: (126, 156),
}  # fmt: skip
_MAYBE = re.compile(r"岁|月|段|码|cm|month|year|yr|\bmos?\b", re.I)


def age_in(text: str) -> Months | None:
    """The months of age from and to which a name speaks of; None where it speaks of none.

    >>> age_in("纸尿裤 6-12个月"), age_in("Romper 6-12 months"), age_in("童装 110码")
    ((6, 12), (6, 12), (42, 66))
    >>> age_in("6个月-3岁 益智玩具"), age_in("中老年 50岁"), age_in("保质期12个月")
    ((6, 36), None, None)
    """
    if not _MAYBE.search(text):
        return None
    text = re.sub(r"(?:保质期|质保|保修)\s*[:：]?\s*\d+\s*(?:个月|月|年)", "", text)
    return _range(text) or _open(text) or _stage(text) or _size(text)


def _range(text: str) -> Months | None:
    for pattern, low_unit, high_unit in _RANGES:
        found = pattern.search(text)
        if found:
            low, high = float(found[1]) * low_unit, float(found[2]) * high_unit
            if low < high <= _OLDEST:
                return int(low), int(high)
    return None


def _open(text: str) -> Months | None:
    for pattern, unit in _FROM:
        found = pattern.search(text)
        if found and float(found[1]) * unit < _OLDEST:
            start = int(float(found[1]) * unit)
            return start, start + _OPEN
    for pattern, unit in _AT:
        found = pattern.search(text)
        if found and float(found[1]) * unit < _OLDEST:
            start = int(float(found[1]) * unit)
            return start, start + (YEAR if unit == YEAR else 1)
    return None


def _stage(text: str) -> Months | None:
    found = _STAGES.search(text)
    return _BY_STAGE[found[1]] if found else None


def _size(text: str) -> Months | None:
    found = _SIZE.search(text)
    return _BY_SIZE.get(int(found[1])) if found else None
