"""The plays of the playbook by the stage of AARRR that they address, with who is on record.

A play stands where its audience is to go next: visitors are to be won (acquisition), followers to
be activated, the activated to buy (revenue), and whoever has bought to stay (retention). The
playbook has no kind of play that asks customers to bring others, so none stands at referral.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from regulars.app.store import has_store, open_store
from regulars.campaign.plan_rows import offer_words
from regulars.campaign.playbook import Play, default_playbook, read_playbook
from regulars.insight.aarrr.plays import (
    ACQUISITION,
    ACTIVATION,
    RETENTION,
    REVENUE,
    StagePlay,
)
from regulars.kernel.sentence import Sentence
from regulars.kernel.stage_names import Depth, Stage
from regulars.permission.assignment import play_test

if TYPE_CHECKING:
    from regulars.app.home import Home

_BY_DEPTH = {
    "not_observable": ACQUISITION,
    Depth.VISITOR: ACQUISITION,
    Depth.FOLLOWER: ACTIVATION,
    Depth.ACTIVATED: REVENUE,
}


def stage_plays(home: Home) -> tuple[StagePlay, ...]:
    """The active plays that do something, in the order of the playbook.

    Raises:
        SettingsError: the playbook holds a mistake.
    """
    playbook = read_playbook(home.playbook) if home.playbook.exists() else default_playbook()
    plays = [play for play in playbook.active if not play.suppresses]
    recorded = _recorded(home, plays)
    currency = home.settings.shop.currency
    return tuple(
        StagePlay(
            stage=stage_of(play),
            play=play.id,
            name=Sentence(play.name.en, play.name.zh),
            offer=Sentence(*(offer_words(play, language, currency) for language in ("en", "zh"))),
            treated=recorded[play.id][0],
            held_out=recorded[play.id][1],
        )
        for play in plays
    )


def stage_of(play: Play) -> str:
    """The stage of AARRR that the play addresses.

    >>> stage_of(default_playbook().play("follower_welcome"))
    'activation'
    >>> stage_of(default_playbook().play("at_risk_benefit"))
    'retention'
    """
    named: list[Stage | Depth] = [*play.audience.stages, *play.audience.depths]
    found = {_BY_DEPTH.get(str(one), RETENTION) for one in named}
    return found.pop() if len(found) == 1 else RETENTION


def _recorded(home: Home, plays: list[Play]) -> dict[str, tuple[int, int]]:
    """How many customers are on record as treated and as held out, by play."""
    if not has_store(home):
        return {play.id: (0, 0) for play in plays}
    from regulars.engines.store_assignments import SqlAssignments

    found = {}
    with open_store(home) as store:
        book = SqlAssignments(store)
        for play in plays:
            _, held_out = book.arms(play_test(play.test_name))
            left_alone = int(np.count_nonzero(held_out))
            found[play.id] = (len(held_out) - left_alone, left_alone)
    return found
