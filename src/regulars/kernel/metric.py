"""The registry of metrics: one definition per number, in both languages.

Screens, CLI, report and documents take name, formula, unit, grain and caveat from here, and the
code that computes a number names the metric it computes. The definitions themselves stand in
`kernel/metrics/`, a file an area.

>>> METRICS["average_order_value"].zh
'笔单价'
>>> METRICS["average_order_value"].formula
'paid less refunded / orders'
"""

from __future__ import annotations

from dataclasses import dataclass

from regulars.kernel.metrics import DEFINITIONS


@dataclass(frozen=True, slots=True)
class Metric:
    """The definition of one number."""

    key: str
    en: str
    zh: str
    formula: str
    formula_zh: str
    unit: str
    """customers, orders, money, share, days, index, count."""
    grain: str
    """What one value stands for: shop, month, customer, group, cohort x month, play."""
    caveat: str = ""
    caveat_zh: str = ""
    golden: str = ""
    """The test that holds its golden number: `tests/…/test_x.py::test_name`."""

    def name(self, language: str) -> str:
        """The name in `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    def definition(self, language: str) -> str:
        """Formula and caveat in `zh` or `en`."""
        parts = (
            (self.formula_zh, self.caveat_zh) if language == "zh" else (self.formula, self.caveat)
        )
        return ("。" if language == "zh" else ". ").join(part for part in parts if part)


METRICS: dict[str, Metric] = {entry["key"]: Metric(**entry) for entry in DEFINITIONS}
"""Every metric by its key."""
