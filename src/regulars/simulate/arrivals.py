"""When new customers come, by source, and what advertising for them cost each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from regulars.simulate.rhythm import Floats, Ints, everyday, festival_days
from regulars.simulate.streams import stream
from regulars.simulate.worlds import World

_COST_PER_CLICK, _CLICK_SHARE = 1.2, 0.018
_DAILY_NOISE = 0.12


@dataclass(frozen=True, slots=True)
class Arrivals:
    """New customers as expected, by channel and day.

    Attributes:
        cumulated: share of a channel's customers that came by the end of each day, from 0 to 1,
            shape (channels + 1, days + 1); the last row is that of festival-only customers.
    """

    cumulated: Floats

    def draw(self, channel: Ints, festival_only: np.ndarray, quantile: Floats) -> Floats:
        """The times (days) at which customers come whose place in their channel is `quantile`."""
        days = self.cumulated.shape[1] - 1
        row = np.where(festival_only, len(self.cumulated) - 1, channel)
        shift = 2.0 * row
        ends = (self.cumulated + 2.0 * np.arange(len(self.cumulated))[:, None]).ravel()
        times = np.tile(np.arange(days + 1.0), len(self.cumulated))
        found = np.interp(quantile + shift, ends, times)
        return np.asarray(np.minimum(found, np.nextafter(days, 0)))


def expected_arrivals(world: World, seed: int, start: date, days: int) -> Arrivals:
    """How new customers spread over the days: growth, weekday, festivals and noise by channel."""
    random = stream(seed, "arrivals")
    festival = festival_days(start, days)
    base = everyday(start, days) * (1 + world.growth) ** (np.arange(days) / 365.25)
    base = base * np.where(festival, world.festivals.newcomers, 1.0)
    noise = 1 + _DAILY_NOISE * random.uniform(-1.7, 1.7, (len(world.channels), days))
    rows = [base * each for each in noise]
    # A shop that never sees a festival meets its bargain hunters on any day.
    rows.append(festival.astype(float) if festival.any() else base)
    cumulated = np.zeros((len(rows), days + 1))
    cumulated[:, 1:] = np.cumsum(rows, axis=1)
    return Arrivals(cumulated / cumulated[:, -1:])


def spend_rows(
    world: World, seed: int, arrivals: Arrivals, customers: int
) -> dict[str, list[object]]:
    """Advertising by day and paid source: spend in fen, impressions, clicks.

    Expected new customers of the day times the channel's cost of one, with a tenth of noise: what
    is spent today brings today's customers.
    """
    random = stream(seed, "spend")
    rows: dict[str, list[object]] = {
        name: [] for name in ("day", "source", "campaign", "spend", "impressions", "clicks")
    }
    daily = np.diff(arrivals.cumulated, axis=1)
    for place, channel in enumerate(world.channels):
        noise = random.uniform(0.85, 1.15, (3, daily.shape[1]))
        if not channel.cost:
            continue
        yuan = daily[place] * channel.share * customers * channel.cost * noise[0]
        clicks = np.round(yuan / _COST_PER_CLICK * noise[1])
        rows["day"] += list(range(daily.shape[1]))
        rows["source"] += [channel.name] * daily.shape[1]
        rows["campaign"] += [channel.campaign] * daily.shape[1]
        rows["spend"] += np.round(yuan * 100).astype(np.int64).tolist()
        rows["clicks"] += clicks.astype(np.int64).tolist()
        shown = np.maximum(np.round(clicks / _CLICK_SHARE * noise[2]), clicks)
        rows["impressions"] += shown.astype(np.int64).tolist()
    return rows
