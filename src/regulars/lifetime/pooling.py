"""Priors from like groups, so that a group with few customers gets an honest answer.

A young shop, a small branch, a new channel: on their own, too few customers to fit a model. Groups
that can be fitted tell how such parameters lie and scatter; a normal law of the logs with that
centre and scatter is the prior (empirical Bayes; Efron and Morris 1975, JASA 70:311-319). The small
group's estimate is then drawn to the centre as far as its own data are silent, and its intervals
stay as wide as the groups are unlike. Time and amounts must be in the same units everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from regulars.errors import CannotTell
from regulars.lifetime.fitting import Fitted, Prior


def pooled_prior(fits: Sequence[Fitted]) -> Prior:
    """The law of the parameters over like groups: mean and covariance of their logs.

    The covariance holds the groups' own errors too, and the error of the mean: rather too wide
    than too narrow.

    Args:
        fits: of one model, each to another group.

    Raises:
        ValueError: fits of different models, or parameters that were given.
        CannotTell: fewer groups than parameters and two.
    """
    if not fits or len({fit.model for fit in fits}) > 1 or not all(fit.converged for fit in fits):
        raise ValueError("a pooled prior takes fits of one model")
    k = len(fits[0].names)
    if len(fits) < k + 2:
        raise CannotTell(
            f"how groups differ in {fits[0].model} cannot be told from {len(fits)} of them",
            todo=f"{k + 2} are needed; else take a prior around one fit, with a spread you can "
            "stand by",
        )
    logs = np.log([fit.values for fit in fits])
    spread = np.cov(logs, rowvar=False)
    return Prior(logs.mean(axis=0), spread * (1.0 + 1.0 / len(fits)))


def prior_around(fit: Fitted, spread: float) -> Prior:
    """The prior of a group that is like one fitted group (the whole shop, say).

    Args:
        fit: of the like group.
        spread: standard deviation of the logs between groups, assumed: 0.5 says that a parameter
            of another group lies within a factor of 2.7 in 95 of 100 cases.

    Raises:
        ValueError: when the spread is not positive.
    """
    if not spread > 0:
        raise ValueError("the spread between groups must be positive")
    return Prior(np.log(fit.values), fit.log_covariance + spread**2 * np.eye(len(fit.values)))
