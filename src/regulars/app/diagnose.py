"""A diagnosis of a home: the pictures of `insight.diagnosis`, with the plays of its playbook."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from regulars.app.drawing import view_at
from regulars.campaign.plan_rows import offer_words
from regulars.campaign.playbook import Play, Playbook, default_playbook, grains, read_playbook
from regulars.campaign.worth import worth_of
from regulars.insight.diagnosis.diagnose import SECOND_ORDERS, SLIPPING, Diagnosis
from regulars.insight.diagnosis.diagnose import diagnose as look
from regulars.insight.diagnosis.remedy import Remedy
from regulars.kernel.sentence import Sentence
from regulars.kernel.stage_names import Stage, Warmth
from regulars.kernel.step import Step, silent

if TYPE_CHECKING:
    from decimal import Decimal

    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse

_GRAINS = 10_000


def diagnose(
    warehouse: Warehouse, home: Home, as_of: date | None = None, step: Step = silent
) -> Diagnosis:
    """Where profit leaks, how much of it, and what to try first.

    Args:
        warehouse: of the home.
        home: the shop.
        as_of: the end of this day; by default the day of the people table, brought up to date.
        step: told the name of each step.

    Raises:
        NotUnderstood: no orders have come in yet.
        CannotTell: no purchase names its buyer.
        SettingsError: the playbook holds a mistake.
    """
    playbook = read_playbook(home.playbook) if home.playbook.exists() else default_playbook()
    with view_at(warehouse, home, as_of, step) as view:
        step("what is lost where")
        usual = warehouse.sql(
            "SELECT avg(net) AS basket FROM purchases WHERE customer_id IS NOT NULL"
        )["basket"][0].as_py()
        shop = home.settings.shop
        return look(view, remedies(playbook, usual or 0, shop.margin, shop.currency))


def remedies(
    playbook: Playbook, basket: float | Decimal, margin: float, currency: str
) -> Iterable[Remedy]:
    """The plays that address first-time buyers, or those at risk, as remedies.

    Plays with narrower audiences (a category, core customers only) are left out: a test of them
    would need a shop of their own size.

    Args:
        playbook: of the shop.
        basket: usual value of a purchase, in the shop's currency.
        margin: share of the price that is profit.
        currency: of all amounts.
    """
    for play in playbook.active:
        leak = _leak(play)
        if leak is None or not play.prior.incremental_chance or play.suppresses:
            continue
        cost = worth_of(play, np.array([grains(float(basket))], np.int64), margin).cost[0]
        yield Remedy(
            play=play.id,
            name=Sentence(play.name.en, play.name.zh),
            offer=Sentence(*(offer_words(play, language, currency) for language in ("en", "zh"))),
            leak=leak,
            rise=play.prior.incremental_chance,
            within_days=play.prior.within_days,
            cost=int(cost) / _GRAINS,
            starts=None if Warmth.DUE in play.audience.warmth else play.timing.days,
        )


def _leak(play: Play) -> str | None:
    audience = play.audience
    if audience.depths or audience.top_categories or audience.tags or audience.attributes:
        return None
    if audience.stages == (Stage.FIRST_ORDER,):
        return SECOND_ORDERS
    if audience.stages == (Stage.AT_RISK,):
        return SLIPPING
    return None
