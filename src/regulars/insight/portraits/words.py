"""What a portrait says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from regulars.insight.portraits.attributes import FOLLOWERS, akin
from regulars.insight.portraits.value_names import OTHER, attribute_name, plain_value, value_name
from regulars.kernel.sentence import Sentence

CORE = ("depth = core",)
CHAMPIONS = ("rfm_segment = champions",)
BUYERS = ("orders >= 1",)
_NAMES: dict[tuple[str, ...], tuple[str, str]] = {
    CORE: ("core customers", "核心用户"),
    CHAMPIONS: ("champions by RFM", "RFM 冠军用户"),
    BUYERS: ("all buyers", "全部购买用户"),
}
_SAID = 3
_GROUPS_SAID = 4


def says(
    rows: Sequence[dict[str, Any]],
    base: int,
    groups: dict[str, int],
    small: Sequence[str],
    group: Sequence[str],
    base_conditions: Sequence[str],
    by: str | None,
    minimum: int,
    *,
    by_rule: bool = False,
) -> Iterator[Sentence]:
    """The most important first.

    Args:
        rows: of the portrait.
        base: customers in the base.
        groups: customers by group.
        small: groups that are not shown.
        group: conditions of the group.
        base_conditions: of the base.
        by: the attribute whose values are the groups.
        minimum: customers below which nothing is told.
        by_rule: what the rule for the group brings about was left out.
    """
    base_en, base_zh = _named(base_conditions)
    if by is None:
        group_en, group_zh = _named(group)
        customers = next(iter(groups.values()))
        yield Sentence(
            f"{customers:,} {group_en}, against {base_en} ({base:,}).",
            f"{group_zh} {customers:,} 人，对比{base_zh} {base:,} 人。",
        )
    else:
        name, name_zh = attribute_name(by, "en"), attribute_name(by, "zh")
        yield Sentence(
            f"{len(groups)} groups by {name}, each against {base_en} ({base:,}).",
            f"按{name_zh}分为 {len(groups)} 组，各自对比{base_zh} {base:,} 人。",
        )
    for one in list(groups)[:_GROUPS_SAID]:
        yield from _stands_out([row for row in rows if row["group"] == one], by, one)
    if by_rule:
        yield Sentence(
            "Left out is what the rule for them brings about by itself, such as spend, purchases,"
            " RFM and type.",
            "规则本身带来的特征（实付、购买次数、RFM、类型等）不列出。",
        )
    if small:
        shown, more = small[:5], len(small) - 5
        english = ", ".join(plain_value(by or "", one, "en") for one in shown)
        chinese = "、".join(plain_value(by or "", one, "zh") for one in shown)
        yield Sentence(
            f"Not shown, with fewer than {minimum} customers or beyond the largest groups:"
            f" {english}{f' and {more} more' if more > 0 else ''}.",
            f"未展示（人数少于 {minimum} 或组数过多）：{chinese}"
            f"{f' 等 {more + 5} 组' if more > 0 else ''}。",
        )
    yield Sentence(
        "Over and under are told where at most 5 % of such verdicts would be chance; what goes"
        " along with a group need not be its cause.",
        "“偏高/偏低”已控制误判率不超过 5%；与某群体相关的特征不等于原因。",
    )


def _named(conditions: Sequence[str]) -> tuple[str, str]:
    joined = " & ".join(conditions)
    return _NAMES.get(tuple(conditions), (f"customers with {joined}", f"满足 {joined} 的用户"))


def _stands_out(rows: list[dict[str, Any]], by: str | None, group: str) -> Iterator[Sentence]:
    over = [row for row in rows if row["verdict"] == "over" and row["value"] != OTHER]
    over.sort(key=lambda row: -round(row["group_share"] - row["base_share"], 9))
    told: list[dict[str, Any]] = []
    known: set[str] = set()
    for row in over:  # one value of each attribute, and none that says the same again
        follows = row["attribute"] in FOLLOWERS
        if not follows and row["attribute"] not in known and len(told) < _SAID:
            told.append(row)
            known |= akin(row["attribute"])
    lead = f"{plain_value(by, group, 'en')}: " if by else ""
    lead_zh = f"{plain_value(by, group, 'zh')}：" if by else ""
    if not told:
        yield Sentence(
            f"{lead}nothing is more frequent than in the base, as far as can be told."
            if by
            else "Nothing is more frequent than in the base, as far as can be told.",
            f"{lead_zh}没有可辨的偏高特征。",
        )
        return
    english = "; ".join(
        f"{value_name(row['attribute'], row['value'], 'en')}"
        f" ({row['group_share']:.0%} to {row['base_share']:.0%}, TGI {row['tgi']:.0f})"
        for row in told
    )
    chinese = "；".join(
        f"{value_name(row['attribute'], row['value'], 'zh')}"
        f"（{row['group_share']:.0%} 对 {row['base_share']:.0%}，TGI {row['tgi']:.0f}）"
        for row in told
    )
    more = "more often" if by else "More often"
    yield Sentence(f"{lead}{more} {english}.", f"{lead_zh}更多见于 {chinese}。")
