"""MBG/NBD: what is its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaln, gammaln

from regulars.lifetime.mbgnbd import MbgNbd
from regulars.lifetime.sufficient import group
from samples.buyers import summary

VALUES = (0.525, 6.183, 0.891, 1.614)
X = np.array([0.0, 0.0, 1.0, 2.0, 7.0])
T_X = np.array([0.0, 0.0, 3.0, 30.43, 20.0])
UNTIL = np.array([2.0, 38.86, 38.86, 38.86, 30.0])


def test_the_likelihood_is_the_published_one() -> None:
    """Batislam, Denizel, Filiztekin (2007), IJRM 24:201-209, written out."""
    r, alpha, a, b = VALUES
    buys = np.exp(gammaln(r + X) - gammaln(r)) * alpha**r
    alive = np.exp(betaln(a, b + X + 1) - betaln(a, b)) * buys / (alpha + UNTIL) ** (r + X)
    stopped = np.exp(betaln(a + 1, b + X) - betaln(a, b)) * buys / (alpha + T_X) ** (r + X)
    bought, model = summary(X, T_X, UNTIL), MbgNbd.of(VALUES)
    assert model.log_likelihood(group(bought)) == pytest.approx(np.log(alive + stopped).sum())
    np.testing.assert_allclose(model.alive(bought), alive / (alive + stopped), rtol=1e-12)


def test_a_customer_of_this_moment_may_have_stopped_already() -> None:
    """Chance b / (a + b) of going on after the first purchase: 1.614 / 2.505."""
    now = summary(np.zeros(1), np.zeros(1), np.zeros(1))
    assert MbgNbd.of(VALUES).alive(now)[0] == pytest.approx(1.614 / 2.505)


def test_one_time_buyers_are_told_apart_by_their_silence() -> None:
    silent = summary(np.zeros(5), np.zeros(5), np.array([1.0, 10.0, 30.0, 100.0, 1_000.0]))
    assert np.all(np.diff(MbgNbd.of(VALUES).alive(silent)) < -0.03)


def test_the_expectation_comes_near_that_of_bg_nbd_on_cdnow() -> None:
    """The test suite of the Python package lifetimes: within 5 % of Hardie's BG/NBD spreadsheet."""
    times = [0.1429, 1.0, 3.0, 31.8571, 32.0, 78.0]
    published = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    assert MbgNbd.of(VALUES).expected_of_new(times) == pytest.approx(published, rel=0.05)
