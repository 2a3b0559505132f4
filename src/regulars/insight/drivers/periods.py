"""Which period is held against which: by calendar month, or by a number of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from regulars.errors import CannotTell, UnknownValue, Where
from regulars.insight.drivers.totals import Period, months, span
from regulars.insight.months import last_whole_month, month_number
from regulars.insight.picture import View

PREVIOUS, YEAR = "previous", "year"
AGAINST = ("both", PREVIOUS, YEAR)
_YEAR_DAYS = 364
"""52 weeks: the same weekdays a year before."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two periods.

    Attributes:
        compared: previous or year: what the period is held against.
        before, after: what was bought in them.
        opened: the day on which the shop's data begin.
    """

    compared: str
    before: Period
    after: Period
    opened: date

    @property
    def cut(self) -> bool:
        """The data begin within the earlier period."""
        return self.opened > self.before.start

    @property
    def young(self) -> bool:
        """The data begin less than a year before the earlier period."""
        return self.opened > self.before.start - timedelta(days=_YEAR_DAYS)


def by_month(
    periods: list[Period], view: View, month: str | None, against: str
) -> list[Comparison]:
    """The month, by default the last that has ended, against the one before and a year before.

    Args:
        periods: all months of the shop.
        view: whose day decides which months have ended.
        month: YYYY-MM.
        against: of `AGAINST`.

    Raises:
        UnknownValue: there is no such month.
        CannotTell: it has not ended or nothing lies before it.
    """
    by_number = {month_number(one.start): one for one in periods}
    last = last_whole_month(view.as_of)
    number = last if month is None else _month(month)
    if number > last:
        raise CannotTell(
            f"{_name(number)} has not ended by {view.as_of}",
            todo="compare a month that has ended, or the last days with --days",
        )
    if number not in by_number or number - 1 not in by_number:
        raise CannotTell(
            f"no month lies before {_name(number)} in the data",
            todo="it takes two whole months, or --days for a shorter span",
        )
    opened = _opened(view)
    wanted = {PREVIOUS: number - 1, YEAR: number - 12}
    return [
        Comparison(name, by_number[other], by_number[number], opened)
        for name, other in wanted.items()
        if against in ("both", name) and other in by_number
    ]


def by_days(view: View, days: int, against: str) -> list[Comparison]:
    """The last days against as many before them, and as many 52 weeks before.

    Raises:
        CannotTell: the data do not reach back so far.
    """
    end = view.as_of
    start = end - timedelta(days=days - 1)
    opened = _opened(view)
    wanted = {PREVIOUS: days, YEAR: _YEAR_DAYS}
    known = {
        name: back
        for name, back in wanted.items()
        if against in ("both", name) and end - timedelta(days=back) >= opened
    }
    if not known:
        raise CannotTell(
            f"the data do not reach back to what {days} days could be held against",
            todo="ask for fewer days",
        )
    after = span(view, start, end)
    return [
        Comparison(
            name,
            span(view, start - timedelta(days=back), end - timedelta(days=back)),
            after,
            opened,
        )
        for name, back in known.items()
    ]


def comparisons(
    view: View, periods: list[Period], days: int | None, month: str | None, against: str
) -> list[Comparison]:
    """What the options ask for; the first is told first.

    Raises:
        UnknownValue: an option has a value that it cannot have.
        CannotTell: there is nothing to compare with.
    """
    if against not in AGAINST:
        raise UnknownValue.of("comparison", against, list(AGAINST))
    if days is not None and month is not None:
        raise UnknownValue(
            "days and month were both given", todo="ask for a month or for a number of days"
        )
    if days is not None and not 1 <= days <= _YEAR_DAYS:
        raise UnknownValue(
            "days lie between 1 and 364", where=Where(column="days", value=str(days))
        )
    found = (
        by_days(view, days, against)
        if days is not None
        else by_month(periods, view, month, against)
    )
    if not found:
        raise CannotTell(
            "the data do not reach back a year", todo="compare with the period before: previous"
        )
    return found


def whole_months(periods: list[Period], as_of: date) -> list[Period]:
    """Those that have ended."""
    return [one for one in periods if one.end <= as_of]


def read_months(view: View) -> list[Period]:
    """All months of the shop.

    Raises:
        CannotTell: nothing was bought yet.
    """
    periods = months(view)
    if not periods:
        raise CannotTell("nothing was bought yet", todo="import orders first")
    return periods


def _opened(view: View) -> date:
    """The day of the first purchase; there is one where there are months."""
    purchases = view.relation("purchases")
    row = view.run(purchases.agg(opened=purchases.day.min())).to_pylist()[0]
    opened: date = row["opened"]
    return opened


def _month(text: str) -> int:
    year, _, month = text.partition("-")
    if not (len(year) == 4 and len(month) == 2 and (year + month).isdecimal()):
        raise UnknownValue(f"{text!r} is no month", todo="write it as YYYY-MM, such as 2026-03")
    if not 1 <= int(month) <= 12:
        raise UnknownValue(f"{text!r} is no month", todo="months run from 01 to 12")
    return int(year) * 12 + int(month) - 1


def _first(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _name(number: int) -> str:
    return f"{_first(number):%Y-%m}"
