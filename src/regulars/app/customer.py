"""One customer: everything known, and why it is judged so, in words."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.app.as_of import understood_as_of
from regulars.app.identity import number_of, survivor_of
from regulars.app.next_words import in_percent, what_comes_next
from regulars.errors import NoSuchCustomer, UnknownValue
from regulars.kernel.money import format_money
from regulars.kernel.stage_names import LABELS, Stage

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.engines.duckdb import Warehouse
    from regulars.intake.vault import Vault
    from regulars.settings import Settings

_PURCHASES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class CustomerView:
    """Everything known of one customer.

    Attributes:
        row: the customer's row of the people table, as a table of one row.
        purchases: the latest purchases, newest first.
        history: the stages gone through, oldest first.
        categories: the customer's cycle in each category bought, the soonest due first.
        why_en, why_zh: sentences that explain stage, cycle and scores.
    """

    row: pa.Table
    purchases: pa.Table
    history: pa.Table
    categories: pa.Table
    why_en: list[str]
    why_zh: list[str]


def people(warehouse: Warehouse, stage: str | None) -> pa.Table:
    """The people table in the order of customer_id, of one stage if named."""
    understood_as_of(warehouse)
    if stage is None:
        return warehouse.sql("SELECT * FROM people ORDER BY customer_id")
    allowed = [str(one) for one in Stage]
    if stage not in allowed:
        raise UnknownValue.of("stage", stage, allowed)
    return warehouse.sql("SELECT * FROM people WHERE stage = ? ORDER BY customer_id", [stage])


def view(warehouse: Warehouse, settings: Settings, vault: Vault, number: str) -> CustomerView:
    """The customer of this number.

    The shop's own number is looked at first, then an account name, phone or e-mail address (by its
    keyed hash: nothing is opened), then ours.
    """
    understood_as_of(warehouse)
    row = warehouse.sql("SELECT * FROM people WHERE ref = ? ORDER BY customer_id", [number])
    if row.num_rows > 1:
        raise NoSuchCustomer(
            f"{row.num_rows} customers are shown as {number!r}, since their names are masked",
            todo="name one by customer_id, or by the account name, phone or e-mail in full",
        )
    asked: int | None = None
    if not row.num_rows:
        with suppress(NoSuchCustomer):  # said below in this verb's words
            asked = number_of(warehouse, vault, number)
            row = warehouse.sql(
                "SELECT * FROM people WHERE customer_id = ?", [survivor_of(warehouse, asked)]
            )
    if not row.num_rows:
        raise NoSuchCustomer(
            f"no customer has the number {number!r}",
            todo="take customer_id or ref from `regulars people`",
        )
    customer = row["customer_id"][0].as_py()
    fields = row.to_pylist()[0]
    categories = warehouse.sql(
        "SELECT * EXCLUDE (customer_id) FROM category_cycles WHERE customer_id = ?"
        " ORDER BY due_on, category",
        [customer],
    )
    why = _why(fields, settings) + _why_core(warehouse, settings, fields)
    if asked not in (None, customer):
        why.insert(
            0,
            (
                f"Customer {asked} is customer {customer} by now (`regulars identity {customer}`).",
                f"用户 {asked} 现已并入用户 {customer}（见 `regulars identity {customer}`）。",
            ),
        )
    why += what_comes_next(fields, categories.to_pylist(), settings)
    return CustomerView(
        row=row,
        purchases=warehouse.sql(
            "SELECT day, hour, net, gross, discount, items, main_category, source FROM purchases"
            f" WHERE customer_id = ? ORDER BY placed_at DESC, order_no LIMIT {_PURCHASES_SHOWN}",
            [customer],
        ),
        history=warehouse.sql(
            "SELECT changed_on, depth, warmth, stage FROM stage_history"
            " WHERE customer_id = ? ORDER BY changed_on",
            [customer],
        ),
        categories=categories,
        why_en=[sentence for sentence, _ in why],
        why_zh=[sentence for _, sentence in why],
    )


def _why_core(
    warehouse: Warehouse, settings: Settings, row: dict[str, Any]
) -> list[tuple[str, str]]:
    """Why the customer is core or not, by the published rule."""
    from regulars.insight.core_customers.draw import core_reason
    from regulars.insight.picture import View

    if not row["orders"]:
        return []
    seen = View(warehouse, settings, row["as_of"])
    told = core_reason(seen, row["customer_id"], row["orders"])
    return [] if told is None else [(told.en, told.zh)]


_WHOSE = {
    "own": ("this customer's own gaps", "本人的历史间隔"),
    "shrunk": (
        "this customer's few gaps, drawn towards those of customers alike",
        "本人少量间隔并向同类用户收缩",
    ),
    "category": ("customers of the same category", "同类目用户"),
    "shop": ("all customers of the shop", "全店用户"),
    "fallback": ("the settings, since the data cannot tell", "设置中的兜底值（数据不足）"),
}


def _days(days: float) -> str:
    return f"{days:.1f}" if days < 10 else f"{days:.0f}"


def _why(row: dict[str, Any], settings: Settings) -> list[tuple[str, str]]:
    """Pairs of sentences, English and Chinese."""
    label = LABELS[row["stage"]]
    if row["last_order_on"] is None:
        return [
            (
                f"{label.en}: the customer has no purchase; a visitor is not told from a follower"
                " yet.",
                f"{label.zh}：尚无购买；暂不区分访客与关注者。",
            )
        ]
    currency = settings.shop.currency
    money = format_money(row["monetary"], currency)
    warmth, depth = LABELS[row["warmth"]], LABELS[row["depth"]]
    whose_en, whose_zh = _WHOSE[row["cycle_source"]]
    p50, p80, p95 = (_days(row[f"cycle_{name}"]) for name in ("p50", "p80", "p95"))
    chance = row["chance_of_return"]
    sentences = [
        (
            f"Stage: {label.en.lower()}, since {row['stage_since']} (depth {row['depth']}, warmth"
            f" {row['warmth']}; judged with the cycle as it was known then).",
            f"阶段：{label.zh}，自 {row['stage_since']} 起（深度：{depth.zh}，冷热：{warmth.zh}；"
            "按当时判定的周期）。",
        ),
        (
            f"{row['orders']} {'purchase' if row['orders'] == 1 else 'purchases'}"
            f" for {money} from {row['first_order_on']} to"
            f" {row['last_order_on']}; {row['recency_days']} days have passed since the last one.",
            f"{row['first_order_on']} 至 {row['last_order_on']} 共购买 {row['orders']} 次，"
            f"实付 {money}；距末单 {row['recency_days']} 天。",
        ),
        (
            f"The cycle comes from {whose_en}: half return within {p50} days, 80 % within"
            f" {p80}, 95 % within {p95}.",
            f"周期依据{whose_zh}：一半在 {p50} 天内复购，80% 在 {p80} 天内，95% 在 {p95} 天内。",
        ),
        (
            f"Due on {row['due_on']}, at risk after {row['at_risk_on']}, dormant after"
            f" {row['dormant_on']}.",
            f"应复购日 {row['due_on']}，{row['at_risk_on']} 后有流失风险，"
            f"{row['dormant_on']} 后视为沉睡。",
        ),
    ]
    if row["fallback_percentiles"]:
        named = ", ".join(row["fallback_percentiles"]).upper()
        sentences.append(
            (
                f"{named}: not reached by the data, so taken from the settings.",
                f"{named}：数据未达到，取自设置。",
            )
        )
    if chance is not None:
        days = settings.cycle.horizon_days
        sentences.append(
            (
                f"The chance of a purchase within {days} days is {in_percent(chance)}; below"
                f" {settings.cycle.lost_below:.0%} a customer counts as lost.",
                f"{days} 天内再次购买的概率为 {in_percent(chance)}；低于"
                f" {settings.cycle.lost_below:.0%} 视为流失。",
            )
        )
    if row["top_category"]:
        sentences.append(
            (
                f"Bought {row['top_category']} {row['top_category_orders']} times.",
                f"购买过 {row['top_category']} {row['top_category_orders']} 次。",
            )
        )
    sentences.append(
        (
            f"RFM scores, 5 best: R {row['r']}, F {row['f']}, M {row['m']} ({row['rfm_segment']});"
            f" high or not in the eight segments: {row['rfm8']}.",
            f"RFM 打分（5 最好）：R {row['r']}、F {row['f']}、M {row['m']}；"
            f"八分法高低位 {row['rfm8']}：{row['rfm8_name']}。",
        )
    )
    return sentences
