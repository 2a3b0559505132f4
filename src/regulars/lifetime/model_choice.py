"""Which model of purchases to believe: judged on the last part of the data, fitted on the first.

Each model is fitted to what was known at the split. Its hold-out likelihood is the density of what
these customers then did, given what they had done:

    ln L(theta; x, t_x, T at the end) - ln L(theta; x, t_x, T at the split)

with the theta of the split: the likelihoods of all models are densities of the same times of
purchase, so their values can be compared. Models within 2 of the best (a likelihood ratio of e^2)
are equals; among equals the one whose chances of a purchase are calibrated best is chosen. It is
then fitted anew to all data. What was judged, on whom and with which errors stands in the card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from regulars.errors import CannotTell
from regulars.lifetime.bgnbd import BgNbd
from regulars.lifetime.fitting import Fitted
from regulars.lifetime.gamma_gamma import GammaGamma
from regulars.lifetime.gaps import Floats, Ints
from regulars.lifetime.mbgnbd import MbgNbd
from regulars.lifetime.nbd import Nbd
from regulars.lifetime.pareto_nbd import ParetoNbd
from regulars.lifetime.scoring import Calibration, calibration
from regulars.lifetime.sufficient import PurchaseSummary, group, summarise

Model = BgNbd | MbgNbd | ParetoNbd | Nbd
MODELS: tuple[type[Model], ...] = (BgNbd, MbgNbd, ParetoNbd, Nbd)
"""In the order in which they are told."""

WEEK = 7.0
"""Days in the unit of time of the parameters, as in the papers."""
MOST_SEPARATE = 7
"""Customers with so many repeat purchases and more are judged together."""

_EQUALS = 2.0
_HOLD_OUT_SHARE = 3
_LONGEST_HOLD_OUT = 182
_SHORTEST = 28
"""Days of hold-out, and of the time before it, below which nothing is judged."""


@dataclass(frozen=True, slots=True)
class HoldOut:
    """A model judged on the days after the split.

    Attributes:
        log_likelihood: of what followed, given what was known; natural log, all customers together.
        repeats: 0, 1, ..., 7 for 7 and more: repeat purchases before the split.
        customers: with so many, shape (k,).
        actual: mean purchases after the split, shape (k,).
        expected: the same by the model, shape (k,).
        total: purchases after the split of all, actual and expected.
        chances: calibration of the chance of at least one purchase.
    """

    log_likelihood: float
    repeats: Ints
    customers: Ints
    actual: Floats
    expected: Floats
    total: tuple[float, float]
    chances: Calibration


@dataclass(frozen=True, slots=True)
class Judged:
    """One model: fitted to all data, and judged on the hold-out.

    Attributes:
        name: of the model.
        fitted: to all data; None where it cannot tell.
        cannot_tell: why, of the fit to all data or to the part before the split; else empty.
        hold_out: None where it could not be judged.
    """

    name: str
    fitted: Fitted | None
    cannot_tell: str
    hold_out: HoldOut | None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the lifetime models are, on which data they rest and how good they were.

    Attributes:
        first_day, until: day numbers of the first purchase and of the last day known.
        split: last day of the part that was fitted for judging; None where nothing could be judged.
        customers: with a purchase.
        repeaters: with purchases on two days or more.
        purchases: days with a purchase, all customers together.
        unit: days in the unit of time of the parameters.
        models: of purchases, all that were tried.
        chosen: name of the model that is used; None where none can tell.
        spend: the Gamma-Gamma model; None where it cannot tell.
        spend_cannot_tell: why.
    """

    first_day: int
    until: int
    split: int | None
    customers: int
    repeaters: int
    purchases: int
    unit: float
    models: tuple[Judged, ...]
    chosen: str | None
    spend: Fitted | None
    spend_cannot_tell: str

    def model(self) -> Model:
        """The chosen model.

        Raises:
            CannotTell: none of the models could be fitted.
        """
        for kind, judged in zip(MODELS, self.models, strict=True):
            if judged.name == self.chosen and judged.fitted is not None:
                return kind(judged.fitted)
        raise CannotTell(
            "how often customers will buy cannot be told: " + self.models[0].cannot_tell,
            todo="wait for more repeat purchases",
        )


