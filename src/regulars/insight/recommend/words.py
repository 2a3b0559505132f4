"""The reason of each row in words, for whole columns at once; a row's own facts and no more.

>>> rows = pa.table({"reason": ["replenish"], "because": pa.array([None], pa.string()),
...     "support": pa.array([None], pa.int64()), "base": pa.array([None], pa.int64()),
...     "times": [4], "gap_days": [28.2], "age_days": [30]})
>>> words(rows, "en").to_pylist()
['bought every 28 days, last 30 days ago']
>>> words(rows, "zh").to_pylist()
['每 28 天左右买一次，距上次已 30 天']
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.insight.recommend.ranking import Reason

Language = Literal["zh", "en"]


def words(rows: pa.Table, language: Language) -> pa.Array:
    """One sentence per row.

    Args:
        rows: `reason, because, support, base, times, gap_days, age_days`, as `ranking.explained`
            gives them.
        language: zh or en.
    """
    facts = {name: rows[name].combine_chunks() for name in _FACTS}
    shown = {
        "because": facts["because"],
        "gap": _whole(facts["gap_days"]),
        **{name: facts[name].cast(pa.string()) for name in ("support", "base", "age_days")},
    }
    told: pa.Array = pa.nulls(rows.num_rows, pa.string())
    once = pc.fill_null(pc.less(facts["times"], 2), True)
    counted = pc.fill_null(pc.greater(facts["support"], 0), False)
    for reason, (plain, other) in _WORDS[language].items():
        here = pc.equal(facts["reason"], str(reason))
        # Each reason has its words, and those for where the fact they rest on is missing.
        lacks = pc.invert(counted) if reason in _COUNTED else once
        told = pc.if_else(pc.and_(here, pc.invert(lacks)), _filled(plain, shown), told)
        told = pc.if_else(pc.and_(here, lacks), _filled(other, shown), told)
    return told


_FACTS = ("reason", "because", "support", "base", "times", "gap_days", "age_days")
_COUNTED = (Reason.NEXT_AFTER, Reason.GOES_WITH, Reason.NEXT_BAND)

_WORDS: dict[str, dict[Reason, tuple[str, str]]] = {
    "en": {
        Reason.REPLENISH: (
            "bought every {gap} days, last {age_days} days ago",
            "bought once, {age_days} days ago",
        ),
        Reason.CATEGORY_DUE: (
            "buys {because} every {gap} days, last {age_days} days ago",
            "bought {because} once, {age_days} days ago",
        ),
        Reason.NEXT_AFTER: (
            "people who bought {because} often take it next ({support} of {base})",
            "people who bought {because} often take it next",
        ),
        Reason.GOES_WITH: (
            "goes with {because} in the basket ({support} of {base})",
            "goes with {because} in the basket",
        ),
        Reason.NEXT_BAND: (
            "one band up from what is usually bought in {because}"
            " ({support} of {base} purchases moved up)",
            "one band up from what is usually bought in {because}",
        ),
        Reason.LIKED: ("new, and well liked by customers of the same kind",) * 2,
        Reason.POPULAR: ("new, and sells best in the shop now",) * 2,
    },
    "zh": {
        Reason.REPLENISH: (
            "每 {gap} 天左右买一次，距上次已 {age_days} 天",
            "买过 1 次，距上次已 {age_days} 天",
        ),
        Reason.CATEGORY_DUE: (
            "每 {gap} 天左右买一次{because}，距上次已 {age_days} 天",
            "买过 1 次{because}，距上次已 {age_days} 天",
        ),
        Reason.NEXT_AFTER: (
            "买过{because}的顾客下一单常买（{base} 人中 {support} 人）",
            "买过{because}的顾客下一单常买",
        ),
        Reason.GOES_WITH: (
            "常与{because}一起买（{base} 人中 {support} 人）",
            "常与{because}一起买",
        ),
        Reason.NEXT_BAND: (
            "比常买的{because}高一个价位（{base} 次复购中 {support} 次升档）",
            "比常买的{because}高一个价位",
        ),
        Reason.LIKED: ("没买过，同类顾客中受欢迎",) * 2,
        Reason.POPULAR: ("没买过，店内近期热销",) * 2,
    },
}


def _whole(days: pa.Array) -> pa.Array:
    numbers = np.rint(days.fill_null(0).to_numpy(zero_copy_only=False)).astype(np.int64)
    return pa.array(np.maximum(numbers, 1)).cast(pa.string())


def _filled(template: str, shown: dict[str, pa.Array]) -> pa.Array | pa.Scalar:
    parts: list[pa.Array | pa.Scalar] = []
    for piece in template.split("{"):
        name, closed, rest = piece.partition("}")
        if closed:
            parts.append(pc.fill_null(shown[name], ""))
            parts.append(pa.scalar(rest))
        else:
            parts.append(pa.scalar(name))
    if all(isinstance(part, pa.Scalar) for part in parts):
        return pa.scalar("".join(part.as_py() for part in parts))
    return pc.binary_join_element_wise(*parts, "")
