"""The size of a pack, read from the words of a variant or a title.

Weight is told in grams, volume in millilitres, what is neither in pieces. `×6`, `*6`, `6x` and
`6瓶装` beside a size multiply it; sizes joined by `+` add up. Words that tell two sizes which do
not belong together tell none: a wrong unit price is worse than none.

>>> read_size("抽纸 100抽×24包"), read_size("洗衣液 ２ｋｇ*3瓶"), read_size("6 x 330ml")
(Size(kind='piece', amount=2400.0), Size(kind='g', amount=6000.0), Size(kind='ml', amount=1980.0))
>>> read_size("爽肤水200ml+乳液100ml"), read_size("14.5 OZ").label, read_size("面霜50g 眼霜15ml")
(Size(kind='ml', amount=300.0), '411.1 g', None)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

PER = {"g": 100.0, "ml": 100.0, "piece": 1.0}
"""A unit price is of so much: 100 g, 100 ml, a piece."""

# US customary: avoirdupois ounce and pound, US liquid measures (NIST Handbook 44, appendix C).
_UNITS = {
    "g": (("g", "gm", "gram", "grams", "克"), 1.0),
    "kg": (("kg", "kgs", "千克", "公斤"), 1000.0),
    "斤": (("斤",), 500.0),
    "oz": (("oz", "ounce", "ounces", "盎司"), 28.349523125),
    "lb": (("lb", "lbs", "pound", "pounds", "磅"), 453.59237),
    "ml": (("ml", "mls", "毫升"), 1.0),
    "cl": (("cl",), 10.0),
    "l": (("l", "lt", "ltr", "liter", "liters", "litre", "litres", "升"), 1000.0),
    "fl oz": (("fl oz", "fl. oz", "fl.oz", "floz"), 29.5735295625),
    "pt": (("pt", "pint", "pints"), 473.176473),
    "qt": (("qt", "quart", "quarts"), 946.352946),
    "gal": (("gal", "ga", "gallon", "gallons"), 3785.411784),
}
_WEIGHTS = {"g", "kg", "斤", "oz", "lb"}
_MEASURE = {
    word: ("g" if unit in _WEIGHTS else "ml", factor)
    for unit, (words, factor) in _UNITS.items()
    for word in words
}
_PIECES = (
    "片", "枚", "只", "个", "包", "支", "粒", "袋", "瓶", "盒", "罐", "卷", "抽", "条", "块", "张",
    "双", "件", "套", "颗", "听", "提", "箱", "桶", "对", "根",
    "ct", "count", "pcs", "pc", "pieces", "pk", "pack", "packs", "rolls", "sheets", "tablets",
    "loads",
)  # fmt: skip
_OUTER = (
    "只",
    "个",
    "包",
    "支",
    "袋",
    "瓶",
    "盒",
    "罐",
    "卷",
    "条",
    "块",
    "双",
    "件",
    "听",
    "提",
    "箱",
    "桶",
)
_CHINESE = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "八": 8, "十": 10}


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NUMBER = r"(?:(?:\d+/)?(?:\d+(?:\.\d+)?|\.\d+))"
_END = r"(?![a-wyz]|x(?!\d))"
_TIMES = r"\s*[x*×✕]\s*"
_PIECE = rf"(?:{_either(_PIECES)}){_END}(?<!套(?=装))(?!套)"
# 5g is a network, 3l a size of clothes.
_NOT_A_SIZE = r"(?!\s*(?:手机|网|全网|版|路由|流量|wifi|码|号))"
_SIZE = re.compile(
    rf"(?:(?<![\d.a-z])(?P<before>\d+)(?:\s*{_PIECE})?{_TIMES})?"
    # Nappies tell their size before their number: NB84片, XL42片.
    rf"(?:(?<![\d./a-z-])|(?<=nb)|(?<=[sml]))(?P<number>{_NUMBER})\s*-?\s*"
    rf"(?:(?P<measure>{_either(_MEASURE)}){_END}{_NOT_A_SIZE}|(?P<piece>{_PIECE}))"
    rf"(?P<more>(?:{_TIMES}\d+(?:\s*{_PIECE})?|\s*/\s*{_PIECE})*)"
)
_PACK = re.compile(
    rf"(?<![\d.a-z-])(?P<number>\d+|[{''.join(_CHINESE)}])\s*(?:{_either(_OUTER)}|连)\s*装"
    rf"|(?<![\d.a-z])(?P<english>\d+)[\s-]*(?:pk|pack|packs){_END}"
)
_GIFT = re.compile(r"赠|送")
_SET = re.compile(r"套装|套组|套盒|礼盒|组合|\bset\b|\bkit\b")
_CHOICE = re.compile(r"\s*/\s*\d")
_TAIL = re.compile(rf"{_TIMES}(\d+)")
_FRACTIONS = {("1", "2"), ("1", "3"), ("2", "3"), ("1", "4"), ("3", "4")}
_MOST = {"g": 200_000.0, "ml": 200_000.0, "piece": 100_000.0}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is in a pack: grams, millilitres or pieces."""

    kind: str
    amount: float

    @property
    def label(self) -> str:
        """For people: `500 g`, `1.5 L`, `24 pieces`."""
        if self.kind == "piece":
            return f"{self.amount:g} " + ("piece" if self.amount == 1 else "pieces")
        if self.amount >= 1000:
            return f"{self.amount / 1000:.5g} " + ("kg" if self.kind == "g" else "L")
        return f"{self.amount:.4g} {self.kind}"


