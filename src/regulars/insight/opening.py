"""Where the data begin, and who is taken for new because of it.

Whoever bought before the data begin and not since has a first purchase in them that is none. It
shows at the beginning: the first month holds more first purchases than any usual one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from regulars.insight.first_order import LEAST, opened
from regulars.insight.months import month_number
from regulars.insight.picture import View
from regulars.kernel.sentence import Sentence

YEAR_DAYS = 364
"""52 weeks."""
_TIMES = 2
"""From so many times the usual newcomers on, the first month holds old customers too."""
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Opening:
    """How the data begin.

    Attributes:
        day: of the first purchase of a known customer.
        first: first purchases in that month.
        usual: the median of the months after it, of those before the as-of month; 0 without any.
        share: of all first purchases, those within the first year.
        customers: who bought.
    """

    day: date
    first: int
    usual: float
    share: float
    customers: int

    @property
    def swollen(self) -> bool:
        """The first month holds more first purchases than newcomers alone would make."""
        return self.usual > 0 and self.first > _TIMES * self.usual


def opening(view: View) -> Opening | None:
    """How the data begin; None where no customer is known."""
    firsts = opened(view.relation("purchases"), view.as_of)
    rows = view.run(
        firsts.group_by("began").agg(first=firsts.opened.min(), customers=firsts.count())
    ).to_pylist()
    if not rows:
        return None
    by_month = {int(row["began"]): int(row["customers"]) for row in rows}
    begins, now = min(by_month), month_number(view.as_of)
    later = [by_month.get(month, 0) for month in range(begins + 1, now)]
    young = sum(count for month, count in by_month.items() if month < begins + 12)
    return Opening(
        min(row["first"] for row in rows),
        by_month[begins],
        float(median(later)) if later else 0.0,
        young / sum(by_month.values()),
        sum(by_month.values()),
    )


def counts_as_new(day: date) -> Sentence:
    """The caution where the data begin a short time before what is told."""
    return Sentence(
        f"The data begin on {day}: who bought before and not since counts as new.",
        f"数据从 {day} 开始：此前买过、其间未买的老客会被算作新客。",
    )


def taken_for_new(view: View, since: date | None = None) -> Iterator[Sentence]:
    """That old customers are among the new, where it weighs.

    Args:
        view: the as-of tables.
        since: the first day on which what is told rests: the caution is due where it lies within
            the first year of data. Without it all customers are told of: it is due where most of
            them first bought within that year, or the first month holds more than twice the usual.
    """
    found = opening(view)
    if found is None or found.customers < LEAST:
        return
    if since is not None:
        if since < found.day + timedelta(days=YEAR_DAYS):
            yield counts_as_new(found.day)
        return
    if found.swollen:
        yield Sentence(
            f"The data begin on {found.day}: who bought before counts as new, and"
            f" {found.day:%Y-%m} has {found.first:,} first purchases where {found.usual:,.0f} a"
            " month are usual.",
            f"数据从 {found.day} 开始：此前买过的老客会被算作新客，{found.day:%Y-%m} 有"
            f" {found.first:,} 位“首购”用户，而平常每月约 {found.usual:,.0f} 位。",
        )
    elif found.share > _HALF:
        yield counts_as_new(found.day)
