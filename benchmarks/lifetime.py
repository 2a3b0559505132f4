"""Seconds and memory of the lifetime models on a million drawn customers.

`python -m benchmarks lifetime` prints them. Where $REGULARS_LIFETIMES names a Python that has the
package `lifetimes`, and $REGULARS_PYMC one that has `pymc-marketing`, also how much longer those
take on the same 10,000 and 100,000 customers. Days are whole, as in a shop.
"""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from regulars.lifetime.beta_geometric import BetaGeometric
from regulars.lifetime.bgnbd import BgNbd
from regulars.lifetime.gamma_gamma import GammaGamma
from regulars.lifetime.lifetime_value import discounted_purchases, lifetime_value
from regulars.lifetime.mbgnbd import MbgNbd
from regulars.lifetime.pareto_nbd import ParetoNbd
from regulars.lifetime.sufficient import PurchaseSummary, group

Answer = TypeVar("Answer")

DAYS = 400
HORIZON = 90.0
RATE = 0.0004

LIFETIMES = """
import sys, time, warnings
import numpy as np
warnings.filterwarnings("ignore")
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
x, t_x, T, z = np.load(sys.argv[1])
def timed(name, action):
    began = time.perf_counter()
    result = action()
    print(name, time.perf_counter() - began, flush=True)
    return result
for name, kind in (("BG/NBD", BetaGeoFitter), ("MBG/NBD", ModifiedBetaGeoFitter)):
    model = kind()
    timed(name + " fit", lambda: model.fit(x, t_x, T))
    timed(name + " predict", lambda: (
        model.conditional_expected_number_of_purchases_up_to_time(90.0, x, t_x, T),
        model.conditional_probability_alive(x, t_x, T)))
some = x > 0
spend = GammaGammaFitter()
timed("Gamma-Gamma fit", lambda: spend.fit(x[some], z[some]))
if len(x) <= 20_000:
    pareto = ParetoNBDFitter()
    timed("Pareto/NBD fit", lambda: pareto.fit(x, t_x, T))
"""

PYMC = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np, pandas as pd
from pymc_marketing.clv import BetaGeoModel, GammaGammaModel
x, t_x, T, z = np.load(sys.argv[1])
data = pd.DataFrame({"customer_id": np.arange(len(x)), "frequency": x, "recency": t_x, "T": T})
def timed(name, action):
    began = time.perf_counter()
    action()
    print(name, time.perf_counter() - began, flush=True)
# Twice: the first time it compiles.
timed("BG/NBD fit with compilation", lambda: BetaGeoModel(data=data).fit(method="map"))
timed("BG/NBD fit", lambda: BetaGeoModel(data=data).fit(method="map"))
"""

PEERS = {"lifetimes": ("REGULARS_LIFETIMES", LIFETIMES), "pymc-marketing": ("REGULARS_PYMC", PYMC)}


def drawn(customers: int, seed: int = 1) -> PurchaseSummary:
    """Buyers of BG/NBD who came over a year and a bit, with gamma-gamma amounts; whole days."""
    rng = np.random.default_rng(seed)
    watched = rng.integers(1, DAYS, customers).astype(np.float64)
    rate = rng.gamma(0.5, 1 / 40.0, customers).clip(1e-12)
    stop = rng.beta(0.8, 2.5, customers)
    now, going = np.zeros(customers), np.arange(customers)
    repeats, last = np.zeros(customers), np.zeros(customers)
    while len(going):
        now[going] = np.maximum(
            np.ceil(now[going] + rng.exponential(1.0, len(going)) / rate[going]), now[going] + 1
        )
        going = going[now[going] <= watched[going]]
        repeats[going] += 1
        last[going] = now[going]
        going = going[rng.random(len(going)) >= stop[going]]
    amount = np.full(customers, np.nan)
    some = repeats > 0
    worth = rng.gamma(3.74, 1 / 15.44, some.sum())
    amount[some] = np.round(rng.gamma(6.25 * repeats[some]) / worth / repeats[some], 2)
    return PurchaseSummary(np.arange(customers), repeats, last, watched, np.maximum(amount, 0.01))


def seconds(name: str, action: Callable[[], Answer], times: dict[str, float]) -> Answer:
    began = time.perf_counter()
    result = action()
    times[name] = time.perf_counter() - began
    return result


def ours(bought: PurchaseSummary, with_pareto: bool) -> dict[str, float]:
    times: dict[str, float] = {}
    groups = seconds("group", lambda: group(bought), times)
    for kind in (BgNbd, MbgNbd):
        model = seconds(f"{kind.name} fit", partial(kind.fit, groups), times)

        def predict(model: BetaGeometric = model) -> object:
            return (
                model.expected_purchases(groups, HORIZON)[groups.place],
                model.chance_of_purchase(groups, HORIZON)[groups.place],
                model.alive(groups)[groups.place],
                model.time_to_next(groups, 0.5)[groups.place],
            )

        seconds(f"{kind.name} predict", predict, times)
    spend = seconds("Gamma-Gamma fit", lambda: GammaGamma.fit(bought), times)

    def value() -> object:
        purchases = discounted_purchases(model, groups, RATE, 365.0)[groups.place]
        return lifetime_value(purchases, spend.expected_spend(bought), 0.3)

    seconds("lifetime value", value, times)
    if with_pareto:
        pareto = seconds("Pareto/NBD fit", lambda: ParetoNbd.fit(groups), times)
        seconds(
            "Pareto/NBD predict",
            lambda: (
                pareto.expected_purchases(groups, HORIZON),
                pareto.chance_of_purchase(groups, HORIZON),
            ),
            times,
        )
    return times


def theirs(python: str, script: str, bought: PurchaseSummary) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bought.npy"
        columns = (bought.repeats, bought.last, bought.observed, bought.mean_amount)
        np.save(path, np.array(columns))
        done = subprocess.run(
            [python, "-c", script, str(path)], check=True, stdout=subprocess.PIPE, text=True
        )
    return {
        line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in done.stdout.splitlines()
    }


def measure(customers: int = 1_000_000) -> None:
    bought = drawn(customers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = ours(bought, with_pareto=False)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{customers:,} customers: {sum(times.values()):.2f} s in all, peak {after // 1024} MB")
    print(f"    (drawing them took {before // 1024} MB)")
    for name, took in times.items():
        print(f"    {name:<20} {took:7.3f} s")
    for size in (10_000, 100_000):
        bought = drawn(size)
        times = ours(bought, with_pareto=True)
        print(f"{size:,} customers")
        peers = {
            name: theirs(os.environ[variable], script, bought)
            for name, (variable, script) in PEERS.items()
            if variable in os.environ
        }
        for name, took in times.items():
            line = f"    {name:<20} {took:7.3f} s"
            for peer, told in peers.items():
                if name in told:
                    line += f"   {peer} {told[name]:7.2f} s, {told[name] / took:6.0f} times"
            print(line)


if __name__ == "__main__":
    measure()
