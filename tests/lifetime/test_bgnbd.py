"""BG/NBD: what is its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaln, gammaln, hyp2f1

from regulars.lifetime.bgnbd import BgNbd
from regulars.lifetime.dropout_mean import dropout_mean
from regulars.lifetime.sufficient import group
from samples.buyers import summary

PAPER = (0.243, 4.414, 0.793, 2.426)
X = np.array([0.0, 1.0, 2.0, 7.0])
T_X = np.array([0.0, 3.0, 30.43, 20.0])
UNTIL = np.array([38.86, 38.86, 38.86, 30.0])


def test_the_likelihood_is_equation_6() -> None:
    """Fader, Hardie, Lee (2005), Marketing Science 24:275-284, written out."""
    r, alpha, a, b = PAPER
    buys = np.exp(gammaln(r + X) - gammaln(r)) * alpha**r
    alive = np.exp(betaln(a, b + X) - betaln(a, b)) * buys / (alpha + UNTIL) ** (r + X)
    late = np.exp(betaln(a + 1, b + np.maximum(X, 1) - 1) - betaln(a, b)) * buys
    stopped = np.where(X > 0, late / (alpha + T_X) ** (r + X), 0.0)
    bought = summary(X, T_X, UNTIL)
    model = BgNbd.of(PAPER)
    assert model.log_likelihood(group(bought)) == pytest.approx(np.log(alive + stopped).sum())
    np.testing.assert_allclose(model.alive(bought), alive / (alive + stopped), rtol=1e-12)


def test_the_mean_is_equation_10() -> None:
    r, alpha, a, b = PAPER
    bought = summary(X, T_X, UNTIL)
    model = BgNbd.of(PAPER)
    for t in (1.0, 39.0, 500.0):
        z = t / (alpha + UNTIL + t)
        kept = ((alpha + UNTIL) / (alpha + UNTIL + t)) ** (r + X)
        want = (a + b + X - 1) / (a - 1) * (1 - kept * hyp2f1(r + X, b + X, a + b + X - 1, z))
        got = model.expected_purchases(bought, t)
        np.testing.assert_allclose(got, model.alive(bought) * want, rtol=1e-9)


def test_the_published_worked_example() -> None:
    """Hardie's spreadsheet for the paper: x 2, t_x 30.43, T 38.86, 39 weeks: 1.226; and E[X(t)]."""
    model = BgNbd.of(PAPER)
    one = summary(np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert model.expected_purchases(one, 39.0)[0] == pytest.approx(1.226, abs=5e-4)
    times = np.array([0.1429, 1.0, 3.0, 31.8571, 32.0, 78.0])
    published = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    unrounded = BgNbd.of([0.24259, 4.41360, 0.79292, 2.42591])
    assert unrounded.expected_of_new(times) == pytest.approx(published, abs=4e-4)


def test_every_one_time_buyer_counts_as_alive() -> None:
    silent = summary(np.zeros(3), np.zeros(3), np.array([0.0, 10.0, 10_000.0]))
    assert BgNbd.of(PAPER).alive(silent).tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("shape", "a", "c", "u", "want"),
    [
        # R = a = c = 1: M(u) = ln(1 + u). By hand: (1 - 1/(1+pu))/p = u/(1+pu), p uniform.
        (1.0, 1.0, 1.0, 1.0, np.log(2.0)),
        (1.0, 1.0, 1.0, 1e6, np.log1p(1e6)),
        # R = 2: u (2 + pu) / (1 + pu)^2, whose integral is ln(1 + u) + u / (1 + u).
        (2.0, 1.0, 1.0, 3.0, np.log(4.0) + 0.75),
        # R = 1, c = 2, weight 2 (1 - p): 2 ((1 + u) ln(1 + u) - u) / u.
        (1.0, 1.0, 2.0, 3.0, 2 * (4 * np.log(4.0) - 3) / 3),
    ],
)
def test_the_mean_under_stopping_worked_out_by_hand(
    shape: float, a: float, c: float, u: float, want: float
) -> None:
    kind = np.zeros(1, np.intp)
    got = dropout_mean(np.array([shape]), a, np.array([c]), kind, np.array([u]))
    assert got[0] == pytest.approx(want, rel=1e-10)


@pytest.mark.parametrize("a", [0.05, 0.793, 1.0, 1.0 + 1e-9, 2.5, 40.0])
@pytest.mark.parametrize("c", [0.1, 1.0, 2.426, 60.0, 3_000.0])
def test_the_mean_agrees_with_its_series_where_that_converges(a: float, c: float) -> None:
    """M = R u sum_m (R+1)_m (a)_m / ((a+c)_m (m+1)!) (-u)^m, for u < 1."""
    for shape in (0.05, 0.9, 30.3):
        for u in (1e-9, 1e-3, 0.02):
            term, total = shape * u, 0.0
            for m in range(200):
                total += term
                term *= -u * (shape + 1 + m) * (a + m) / ((a + c + m) * (m + 2))
            kind = np.zeros(2, np.intp)
            got = dropout_mean(np.array([shape]), a, np.array([c]), kind, np.array([u, 50.0]))
            assert got[0] == pytest.approx(total, rel=1e-8)
