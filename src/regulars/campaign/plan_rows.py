"""The rows of the plan: what was decided, filled into texts, for whole columns at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from regulars.campaign.allocate import Allocation
from regulars.campaign.choose import Chosen
from regulars.campaign.customers import Customers, Ints
from regulars.campaign.money_text import decimals, texts
from regulars.campaign.placeholders import MESSAGE_PLACEHOLDERS, fill
from regulars.campaign.plan_table import PLAN_SCHEMA
from regulars.campaign.playbook import Play, Playbook
from regulars.campaign.products import Products
from regulars.campaign.reason import reasons
from regulars.campaign.sentence import join_present
from regulars.kernel.clock import day_number
from regulars.kernel.money import format_money
from regulars.permission.assignment import Epoch
from regulars.settings import Settings

_NEEDED = [
    "customer_id",
    "ref",
    "registered_on",
    "last_order_on",
    "orders",
    "average_order_value",
    "top_category",
    "top_category_orders",
    "usual_hour",
    "cycle_source",
    "cycle_p50",
    "fallback_percentiles",
    "due_on",
    "chance_of_return",
    "stage",
    "previous_stage",
]
_FIRST_HOUR, _LAST_HOUR, _UNKNOWN_HOUR = 8, 21, 10
Decisions = NDArray[np.str_]


def rows_of(
    people: pa.Table,
    chosen: Chosen,
    decisions: Decisions,
    allocation: Allocation,
    playbook: Playbook,
    settings: Settings,
    day: date,
    epoch: Epoch,
    products: pa.Table | None = None,
) -> pa.Table:
    """The plan's table, in the order of rank."""
    few = Customers(people.select(_NEEDED).take(pa.array(chosen.rows)))
    known = Products(few, products)
    plays, currency = playbook.active, settings.shop.currency
    of_play = pa.array(chosen.play)
    why = reasons(
        few,
        day_number(day),
        currency=currency,
        horizon_days=settings.cycle.horizon_days,
    )
    named = known.named(plays, chosen.play)
    columns: dict[str, pa.Array] = {
        "customer_id": few.column("customer_id"),
        "ref": few.column("ref"),
        "stage": few.column("stage"),
        "play": _per_play([play.id for play in plays], of_play),
        "play_name_zh": _per_play([play.name.zh for play in plays], of_play),
        "play_name_en": _per_play([play.name.en for play in plays], of_play),
        "lever": _per_play([play.lever.value for play in plays], of_play),
        "decision": pa.array(decisions, pa.string()),
        "channel": _per_play([play.message.channel.value for play in plays], of_play),
        "send_on": pa.array(chosen.send_day.astype(np.int32)).cast(pa.date32()),
        "send_hour": _hours(few, chosen, plays),
        "expected_cost": decimals(chosen.cost),
        "worst_case": decimals(chosen.worst_case),
        "expected_worth": decimals(chosen.worth),
        "product_id": named.product_id.fill_null(""),
        "product": named.product.fill_null(""),
        "reason_zh": join_present(
            [why.zh, _joined("推荐", named.product, "：", named.why_zh)], "；"
        ),
        "reason_en": join_present(
            [why.en, _joined("offers ", named.product, ": ", named.why_en)], "; "
        ),
        "rank": pa.array(np.arange(1, len(chosen.rows) + 1, dtype=np.int32)),
    }
    for language in ("zh", "en"):
        offers = [offer_words(play, language, currency) for play in plays]
        columns[f"offer_{language}"] = _per_play(offers, of_play)
        columns[f"message_{language}"] = _messages(few, known, chosen, plays, settings, language)
        columns[f"why_not_{language}"] = _why_not(
            chosen, decisions, allocation, plays, currency, epoch, language, people.num_rows
        )
    return pa.table([columns[name] for name in PLAN_SCHEMA.names], schema=PLAN_SCHEMA)


def offer_words(play: Play, language: str, currency: str) -> str:
    """The words of the play's offer, filled in; empty without an offer.

    >>> from regulars.campaign.playbook import default_playbook
    >>> offer_words(default_playbook().play("at_risk_benefit"), "zh", "CNY")
    '老客满¥99减¥10券'
    """
    if play.offer.text is None:
        return ""
    text: str = getattr(play.offer.text, language)
    for name, value in _offer_values(play, currency).items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _offer_values(play: Play, currency: str) -> dict[str, str]:
    offer = play.offer
    return {
        "value": _amount(offer.value, currency),
        "percent": "" if offer.percent is None else f"{offer.percent:g}",
        "min_spend": _amount(offer.min_spend, currency),
        "valid_days": str(offer.valid_days),
    }


def _amount(amount: float, currency: str) -> str:
    """Money as shops write it: no cents where there are none."""
    text = format_money(Decimal(str(amount)), currency)
    return text.removesuffix(".00").removesuffix(".000")


def _joined(*parts: pa.Array | str) -> pa.Array:
    """The parts of each row as one text; missing where a part is."""
    return pc.binary_join_element_wise(*parts, "")


