"""The mean number of purchases while a beta-distributed chance of stopping takes its toll.

    M(u) = E_p[(1 - (1 + p u)^-R) / p],  p ~ Beta(a, c)

In z = ln(p / (1-p)) the integrand is analytic within pi of the real line and falls exponentially on
both sides, so that the trapezoid rule converges geometrically (Trefethen and Weideman 2014, SIAM
Review 56:385-458); beyond the last points it is a pure exponential, and the rest of the sum a
geometric series. Weights are divided by their own sum, so no beta function is needed.

For each pair (R, c), ln M is a smooth function of ln u: it is evaluated at Chebyshev points and
interpolated, which makes the cost of a prediction independent of the quadrature.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct

from regulars.lifetime.gaps import Floats

_FAR = 34.0
"""e^-34 is below the precision of a double against 1."""
_WIDEST_STEP = 0.38
_MOST_POINTS = 4_000
_CHUNK = 1 << 19


def dropout_mean(shape: Floats, a: float, c: Floats, kind: NDArray[np.intp], u: Floats) -> Floats:
    """M(u) of each row.

    Args:
        shape: R of each kind, shape (m,).
        a: first parameter of the beta law.
        c: second parameter, of each kind, shape (m,).
        kind: of each row, shape (n,).
        u: shape (n,) or (n, k), from 0.

    >>> dropout_mean(np.array([1.0]), 1.0, np.array([1.0]), np.array([0]), np.array([1.0]))
    array([0.69314718])
    """
    known = u > 0
    if not known.any():
        return np.zeros_like(u)
    logs = np.log(np.where(known, u, u[known].min()))
    low, high = float(logs.min()), float(logs.max())
    middle, half = (low + high) / 2, max((high - low) / 2, 0.1)
    points = int(24 + 12 * half)
    angle = (np.arange(points) + 0.5) * np.pi / points
    at = np.exp(middle + half * np.cos(angle))
    table = np.log(_by_quadrature(shape, a, c, at))
    coefficient = np.ascontiguousarray(dct(table, axis=1).T) / points
    coefficient[0] /= 2
    result = np.empty(logs.shape)
    flat, place, out = logs.ravel(), np.repeat(kind, logs[:1].size), result.reshape(-1)
    for begin in range(0, len(flat), _CHUNK):
        some = slice(begin, begin + _CHUNK)
        out[some] = _clenshaw(coefficient, place[some], (flat[some] - middle) / half)
    return np.where(known, np.exp(result), 0.0)


def _clenshaw(coefficient: Floats, kind: NDArray[np.intp], at: Floats) -> Floats:
    """The Chebyshev series of each row's kind (Clenshaw 1955)."""
    last, before = np.zeros(len(at)), np.zeros(len(at))
    twice = 2 * at
    for row in coefficient[:0:-1]:
        last, before = row[kind] + twice * last - before, last
    return np.asarray(coefficient[0][kind] + at * last - before)


def _by_quadrature(shape: Floats, a: float, c: Floats, u: Floats) -> Floats:
    """M for each kind (rows) and each u (columns), by the trapezoid rule in z."""
    peak = np.log(a / c)
    width = np.sqrt(1.0 / a + 1.0 / c)
    knee = -np.log1p(shape * float(u.max()))
    least = np.minimum(peak, knee)
    low = np.maximum(least - 9.0 * width - 40.0 / a, least - np.log1p(c) - _FAR)
    high = np.minimum(peak + 9.0 * width + 40.0 / c, np.maximum(peak, 0.0) + _FAR)
    step = np.minimum(_WIDEST_STEP, 0.5 * width)
    points = min(int(np.ceil(((high - low) / step).max())) + 2, _MOST_POINTS)
    step = (high - low) / (points - 1)
    z = low[:, None] + step[:, None] * np.arange(points)
    stop = -np.logaddexp(0.0, -z)
    weight = a * stop - c[:, None] * np.logaddexp(0.0, z)
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    weight[:, 0] /= -np.expm1(-a * step)
    weight[:, -1] /= -np.expm1(-c * step)
    weight /= weight.sum(axis=1, keepdims=True)
    chance = np.exp(stop)
    mean = np.empty((len(shape), len(u)))
    weight /= chance
    for column, one in enumerate(u.tolist()):
        come = -np.expm1(-shape[:, None] * np.log1p(chance * one))
        mean[:, column] = np.einsum("ij,ij->i", weight, come)
    return mean
