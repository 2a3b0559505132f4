"""One row of the registry."""

from __future__ import annotations

_FIELDS = (
    "key", "en", "zh", "formula", "formula_zh", "unit", "grain", "caveat", "caveat_zh", "golden",
)  # fmt: skip


def entry(*words: str, golden: str = "") -> dict[str, str]:
    """The fields of a `Metric` in its order; `golden` names the test that holds its golden number.

    >>> entry("buyers", "Buyers", "购买用户数", "who bought", "购买者", "customers", "shop")["unit"]
    'customers'
    """
    return dict(zip(_FIELDS, words, strict=False)) | ({"golden": golden} if golden else {})
