"""Pareto/NBD: what is its own."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln, hyp2f1

from regulars.lifetime.pareto_nbd import ParetoNbd
from regulars.lifetime.silence import log_silence, silence
from regulars.lifetime.sufficient import group
from samples.buyers import summary

PAPER = (0.553, 10.578, 0.606, 11.669)
X = np.array([0.0, 1.0, 2.0, 7.0])
T_X = np.array([0.0, 3.0, 30.43, 20.0])
UNTIL = np.array([38.86, 38.86, 38.86, 30.0])


@pytest.mark.parametrize("values", [PAPER, (0.8, 14.0, 1.0, 5.0), (0.8, 5.0, 1.4, 14.0)])
def test_the_likelihood_is_the_papers_with_two_hypergeometric_functions(
    values: tuple[float, float, float, float],
) -> None:
    """Fader and Hardie (2005), brucehardie.com/notes/009, in both forms of A_0."""
    r, alpha, s, beta = values
    total = r + s + X
    larger, shape = max(alpha, beta), (s + 1 if alpha >= beta else r + X)

    def tail(time: np.ndarray) -> np.ndarray:
        z = abs(alpha - beta) / (larger + time)
        return hyp2f1(total, shape, total + 1, z) / (larger + time) ** total

    dead = s / total * (tail(T_X) - tail(UNTIL))
    alive = (alpha + UNTIL) ** -(r + X) * (beta + UNTIL) ** -s
    front = gammaln(r + X) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    bought, model = summary(X, T_X, UNTIL), ParetoNbd.of(values)
    want = (front + np.log(alive + dead)).sum()
    assert model.log_likelihood(group(bought)) == pytest.approx(want, rel=1e-12)
    np.testing.assert_allclose(model.alive(bought), alive / (alive + dead), rtol=1e-9)


def test_the_mean_has_no_hole_where_s_is_1() -> None:
    bought = summary(X, T_X, UNTIL)
    at, near = (ParetoNbd.of((0.5, 10.0, s, 12.0)) for s in (1.0, 1.0 + 1e-9))
    for t in (1.0, 52.0):
        np.testing.assert_allclose(
            at.expected_purchases(bought, t), near.expected_purchases(bought, t), rtol=1e-7
        )
    # By hand, s = 1: r beta / alpha ln(1 + t / beta).
    want = 0.5 * 12 / 10 * np.log1p(52 / 12)
    assert float(at.expected_of_new(52.0)) == pytest.approx(want, rel=1e-12)


def test_the_chance_of_ever_buying_again_has_a_limit() -> None:
    """With r = s = 1, alpha = beta = c, x = 0: if alive, 1/2, a race of two equal rates."""
    model = ParetoNbd.of((1.0, 10.0, 1.0, 10.0))
    now = summary(np.zeros(1), np.zeros(1), np.zeros(1))
    assert model.chance_of_purchase(now, 1e12)[0] == pytest.approx(0.5, abs=1e-9)
    # Of it, half comes by t where 1 - (c / (c+t))^2 = 1/2.
    median = model.time_to_next(now, 0.25)[0]
    assert median == pytest.approx(10 * (np.sqrt(2) - 1), rel=1e-9)
    assert model.time_to_next(now, 0.5001)[0] == np.inf


CASES = [
    (0.5, 10.0, 0.6, 12.0, 0.0, 39.0),
    (30.0, 10.0, 1.6, 12.0, 38.9, 39.0),
    (2.0, 0.01, 0.3, 50.0, 0.0, 300.0),
    (2.0, 50.0, 1.3, 0.01, 0.0, 300.0),
    (400.0, 900.0, 8.0, 3.0, 5.0, 900.0),
]


@pytest.mark.parametrize("case", CASES)
def test_the_integral_is_the_integral(case: tuple[float, ...]) -> None:
    big_r, alpha, big_s, beta, begin, end = case

    def integrand(y: float) -> float:
        fall = big_r * np.log((alpha + y) / (alpha + begin))
        return float(np.exp(-fall - big_s * np.log((beta + y) / (beta + begin))))

    knots = np.geomspace(1e-4, end - begin, 25) + begin
    parts = [quad(integrand, a, b, epsrel=1e-12)[0] for a, b in pairwise(knots)]
    whole = quad(integrand, begin, knots[0], epsrel=1e-12)[0] + sum(parts)
    front = big_r * np.log(alpha + begin) + big_s * np.log(beta + begin)
    got = log_silence(*(np.array([value]) for value in case))
    assert got[0] + front == pytest.approx(np.log(whole), abs=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_the_means_are_the_derivatives(case: tuple[float, ...]) -> None:
    columns = [np.array([value]) for value in case]
    found = silence(*columns)
    names = ["log_alpha", "one_alpha", "log_beta", "one_beta"]
    factors = [-1.0, -case[0], -1.0, -case[2]]
    for index, (name, factor) in enumerate(zip(names, factors, strict=True)):
        step = 1e-5 * case[index]
        high, low = (
            log_silence(*(c + way * step * (i == index) for i, c in enumerate(columns)))[0]
            for way in (1, -1)
        )
        slope = factor * getattr(found, name)[0]
        assert slope == pytest.approx((high - low) / (2 * step), rel=1e-5, abs=1e-9)


def test_no_silence_is_no_chance_to_have_stopped() -> None:
    today = summary(np.array([0.0, 3.0]), np.array([0.0, 20.0]), np.array([0.0, 20.0]))
    assert ParetoNbd.of(PAPER).alive(today).tolist() == [1, 1]
