"""When a server looks again at what is to be given, and how far back.

A whole pass is done once at the start and once after each night; in between, one of the last days
follows whatever came in, and one an hour whatever time alone has brought about (waits that are
over). After a pass of more than five seconds nothing is done for three times what it took longer,
so that a large shop's machine has time for what is asked of it.

>>> pace = Pace("Asia/Shanghai", every=60)
>>> pace.due(0.0, "a")
'whole'
>>> pace.did("whole", 0.0, "a", seconds=79)
>>> pace.due(300.0, "b"), pace.due(302.0, "b"), pace.due(302.0, "a"), pace.due(3_700.0, "a")
(None, 'recent', None, 'recent')
>>> pace.failed(302.0), pace.failed(400.0), pace.due(450.0, "b"), pace.due(600.0, "b")
(60.0, 120.0, None, 'recent')
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Pass = Literal["whole", "recent"]

NIGHT = time(4)
"""Of the shop's clock: the day before is over then, and few ask for anything."""
_FREE = 5.0
_REST = 3
_AT_LEAST_EVERY = 3600.0
_LONGEST_REST = 600.0


@dataclass(slots=True)
class Pace:
    """What was done last, and what follows from it.

    Times are seconds since 1970.

    Attributes:
        zone: the shop's time zone.
        every: seconds between two looks.
    """

    zone: str
    every: float
    _seen: str | None = None
    _whole_at: float | None = None
    _last_at: float = 0.0
    _rests_until: float = 0.0
    _failures: int = 0

    def due(self, now: float, news: str) -> Pass | None:
        """What is to be done now; None: nothing.

        Args:
            now: the present instant.
            news: another text whenever something has come in.
        """
        if now < self._rests_until:
            return None
        if self._whole_at is None or self._whole_at < last_night(now, self.zone):
            return "whole"
        return "recent" if news != self._seen or now - self._last_at >= _AT_LEAST_EVERY else None

    def did(self, what: Pass, now: float, news: str, seconds: float) -> None:
        """It was done.

        Args:
            what: of both.
            now: when it began.
            news: as it was before it looked at anything.
            seconds: that it took.
        """
        if what == "whole":
            self._whole_at = now
        self._seen, self._last_at, self._failures = news, now, 0
        self._rests_until = now + seconds + _REST * max(0.0, seconds - _FREE)

    def failed(self, now: float) -> float:
        """It could not be done; the seconds for which it is left alone come back."""
        self._failures += 1
        doubled: int = 2 ** min(self._failures - 1, 20)
        rest = min(_LONGEST_REST, max(float(self.every), 1.0) * doubled)
        self._rests_until = now + rest
        return rest


def last_night(now: float, zone: str) -> float:
    """The latest end of a night.

    >>> at = datetime(2026, 3, 2, 3, 59, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    >>> [datetime.fromtimestamp(last_night(one, "Asia/Shanghai"), UTC).isoformat()
    ...  for one in (at, at + 60)]
    ['2026-02-28T20:00:00+00:00', '2026-03-01T20:00:00+00:00']
    """
    there = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone))
    day = there.date() if there.time() >= NIGHT else there.date() - timedelta(days=1)
    return datetime.combine(day, NIGHT, ZoneInfo(zone)).timestamp()
