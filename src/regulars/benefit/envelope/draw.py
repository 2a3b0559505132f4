"""The shares of a red envelope, drawn once, when it is filled.

*Equal* shares differ by one coin at most; who gets the coin more is drawn.

*Random* shares are drawn uniformly from all ways to cut a total of S coins into n shares of at
least one coin each: n - 1 of the S - 1 places between two coins are drawn, and cut. So every share
has the same distribution, whatever its place, and nobody gains by coming early or late:

- P(share > x) = C(S - 1 - x, n - 1) / C(S - 1, n - 1), for x from 0 to S - n
- mean S / n
- variance (n - 1) S (S - n) / (n² (n + 1)), so for many shares about the mean squared
- from 1 to S - n + 1

The way that is in common use, each share uniform between one coin and twice the mean of what is
left, has equal means too, but the later shares vary more than the earlier, the last most of all.

>>> law = share_law(1000, 10)
>>> law.mean, law.most, round(law.variance ** 0.5, 1)
(Fraction(100, 1), 991, 90.0)
>>> round(float(law.above(300)), 3)  # a share of more than three times the mean
0.04
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import comb
from random import Random

from regulars.errors import InvalidCommand, Where
from regulars.ledger.command import MOST

MOST_SHARES = 10_000
"""Of one envelope; all of them are read at each claim."""


@dataclass(frozen=True, slots=True)
class ShareLaw:
    """How one random share is distributed.

    Attributes:
        total: of all shares, in the smallest coin.
        count: of shares.
    """

    total: int
    count: int

    @property
    def mean(self) -> Fraction:
        """Exact."""
        return Fraction(self.total, self.count)

    @property
    def variance(self) -> Fraction:
        """Exact."""
        s, n = self.total, self.count
        return Fraction((n - 1) * s * (s - n), n * n * (n + 1))

    @property
    def most(self) -> int:
        """The largest that a share can be."""
        return self.total - self.count + 1

    def above(self, amount: int) -> Fraction:
        """The chance that a share is more than the amount."""
        if amount < 0:
            return Fraction(1)
        if amount >= self.most:
            return Fraction(0)
        return Fraction(
            comb(self.total - 1 - amount, self.count - 1), comb(self.total - 1, self.count - 1)
        )


def share_law(total: int, count: int) -> ShareLaw:
    """The law of one of the shares of `random_shares`; raises `InvalidCommand` likewise."""
    check_shares(total, count)
    return ShareLaw(total, count)


def equal_shares(total: int, count: int, rng: Random) -> tuple[int, ...]:
    """Shares that differ by one coin at most, and sum to the total.

    Args:
        total: in the smallest coin, or points.
        count: of shares.
        rng: draws whose share is larger where the total does not divide.

    Raises:
        InvalidCommand: less than a coin for each, or too many shares.

    >>> sorted(equal_shares(10, 4, Random(1)))
    [2, 2, 3, 3]
    """
    check_shares(total, count)
    each, rest = divmod(total, count)
    shares = [each] * count
    for place in rng.sample(range(count), rest):
        shares[place] += 1
    return tuple(shares)


def random_shares(total: int, count: int, rng: Random) -> tuple[int, ...]:
    """Shares of at least one coin that sum to the total, any such way as likely as any other.

    Args:
        total: in the smallest coin, or points.
        count: of shares.
        rng: `secrets.SystemRandom()`, so that nobody can tell what comes.

    Raises:
        InvalidCommand: less than a coin for each, or too many shares.

    >>> shares = random_shares(1000, 8, Random(1))
    >>> len(shares), sum(shares), min(shares) >= 1
    (8, 1000, True)
    """
    check_shares(total, count)
    cuts = [0, *sorted(rng.sample(range(1, total), count - 1)), total]
    return tuple(after - before for before, after in pairwise(cuts))


def check_shares(total: int, count: int) -> None:
    """Raises `InvalidCommand` where there cannot be so many shares."""
    if not 1 <= count <= MOST_SHARES:
        raise InvalidCommand(
            f"a red envelope has 1 to {MOST_SHARES:,} shares",
            where=Where(column="count", value=str(count)),
            todo="make several envelopes",
        )
    if not count <= total <= MOST:
        raise InvalidCommand(
            f"{count:,} shares need at least {count:,}, a coin each",
            where=Where(column="total", value=str(total)),
            todo="put more in, or make fewer shares",
        )
