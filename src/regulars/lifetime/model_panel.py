"""All lifetime models and the repurchase cycle, fitted as of one day, side by side.

A ranking needs the same columns at every day that it learns from. Where a model's likelihood has no
clear maximum (see `fitting`), the panel takes the mode under a weak prior instead: each parameter
within a factor of seven of a plain value, 19 times of 20. What was refused, and why, is kept: such
a model is a column here, never an answer of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from regulars.errors import CannotTell
from regulars.lifetime.bgnbd import BgNbd
from regulars.lifetime.cycle import CycleFit, chance_of_return, gap_laws
from regulars.lifetime.cycle_fit import fit_cycle
from regulars.lifetime.fitting import MIN_REPEATERS, Prior, dot
from regulars.lifetime.gaps import Floats, gap_history
from regulars.lifetime.mbgnbd import MbgNbd
from regulars.lifetime.pareto_nbd import ParetoNbd
from regulars.lifetime.purchase_days import PurchaseDays
from regulars.lifetime.purchase_model import PurchaseModel
from regulars.lifetime.sufficient import Groups, group, summarise

CYCLE = "cycle"
Kinds = tuple[type[BgNbd] | type[MbgNbd] | type[ParetoNbd], ...]
TEACHING: Kinds = (BgNbd, MbgNbd)
"""Fitted at every day that is learnt from. Pareto/NBD costs thirty times as much, and beside these
and the cycle it adds nothing that could be measured (docs/adr/0010)."""
EVERY: Kinds = (*TEACHING, ParetoNbd)
COLUMNS = (*(model.name for model in TEACHING), CYCLE)
"""What the recipes look at."""
PANEL = (*(model.name for model in EVERY), CYCLE)

_PRIOR_SPREAD = 1.0
"""Standard deviation of the logs under the weak prior."""


@dataclass(frozen=True, slots=True)
class Panel:
    """What was fitted as of a day.

    Attributes:
        as_of: the day.
        models: by name, in the order of `EVERY`.
        cycle: None where the cycle cannot be told.
        refused: why a model has no fit of its own, by name.
    """

    as_of: int
    models: dict[str, PurchaseModel]
    cycle: CycleFit | None
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Those that tell a chance, the cycle last."""
        return (*self.models, CYCLE) if self.cycle else tuple(self.models)

    def tell(self, known: PurchaseDays, horizons: list[float]) -> tuple[Floats, Floats]:
        """Chances and expected purchases within horizons from the day on.

        Args:
            known: purchases until the day.
            horizons: k of them, in days.

        Returns:
            Both of shape (customers, models, k), customers in rising order of their code. The
            cycle tells no number of purchases: NaN.
        """
        groups = group(summarise(known.customer, known.day, self.as_of))
        times = np.array([horizons])
        n, k = len(groups.place), len(horizons)
        chance = np.full((n, len(self.names), k), np.nan)
        expected = np.full((n, len(self.names), k), np.nan)
        for place, model in enumerate(self.models.values()):
            chance[:, place] = model.chance_of_purchase(groups, times)[groups.place]
            expected[:, place] = model.expected_purchases(groups, times)[groups.place]
        if self.cycle is not None:
            history = gap_history(known.customer, known.day)
            last = history.rows(history.last_rows())
            law, silence = gap_laws(self.cycle, last), self.as_of - last.day
            for place, horizon in enumerate(horizons):
                chance[:, -1, place] = chance_of_return(law, silence, horizon)
        return chance, expected

    def totals(self, known: PurchaseDays, horizons: list[float]) -> dict[str, Floats]:
        """Expected purchases of all customers together within each horizon, by model."""
        groups = group(summarise(known.customer, known.day, self.as_of))
        times = np.array([horizons])
        return {
            name: np.einsum("g,gk->k", groups.count, model.expected_purchases(groups, times))
            for name, model in self.models.items()
        }


def fit_panel(
    known: PurchaseDays, as_of: int, kinds: Kinds = TEACHING, start: CycleFit | None = None
) -> Panel:
    """Fits models and the cycle to the purchases until a day.

    Args:
        known: purchases until the day.
        as_of: the day.
        kinds: of models.
        start: the cycle of a day near by, from which its fit begins.

    Raises:
        CannotTell: too few customers bought again for any of them.
    """
    groups = group(summarise(known.customer, known.day, as_of))
    again = float(groups.count[groups.repeats > 0].sum())
    if again < MIN_REPEATERS:
        raise CannotTell(
            f"who buys next cannot be told from {again:.0f} customers who bought again",
            todo=f"{MIN_REPEATERS} are needed: take a longer history",
        )
    models: dict[str, PurchaseModel] = {}
    refused: dict[str, str] = {}
    for kind in kinds:
        try:
            models[kind.name] = kind.fit(groups)
        except CannotTell as error:
            refused[kind.name] = error.message
            try:
                models[kind.name] = kind.fit(groups, weak_prior(groups, kind))
            except CannotTell:
                continue
    cycle: CycleFit | None = None
    try:
        cycle = fit_cycle(gap_history(known.customer, known.day), as_of, start=start)
    except CannotTell as error:
        refused[CYCLE] = error.message
    return Panel(as_of, models, cycle, refused)


def weak_prior(groups: Groups, kind: type[BgNbd] | type[MbgNbd] | type[ParetoNbd]) -> Prior:
    """The prior under which a model always has a mode.

    Centred at rates of shape 1 whose mean is the shop's, and stopping that is slow: after every
    fifth purchase (a 0.5, b 2), or at shape 0.7 over the mean time observed.
    """
    customers = float(groups.count.sum())
    observed = max(dot(groups.count, groups.observed) / customers, 1.0)
    rate = (dot(groups.count, groups.repeats) / customers + 0.5) / observed
    stop = (0.7, observed) if kind is ParetoNbd else (0.5, 2.0)
    centre = np.log([1.0, 1.0 / rate, *stop])
    return Prior(centre, _PRIOR_SPREAD**2 * np.eye(len(centre)))
