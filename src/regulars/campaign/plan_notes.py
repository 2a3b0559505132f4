"""What a plan does with each play, and remarks on the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.campaign.choose import Chosen
from regulars.campaign.customers import Customers
from regulars.campaign.playbook import Channel, Playbook
from regulars.permission.assignment import Epoch

_NEEDS = {
    Channel.SMS: ("phone", "手机号", "a phone number"),
    Channel.CALL: ("phone", "手机号", "a phone number"),
    Channel.EMAIL: ("email", "邮箱", "an e-mail address"),
}


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on the whole plan."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class PlaySummary:
    """What a plan does with one play."""

    play: str
    name_zh: str
    name_en: str
    lever: str
    metric: str
    act: int
    hold_out: int
    global_hold_out: int
    not_funded: int
    reserved: Decimal
    """The worst case of its actions."""
    expected_cost: Decimal
    """Of its actions."""
    expected_worth: Decimal
    """Of its actions; assumed until measured."""


def summaries_of(
    playbook: Playbook, chosen: Chosen, decisions: NDArray[np.str_]
) -> tuple[PlaySummary, ...]:
    """A summary for each active play, in the order of the playbook."""
    summaries = []
    for index, play in enumerate(playbook.active):
        mine = chosen.play == index
        acts = mine & (decisions == "act")
        counts = {
            name: int((mine & (decisions == name)).sum())
            for name in ("act", "hold_out", "global_hold_out", "not_funded")
        }
        summaries.append(
            PlaySummary(
                play=play.id,
                name_zh=play.name.zh,
                name_en=play.name.en,
                lever=play.lever.value,
                metric=play.kpi.metric,
                **counts,
                reserved=_money(chosen.worst_case[acts]),
                expected_cost=_money(chosen.cost[acts]),
                expected_worth=_money(chosen.worth[acts]),
            )
        )
    return tuple(summaries)


def notes_of(
    customers: Customers,
    chosen: Chosen,
    decisions: NDArray[np.str_],
    playbook: Playbook,
    day: date,
    as_of: date,
    epoch: Epoch,
    contacts: pa.Table | None,
) -> tuple[Note, ...]:
    """What whoever reads the plan should know of it."""
    return tuple(
        _notes(customers, chosen, decisions, playbook, day, as_of, epoch, contacts is not None)
    )


def _notes(
    customers: Customers,
    chosen: Chosen,
    decisions: NDArray[np.str_],
    playbook: Playbook,
    day: date,
    as_of: date,
    epoch: Epoch,
    knows_contacts: bool,
) -> Iterator[Note]:
    yield Note(
        "预计价值为先验假设，待对照组实测后更新；计划只是清单，尚未发送任何内容",
        "expected worth is assumed until hold-outs have measured it; nothing is sent",
    )
    yield Note(
        f"全局对照组第 {epoch.number} 期：{epoch.starts_on} 至 {epoch.ends_on}，{epoch.share:.1%}",
        f"global hold-out, epoch {epoch.number}: {epoch.starts_on} to {epoch.ends_on},"
        f" {epoch.share:.1%}",
    )
    if as_of != day:
        yield Note(
            f"依据截至 {as_of} 的用户数据，为 {day} 做计划",
            f"planned for {day} from what was known on {as_of}",
        )
    if chosen.nothing_applies:
        yield Note(
            f"{chosen.nothing_applies:,} 位用户当天没有适用的打法",
            f"{_people(chosen.nothing_applies)} with no play that applies on the day",
        )
    if chosen.not_worth_it:
        yield Note(
            f"{chosen.not_worth_it:,} 位用户适用的打法都不值其成本",
            f"{_people(chosen.not_worth_it)} for whom no play is worth its cost",
        )
    if not knows_contacts and any(play.cooldown_days for play in playbook.active):
        yield Note(
            "尚无触达记录，未应用冷却期",
            "there is no record of earlier actions yet, so cooldowns were not applied",
        )
    acts = decisions == "act"
    for channel, (column, zh, en) in _NEEDS.items():
        plays = [i for i, play in enumerate(playbook.active) if play.message.channel is channel]
        mine = acts & np.isin(chosen.play, plays)
        lacking = int((~customers.is_present(column)[chosen.rows[mine]]).sum())
        if lacking:
            yield Note(
                f"{channel} 的 {int(mine.sum()):,} 个动作中有 {lacking:,} 个没有{zh}，发送前需补全",
                f"{lacking:,} of {int(mine.sum()):,} actions by {channel} lack {en}",
            )


def _people(count: int) -> str:
    return f"{count:,} customer" + ("" if count == 1 else "s")


def _money(grains: NDArray[np.int64]) -> Decimal:
    return Decimal(int(grains.sum())).scaleb(-4)