def size_of(variant: str | None, title: str | None) -> Size | None:
    """The size that the variant tells, else the title; None where neither does."""
    told = read_size(variant) if variant else None
    return told or (read_size(title) if title else None)


@lru_cache(maxsize=1 << 16)
def read_size(text: str) -> Size | None:
    """The size told by these words; None where they tell none, or several apart."""
    plain = unicodedata.normalize("NFKC", text).lower()
    # What comes free with it is not in the pack.
    bought = _GIFT.split(plain, maxsplit=1)[0]
    return _read(bought) or _read(plain) if bought != plain else _read(plain)


def _read(plain: str) -> Size | None:
    found = list(_SIZE.finditer(plain))
    measures = [one for one in found if one["measure"]]
    packs = _packs(plain)
    if measures:
        size = _together(plain, measures)
        # One size in a set of several things is the size of one of them.
        if len(measures) == 1 and _SET.search(plain):
            return None
        # Pieces that stand apart from a size multiply it: "500g 3件装".
        if size is not None and len(measures) == 1 and not _multiplied(measures[0]):
            size = Size(size.kind, size.amount * packs)
    else:
        size = _pieces(found, packs)
    if size is None or not 0 < size.amount <= _MOST[size.kind]:
        return None
    return size


def _together(text: str, measures: list[re.Match[str]]) -> Size | None:
    """One size, the sum of sizes joined by `+`, or a size told twice."""
    sizes = [_amount(one) for one in measures]
    if _CHOICE.match(text, measures[-1].end()) or any(size is None for size in sizes):
        return None
    if len({size.kind for size in sizes if size}) > 1:
        return None
    known = [size for size in sizes if size is not None]
    if len({size.amount for size in known}) == 1 and "+" not in text:
        return known[0]
    between = [text[one.end() : other.start()] for one, other in pairwise(measures)]
    if all("+" in words for words in between):
        return Size(known[0].kind, sum(size.amount for size in known))
    return None


def _amount(found: re.Match[str]) -> Size | None:
    number = _value(found["number"])
    if number is None:
        return None
    kind, factor = _MEASURE[found["measure"]] if found["measure"] else ("piece", 1.0)
    times = float(found["before"] or 1)
    for count in _TAIL.findall(found["more"] or ""):
        times *= float(count)
    return Size(kind, number * factor * times)


def _multiplied(found: re.Match[str]) -> bool:
    return bool(found["before"] or _TAIL.search(found["more"] or ""))


def _value(text: str) -> float | None:
    above, _, below = text.rpartition("/")
    if not above:
        return float(below)
    # 1/2 gal is a half, 6/12 oz is six of twelve.
    if (above, below) in _FRACTIONS:
        return float(above) / float(below)
    return float(above) * float(below) if float(above) > 1 else None


def _packs(text: str) -> float:
    found = _PACK.search(text)
    if found is None:
        return 1.0
    told = found["number"] or found["english"]
    return float(_CHINESE.get(told) or told)


def _pieces(found: list[re.Match[str]], packs: float) -> Size | None:
    if len(found) == 1:
        return _amount(found[0])
    if not found:
        return Size("piece", packs) if packs > 1 else None
    sizes = [_amount(one) for one in found]
    # "24片 3包": the sheets of a bag, then the bags. More than two tell too much.
    if len(sizes) == 2 and all(sizes) and not any(_multiplied(one) for one in found):
        first, second = (size.amount for size in sizes if size)
        return Size("piece", first * second)
    return None