def choose_model(
    customer: ArrayLike,
    day: ArrayLike,
    until: int,
    amount: ArrayLike | None = None,
    *,
    most: int | None = None,
) -> tuple[ModelCard, PurchaseSummary]:
    """Fit all models as of a day, judge them on its last third, choose.

    Args:
        customer: index of the customer of each purchase, shape (n,), in any order.
        day: its day number.
        until: later purchases are not looked at.
        amount: what was paid, for the model of spend.
        most: judge, and fit those that are not chosen, on every so manyth customer, so that there
            are about as many; the chosen model and that of spend see all.

    Returns:
        The card, and the customers' summary in weeks that the chosen model was fitted to.

    >>> rng = np.random.default_rng(1)
    >>> rate = np.repeat(rng.gamma(1.0, 0.02, 900), 12)
    >>> who, gap = np.repeat(np.arange(900), 12), np.rint(rng.exponential(1 / rate)).astype(int)
    >>> when = gap.reshape(900, 12).cumsum(axis=1).ravel()
    >>> card, bought = choose_model(who, when, 300)  # nobody stops: only the NBD is identified
    >>> card.chosen, card.customers == len(bought.customer)
    ('NBD', True)
    """
    who = np.asarray(customer).astype(np.int64, copy=False)
    when = np.asarray(day).astype(np.int64, copy=False)
    bought = summarise(who, when, until, amount, unit=WEEK)
    first = int(when.min()) if len(when) else until
    split = until - min((until - first) // _HOLD_OUT_SHARE, _LONGEST_HOLD_OUT)
    judge = min(until - split, split - first) >= _SHORTEST
    step = 1 if most is None else max(-(-len(bought.customer) // most), 1)
    some = bought if step == 1 else _rows(bought, np.arange(0, len(bought.customer), step))
    before = None
    if judge:
        kept = np.isin(who, some.customer) if step > 1 else slice(None)
        before = summarise(who[kept], when[kept], split, unit=WEEK)
    judged = tuple(_judge(kind, some, before, (until - split) / WEEK) for kind in MODELS)
    chosen = _chosen(judged)
    if step > 1:
        judged = tuple(
            _fitted_anew(kind, one, bought) if one.name == chosen else one
            for kind, one in zip(MODELS, judged, strict=True)
        )
    spend, no_spend = None, "amounts were not given"
    if amount is not None:
        try:
            spend, no_spend = GammaGamma.fit(bought).fitted, ""
        except CannotTell as error:
            no_spend = error.message
    card = ModelCard(
        first_day=first,
        until=until,
        split=split if judge else None,
        customers=len(bought.customer),
        repeaters=int((bought.repeats > 0).sum()),
        purchases=int(bought.repeats.sum()) + len(bought.customer),
        unit=WEEK,
        models=judged,
        chosen=chosen,
        spend=spend,
        spend_cannot_tell=no_spend,
    )
    return card, bought


def _chosen(judged: tuple[Judged, ...]) -> str | None:
    fitted = [one for one in judged if one.fitted is not None]
    held = [(one, one.hold_out) for one in fitted if one.hold_out is not None]
    if not held:
        return fitted[0].name if fitted else None
    best = max(hold_out.log_likelihood for _, hold_out in held)
    equals = [one for one in held if one[1].log_likelihood >= best - _EQUALS]
    return min(equals, key=lambda one: one[1].chances.error)[0].name


def _fitted_anew(kind: type[Model], judged: Judged, bought: PurchaseSummary) -> Judged:
    """The chosen model, fitted to all customers; where that fails, the part's fit stays, named."""
    try:
        return replace(judged, fitted=kind.fit(group(bought)).fitted)
    except CannotTell as error:
        return replace(judged, cannot_tell=f"fitted to a part of the customers; {error.message}")


def _judge(
    kind: type[Model],
    bought: PurchaseSummary,
    before: PurchaseSummary | None,
    weeks: float,
) -> Judged:
    try:
        fitted = kind.fit(group(bought)).fitted
    except CannotTell as error:
        return Judged(kind.name, None, error.message, None)
    if before is None:
        return Judged(kind.name, fitted, "the data are too short to be judged on", None)
    try:
        return Judged(kind.name, fitted, "", _hold_out(kind, bought, before, weeks))
    except CannotTell as error:
        reason = f"not judged: on the data before the hold-out, {error.message}"
        return Judged(kind.name, fitted, reason, None)


def _hold_out(
    kind: type[Model], bought: PurchaseSummary, before: PurchaseSummary, weeks: float
) -> HoldOut:
    known = group(before)
    model = kind.fit(known)
    after = _rows(bought, np.searchsorted(bought.customer, before.customer))
    likelihood = model.log_likelihood(group(after)) - model.log_likelihood(known)
    came = after.repeats - before.repeats
    expected = model.expected_purchases(known, weeks)[known.place]
    place = np.minimum(before.repeats, MOST_SEPARATE).astype(np.int64)
    count = np.bincount(place, minlength=MOST_SEPARATE + 1)
    there = np.flatnonzero(count)
    return HoldOut(
        log_likelihood=float(likelihood),
        repeats=there.astype(np.int64),
        customers=count[there].astype(np.int64),
        actual=(np.bincount(place, came, MOST_SEPARATE + 1)[there] / count[there]),
        expected=(np.bincount(place, expected, MOST_SEPARATE + 1)[there] / count[there]),
        total=(float(came.sum()), float(expected.sum())),
        chances=calibration(model.chance_of_purchase(known, weeks)[known.place], came > 0),
    )


def _rows(bought: PurchaseSummary, chosen: Ints) -> PurchaseSummary:
    return PurchaseSummary(
        bought.customer[chosen],
        bought.repeats[chosen],
        bought.last[chosen],
        bought.observed[chosen],
        bought.mean_amount[chosen],
    )
