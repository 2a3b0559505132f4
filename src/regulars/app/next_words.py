"""What comes next of a customer, in sentences a shopkeeper reads; English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.kernel.money import format_money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regulars.settings import Settings

_CATEGORIES_TOLD = 3
_YEAR = 365

Sentence = tuple[str, str]


def in_percent(share: float) -> str:
    """A chance as people read it; what is nearly certain is not called certain.

    >>> in_percent(0.314), in_percent(0.0002), in_percent(0.9999)
    ('31.4%', '<0.1%', '>99.9%')
    """
    if share < 0.001:
        return "<0.1%"
    return ">99.9%" if share > 0.999 else f"{share:.1%}"


def what_comes_next(
    row: dict[str, Any], categories: Sequence[dict[str, Any]], settings: Settings
) -> list[Sentence]:
    """Sentences on chances, value, promotions and what is due in which category.

    Args:
        row: of the people table.
        categories: of `category_cycles`, the soonest due first.
        settings: for currency and what a value counts.
    """
    sentences: list[Sentence] = []
    if row["chance_30"] is not None:
        soon, later = in_percent(row["chance_30"]), in_percent(row["chance_90"])
        sentences.append(
            (
                f"The chance of a purchase within 30 days is {soon}, within 90 days {later}.",
                f"30 天内购买的概率为 {soon}，90 天内为 {later}。",
            )
        )
    sentences += _value(row, settings)
    if row["buys_only_at"]:
        names = row["buys_only_at"]
        sentences.append(
            (
                f"Buys only at promotions so far: {names}.",
                f"目前只在大促期间购买：{names}。",
            )
        )
    return sentences + _categories(row, categories)


def _value(row: dict[str, Any], settings: Settings) -> list[Sentence]:
    year, spend, worth = (
        row[name] for name in ("expected_purchases_365", "expected_spend", "lifetime_value")
    )
    if year is None:
        return []
    sentences = [
        (
            f"About {year:.1f} purchases are expected within a year; still an active customer"
            f" with a chance of {in_percent(row['alive'])}.",
            f"未来一年预计购买 {year:.1f} 次；仍为活跃用户的概率为 {in_percent(row['alive'])}。",
        )
    ]
    if worth is not None and spend is not None:
        currency = settings.shop.currency
        years = settings.lifetime.value_days / _YEAR
        money, price = format_money(worth, currency), format_money(spend, currency)
        sentences.append(
            (
                f"At {price} a purchase and a margin of {settings.shop.margin:.0%}, that is"
                f" {money} of profit over {years:.0f} years in money of today.",
                f"按每单 {price}、毛利率 {settings.shop.margin:.0%} 计，"
                f"未来 {years:.0f} 年的利润折现约 {money}。",
            )
        )
    return sentences


def _categories(row: dict[str, Any], categories: Sequence[dict[str, Any]]) -> list[Sentence]:
    """What is due next, first that whose day has not passed long ago."""
    told = [one for one in categories if one["due_on"] > row["as_of"]][:_CATEGORIES_TOLD]
    sentences = []
    for one in told:
        days, times = f"{one['cycle_p50']:.0f}", one["purchases"]
        chance = one["chance_30"]
        en = f"; {in_percent(chance)} within 30 days" if chance is not None else ""
        zh = f"，30 天内购买概率 {in_percent(chance)}" if chance is not None else ""
        sentences.append(
            (
                f"{one['category']} is due on {one['due_on']}: bought on {times}"
                f" {'day' if times == 1 else 'days'}, about every {days} days{en}.",
                f"{one['category']}应于 {one['due_on']} 复购：已在 {times} 天购买过，"
                f"约每 {days} 天一次{zh}。",
            )
        )
    return sentences
