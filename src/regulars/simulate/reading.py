"""What is read, asked and shared in visits.

What is read is drawn given whether an order follows: read likelier there by a factor, it leaves the
traces of something that makes orders likelier, and what has the factor 1 those of something that
does not, however often good customers read it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.simulate.rhythm import Bools, Ints
from regulars.simulate.streams import stream
from regulars.simulate.visits import Visits
from regulars.simulate.worlds import World


@dataclass(frozen=True, slots=True)
class Read:
    """One entry per visit.

    Attributes:
        articles: which are read, shape (visits, articles).
        question: that comes up; -1 for none.
        found: whether its page is read.
        asked: whether it is asked.
        again: whether it is asked once more in the days after.
        shared: whether a product is shared.
    """

    articles: Bools
    question: Ints
    found: Bools
    asked: Bools
    again: Bools
    shared: Bools


def draw_reading(world: World, visits: Visits, *, seed: int, block: int) -> Read:
    """What is read, asked and shared in each visit."""
    random = stream(seed, "reading", block)
    browsing, count = world.browsing, len(visits)
    articles = np.zeros((count, len(browsing.articles)), dtype=np.bool_)
    for place, article in enumerate(browsing.articles):
        chance = np.array(article.read)[visits.stage]
        factor = np.where(visits.follows, np.array(article.factor)[visits.stage], 1.0)
        articles[:, place] = random.random(count) < chance * factor

    arises, which, finds, asks, again, shares = random.random((6, count))
    edges = np.cumsum([one.share for one in browsing.questions])[:-1]
    question = np.searchsorted(edges, which, side="right")
    question = np.where((arises < browsing.wonders) & bool(browsing.questions), question, -1)
    has_page = np.array([*(one.has_page for one in browsing.questions), False])
    found = has_page[question] & (finds < browsing.finds)
    asked = (question >= 0) & (~found | (asks < browsing.still_asks))
    share = np.where(visits.order >= 0, *browsing.shares)
    return Read(
        articles, question, found, asked, asked & (again < browsing.asks_again), shares < share
    )
