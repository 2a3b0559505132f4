"""The integral at the heart of Pareto/NBD, evaluated without cancellation.

    J = integral over y from f to g of (alpha+y)^-R (beta+y)^-S dy

The papers write it as a difference of two Gaussian hypergeometric functions, in one form for alpha
>= beta and another for alpha < beta (Fader and Hardie 2005, A note on deriving the Pareto/NBD model
and related expressions, brucehardie.com/notes/009). That difference loses all digits where the
silence is short or x large, and its terms over- and underflow. The integrand itself is positive and
smooth: with m the smaller of alpha and beta and w = ln((m+y)/(m+f)) its log is concave and analytic
within pi of the real line, so that a fixed number of Gauss-Legendre points is enough, whichever of
the two is the larger. The interval ends where the integrand has fallen below what a double tells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.lifetime.gaps import Floats

POINTS = 48
"""Relative error below 1e-9 for all parameters within a fit's bounds, as the tests show."""
FIT_POINTS = 32
"""For the many evaluations of a fit: below 1e-9 where T is up to a million times alpha and beta."""

_FALL = 40.0
"""The interval ends where the integrand has fallen by e^-40."""
_FARTHEST = 600.0
"""Of w: e^600 is no overflow yet."""
_CHUNK = 1 << 13
"""Rows at a time, so that the work stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Silence:
    """ln J and, for its derivatives, means under the integrand; shape (n,) each.

    Attributes:
        log: ln J; -inf where the interval is empty.
        log_alpha: mean of ln(alpha+y).
        log_beta: mean of ln(beta+y).
        one_alpha: mean of 1 / (alpha+y).
        one_beta: mean of 1 / (beta+y).
    """

    log: Floats
    log_alpha: Floats
    log_beta: Floats
    one_alpha: Floats
    one_beta: Floats


def silence(
    big_r: Floats,
    alpha: Floats,
    big_s: Floats,
    beta: Floats,
    begin: Floats,
    end: Floats,
    *,
    points: int = POINTS,
) -> Silence:
    """The integral with the means that its derivatives need; arguments as in `log_silence`."""
    rows = _rows(big_r, alpha, big_s, beta, begin, end)
    result = np.empty((5, rows.shape[1]))
    for first in range(0, rows.shape[1], _CHUNK):
        some = slice(first, first + _CHUNK)
        log, weight, above = _integrand(rows[:, some], points)
        top = log.max(axis=0)
        share = np.exp(log - top) * weight
        total = share.sum(axis=0)
        share /= np.maximum(total, np.finfo(np.float64).tiny)
        with np.errstate(divide="ignore"):
            result[0, some] = top + np.log(total)
        for place, (raw, logged) in enumerate(above):
            result[1 + place, some] = np.einsum("in,in->n", share, logged)
            result[3 + place, some] = np.einsum("in,in->n", share, 1.0 / raw)
    return Silence(result[0], result[1], result[2], result[3], result[4])


def log_silence(
    big_r: Floats,
    alpha: Floats,
    big_s: Floats,
    beta: Floats,
    begin: Floats,
    end: Floats,
    *,
    points: int = POINTS,
) -> Floats:
    """The log of J; arguments broadcast to one shape (n,); `end` may be inf where R + S > 1.

    >>> one, two = np.array([1.0]), np.array([2.0])
    >>> np.exp(log_silence(one, one, one, one, 0 * one, one)).round(9).tolist()
    [0.5]
    >>> np.exp(log_silence(two, one, one, two, 0 * one, one)).round(9).tolist()  # 1/2 - ln(4/3)
    [0.212317928]
    """
    rows = _rows(big_r, alpha, big_s, beta, begin, end)
    result = np.empty(rows.shape[1])
    for first in range(0, rows.shape[1], _CHUNK):
        some = slice(first, first + _CHUNK)
        log, weight, _ = _integrand(rows[:, some], points)
        top = log.max(axis=0)
        with np.errstate(divide="ignore"):
            result[some] = top + np.log(np.einsum("in,in->n", np.exp(log - top), weight))
    return result


def _rows(*columns: Floats) -> Floats:
    return np.array(np.broadcast_arrays(*columns), dtype=np.float64)


def _integrand(
    rows: Floats, points: int
) -> tuple[Floats, Floats, tuple[tuple[Floats, Floats], tuple[Floats, Floats]]]:
    """Log of the integrand in w, the weights, and alpha+y and beta+y with their logs."""
    big_r, alpha, big_s, beta, begin, end = rows
    from_near = np.minimum(alpha, beta) + begin
    fall = big_r + big_s - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.log1p((end - begin) / from_near)
        # By concavity the log falls at least so fast from the start on, where it falls at all.
        steep = big_r * from_near / (alpha + begin) + big_s * from_near / (beta + begin) - 1.0
        reach = np.where(steep > 0, np.minimum(reach, _FALL / steep), reach)
        # Beyond the larger of the two it falls by R + S - 1.
        far = np.log1p(np.maximum(alpha, beta) / from_near) + _FALL / fall
        reach = np.where(fall > 0, np.minimum(reach, far), reach)
    reach = np.minimum(reach, _FARTHEST)
    node, share = np.polynomial.legendre.leggauss(points)
    w = (node[:, None] + 1.0) / 2 * reach
    y = begin + from_near * np.expm1(w)
    above_alpha, above_beta = alpha + y, beta + y
    log_alpha, log_beta = np.log(above_alpha), np.log(above_beta)
    log = w + np.log(from_near) - big_r * log_alpha - big_s * log_beta
    weight = share[:, None] / 2 * reach
    return log, weight, ((above_alpha, log_alpha), (above_beta, log_beta))
