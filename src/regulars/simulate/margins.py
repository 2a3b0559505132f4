"""What a purchase is expected to earn: closed forms over the catalogue, in yuan.

Earned is what is paid for goods and kept, less what the goods kept have cost; postage is left out,
since it pays the parcel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from regulars.simulate.catalogue import Catalogue
from regulars.simulate.life import mean_pieces
from regulars.simulate.rhythm import Floats, Ints
from regulars.simulate.worlds import World

BAND_EDGES, BAND_NOISE = (0.1, 1.7), 0.7
"""A score of spend, habit and logistic noise chooses the price band."""

_USUAL_LINES = 2.2


@dataclass(frozen=True, slots=True)
class Margins:
    """Expected earnings of a world's purchases."""

    world: World
    catalogue: Catalogue

    def score(self, spend: Floats, number: Ints) -> Floats:
        """The score that chooses the price band, before its noise."""
        return np.asarray(spend + self.world.basket.trade_up * np.log(number))

    def bands(self, score: Floats) -> Floats:
        """The chances of the three bands, shape (n, 3)."""
        low = expit((BAND_EDGES[0] - score) / BAND_NOISE)
        not_high = expit((BAND_EDGES[1] - score) / BAND_NOISE)
        return np.stack([low, not_high - low, 1 - not_high], axis=1)

    def off(self, sensitivity: Floats, festival: bool) -> Floats:
        """The expected discount of the shop on a line, as a share."""
        basket = self.world.basket
        usual = basket.promoted * (1 + 1.5 * sensitivity) * (basket.off[0] + basket.off[1]) / 2
        return np.asarray(usual + self.world.festivals.off * festival)

    def kept(self, share_of_one_line: float) -> float:
        """The share of a line's amount that is neither cancelled nor refunded.

        `share_of_one_line` is the chance that a refund of one line is of this line.
        """
        rule = self.world.experience
        back = rule.refunded * (rule.whole + (1 - rule.whole) * share_of_one_line)
        return (1 - rule.cancelled) * (1 - back)

    def piece(self, spend: Floats, number: Ints, sensitivity: Floats, festival: bool) -> Floats:
        """Earned with one piece that is kept, shape (n, categories)."""
        bands = self.bands(self.score(spend, number))
        share = 1 - self.off(sensitivity, festival)
        price = bands @ self.catalogue.mean_price.T
        return np.asarray(price * share[:, None] - bands @ self.catalogue.mean_cost.T)

    def purchase(self, piece: Floats) -> Floats:
        """Earned with a purchase within a usual basket, coupons apart."""
        pieces = mean_pieces(self.world) + self.world.basket.variant
        return np.asarray(piece * pieces * self.kept(1 / _USUAL_LINES))

    def extra_order(self, piece: Floats) -> Floats:
        """Earned with an extra order, which is of one category, coupons apart."""
        variant = self.world.basket.variant
        first = mean_pieces(self.world) * self.kept(1 - variant / 2)
        return np.asarray(piece * (first + variant * self.kept(0.5)))

    def coupon(self) -> float:
        """What a redeemed coupon costs: its face, where the line it stands on is kept."""
        return self.world.campaigns.face * self.kept(1 / _USUAL_LINES)
