"""What is true of the events, counted while they were drawn: to hold pictures of them against."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from regulars.simulate.browsing import FOLLOWS_WITHIN, LINE_EVENTS
from regulars.simulate.columns import DAY
from regulars.simulate.crowd import SPAN, Crowd
from regulars.simulate.event_columns import MESSAGES
from regulars.simulate.happened import NAMES, Happened
from regulars.simulate.line import NEVER
from regulars.simulate.orders import Sold
from regulars.simulate.reading import Read
from regulars.simulate.rhythm import Bools, Ints
from regulars.simulate.visits import Visits, touches_of
from regulars.simulate.way import ADDED, CHECKOUT, ORDERED, SEARCHED, Ways
from regulars.simulate.worlds import World

STAGES = ("none", "one", "two", "more")
"""Lasting orders so far."""
_LINE = ("seen", *LINE_EVENTS, "first_order", "second_order")
_LOOK_BACK = 30
"""Days before an order within which a visit is a touch of it."""


class EventTruth:
    """The truth of all blocks, summed."""

    def __init__(self, world: World) -> None:
        self._world = world
        sources, articles = len(world.channels), len(world.browsing.articles)
        self._line = np.zeros((sources, len(_LINE)), dtype=np.int64)
        self._buyers = np.zeros(sources, dtype=np.int64)
        self._touches = np.zeros((2, sources + 1), dtype=np.int64)
        self._visits = np.zeros((len(STAGES), 2), dtype=np.int64)
        self._read = np.zeros((articles, len(STAGES), 2), dtype=np.int64)
        self._questions = np.zeros((len(world.browsing.questions), 3), dtype=np.int64)
        self._counts: Counter[str] = Counter()
        self._names = np.zeros(len(NAMES), dtype=np.int64)

    def add(
        self,
        crowd: Crowd,
        sold: Sold,
        visits: Visits,
        read: Read,
        ways: Ways,
        line: Ints,
        asked: Ints,
        events: Happened,
        end: int,
    ) -> None:
        """Add a block.

        Args:
            crowd: who may come.
            sold: their orders.
            visits: of the block.
            read: in them.
            ways: through them.
            line: as of `line.draw_line`.
            asked: as of `afterwards.draw_afterwards`.
            events: all of them.
            end: the first second after the shop's life.
        """
        self._names += np.bincount(events.name, minlength=len(NAMES))
        self._add_line(crowd, line)
        self._touches += touches_of(visits, sold, _LOOK_BACK, self._touches.shape[1])
        for stage in range(len(STAGES)):
            for follows in (False, True):
                these = (visits.stage == stage) & (visits.follows == follows)
                self._visits[stage, int(follows)] += int(these.sum())
                self._read[:, stage, int(follows)] += read.articles[these].sum(axis=0)
        self._add_questions(read)
        self._add_effort(sold, visits, ways, asked, end)

    def _add_line(self, crowd: Crowd, line: Ints) -> None:
        """Who got how far in this order; an order counts after all steps only."""
        come = line[0] < NEVER
        who = np.flatnonzero(come)
        bought = crowd.orders_within(who, np.zeros(len(who), dtype=np.int64), SPAN - 1)
        self._buyers += np.bincount(crowd.channel[who[bought]], minlength=len(self._buyers))
        reached = list(line < NEVER)
        # All orders lie behind the line's steps (`line.draw_line`).
        orders = crowd.orders_before(np.arange(len(crowd)), np.full(len(crowd), SPAN - 1))
        reached += [reached[-1] & (orders >= number) for number in (1, 2)]
        for step, these in enumerate(reached):
            self._line[:, step] += np.bincount(
                crowd.channel[these & come], minlength=len(self._line)
            )

    def _add_questions(self, read: Read) -> None:
        for place in range(len(self._questions)):
            mine = read.question == place
            by_page = mine & read.found & ~read.asked
            self._questions[place] += [mine.sum(), by_page.sum(), (mine & read.asked).sum()]

    def _add_effort(self, sold: Sold, visits: Visits, ways: Ways, asked: Ints, end: int) -> None:
        taken = ways.taken

        def count(name: str, these: Bools) -> None:
            self._counts[name] += int(these.sum())

        searches, adds = taken[:, SEARCHED], taken[:, ADDED]
        count("visits", np.ones(len(visits), dtype=np.bool_))
        count("visits_with_an_order", taken[:, ORDERED])
        count("searches", searches)
        count("searches_without_result", searches & (ways.found == 0))
        count("carts", adds)
        count("carts_without_an_order", adds & ~visits.follows & ~taken[:, ORDERED])
        count("checkouts", taken[:, CHECKOUT])
        count("checkouts_without_an_order", taken[:, CHECKOUT] & ~taken[:, ORDERED])
        back = (asked >= 0) & (sold.closed_at < end)
        count("refunds", back)
        self._counts["refund_seconds"] += int((sold.closed_at - asked)[back].sum())

    def as_dict(self) -> dict[str, Any]:
        """The truth as plain data."""
        sources = [one.name for one in self._world.channels]
        effort: dict[str, float | None] = dict(self._counts)
        refunds, seconds = self._counts["refunds"], effort.pop("refund_seconds", 0) or 0
        effort["refund_days"] = round(seconds / DAY / refunds, 4) if refunds else None
        return {
            "events": dict(zip(NAMES, self._names.tolist(), strict=True)),
            "line": [
                {"source": name, **dict(zip(_LINE, row, strict=True)), "buyers": buyers}
                for name, row, buyers in zip(
                    sources, self._line.tolist(), self._buyers.tolist(), strict=True
                )
            ],
            "touches": {
                "look_back_days": _LOOK_BACK,
                "orders": [
                    {"source": name, "first": first, "last": last}
                    for name, first, last in zip(
                        [*sources, MESSAGES], *self._touches.tolist(), strict=True
                    )
                ],
            },
            "content": {
                "order_within_days": FOLLOWS_WITHIN,
                "articles": [
                    {
                        "path": article.path,
                        "title": article.title,
                        "by_orders_so_far": {
                            stage: self._compared(place, number)
                            for number, stage in enumerate(STAGES)
                        },
                    }
                    for place, article in enumerate(self._world.browsing.articles)
                ],
            },
            "questions": [
                {
                    "question": one.text,
                    "has_page": one.has_page,
                    **dict(zip(("came_up", "answered_by_page", "asked"), row, strict=True)),
                }
                for one, row in zip(
                    self._world.browsing.questions, self._questions.tolist(), strict=True
                )
            ],
            "effort": effort,
        }

    def _compared(self, article: int, stage: int) -> dict[str, object]:
        """Visits in which it was read, and the chance that an order follows, with and without."""
        other, followed = self._visits[stage].tolist()
        other_read, followed_read = self._read[article, stage].tolist()
        read = other_read + followed_read
        rest = other + followed - read
        told = self._world.browsing.articles[article].factor[stage]
        return {
            "visits_with": read,
            "visits_without": rest,
            "chance_with": round(followed_read / read, 6) if read else None,
            "chance_without": round((followed - followed_read) / rest, 6) if rest else None,
            "factor": told,
        }