def _messages(
    few: Customers,
    known: Products,
    chosen: Chosen,
    plays: tuple[Play, ...],
    settings: Settings,
    language: str,
) -> pa.Array:
    values = {
        **known.placeholders(),
        "top_category": few.column("top_category"),
        "orders": few.column("orders").cast(pa.string()),
        "days_since": _days_since(few, chosen),
        "cycle_days": _whole(few.reals("cycle_p50")),
        "last_order_on": few.column("last_order_on").cast(pa.string()),
        "due_on": few.column("due_on").cast(pa.string()),
    }
    for placeholder in MESSAGE_PLACEHOLDERS:
        if placeholder.name in values:
            missing = getattr(placeholder, f"missing_{language}")
            values[placeholder.name] = values[placeholder.name].fill_null(missing)
    pieces, places = [pa.array([], pa.string())], []
    for index, play in enumerate(plays):
        at = np.flatnonzero(chosen.play == index)
        mine = {name: column.take(pa.array(at)) for name, column in values.items()}
        constant = {
            "shop": settings.shop.name,
            "offer": offer_words(play, language, settings.shop.currency),
            **_offer_values(play, settings.shop.currency),
        }
        pieces.append(fill(getattr(play.message, language), {**mine, **constant}, len(at)))
        places.append(at)
    back = np.argsort(np.concatenate(places)) if places else np.empty(0, np.int64)
    return pa.concat_arrays(pieces).take(pa.array(back))


def _days_since(few: Customers, chosen: Chosen) -> pa.Array:
    """Days from the latest purchase to the day on which the message goes out."""
    last, bought = few.days("last_order_on")
    return pa.array(chosen.send_day - last, mask=~bought).cast(pa.string())


def _whole(numbers: NDArray[np.float64]) -> pa.Array:
    known = np.isfinite(numbers)
    days = np.rint(np.where(known, numbers, 0)).astype(np.int64)
    return pa.array(days, mask=~known).cast(pa.string())


def _hours(few: Customers, chosen: Chosen, plays: tuple[Play, ...]) -> pa.Array:
    usual = np.nan_to_num(few.reals("usual_hour"), nan=_UNKNOWN_HOUR).astype(np.int64)
    usual = np.clip(usual, _FIRST_HOUR, _LAST_HOUR)  # a promotional SMS goes out 8:00-22:00
    fixed = np.array(
        [-1 if play.timing.hour == "usual" else play.timing.hour for play in plays] or [0], np.int64
    )[chosen.play]
    return pa.array(np.where(fixed < 0, usual, fixed).astype(np.int32))


def _why_not(
    chosen: Chosen,
    decisions: Decisions,
    allocation: Allocation,
    plays: tuple[Play, ...],
    currency: str,
    epoch: Epoch,
    language: str,
    people: int,
) -> pa.Array:
    """Why nothing is done, where nothing is, and which other plays applied."""
    zh = language == "zh"
    last = epoch.ends_on.isoformat()
    told: pa.Array = pa.nulls(len(decisions), pa.string())
    told = pc.if_else(
        pa.array(decisions == "hold_out"),
        "特意不触达（对照组），用来衡量这个打法的真实效果"
        if zh
        else "left alone on purpose (hold-out), to measure what this play changes",
        told,
    )
    told = pc.if_else(
        pa.array(decisions == "global_hold_out"),
        f"全局对照组，{last} 前不做任何营销，用来衡量全部营销的真实效果"
        if zh
        else f"left alone by all marketing until {last}, to measure what all plays change",
        told,
    )
    needed = texts(chosen.worst_case, currency)
    left = texts(np.array(allocation.left_before, np.int64), currency)
    short = (
        pc.binary_join_element_wise("预算不足：最多需 ", needed, "，预算只剩 ", left, "")
        if zh
        else pc.binary_join_element_wise(
            "not funded: up to ", needed, " needed, ", left, " of the budget left", ""
        )
    )
    told = pc.if_else(pa.array(decisions == "not_funded"), short, told)
    others = _other_plays(chosen, plays, currency, language, people)
    return join_present([told, others], "；" if zh else "; ")


def _other_plays(
    chosen: Chosen, plays: tuple[Play, ...], currency: str, language: str, people: int
) -> pa.Array:
    zh = language == "zh"
    rank = np.full(people, -1, np.int64)
    rank[chosen.rows] = np.arange(len(chosen.rows))
    columns: list[pa.Array] = []
    for index, (play, offered) in enumerate(zip(plays, chosen.offered, strict=True)):
        at = rank[offered.rows]
        other = (at >= 0) & (chosen.play[at] != index) if len(chosen.rows) else at > at
        if not other.any():
            continue
        name = play.name.zh if zh else play.name.en
        worth = texts(offered.worth[other], currency)
        words = (
            pc.binary_join_element_wise(f"{name}（预计价值 ", worth, "）", "")
            if zh
            else pc.binary_join_element_wise(f"{name} (worth ", worth, ")", "")
        )
        columns.append(_scatter(words, at[other], len(chosen.rows)))
    if not columns:
        return pa.nulls(len(chosen.rows), pa.string())
    joined = join_present(columns, "、" if zh else ", ")
    lead = "也适用：" if zh else "also fitting: "
    return pc.if_else(pc.equal(joined, ""), None, pc.binary_join_element_wise(lead, joined, ""))


def _scatter(values: pa.Array, places: Ints, rows: int) -> pa.Array:
    """The values at their places among so many rows, missing elsewhere."""
    source = np.full(rows, -1, np.int64)
    source[places] = np.arange(len(places))
    return values.take(pa.array(source, mask=source < 0))


def _per_play(words: list[str], of_play: pa.Array) -> pa.Array:
    return pa.array(words, pa.string()).take(of_play)
