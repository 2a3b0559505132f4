"""What cohorts say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt

from scipy.special import stdtrit

from regulars.insight.cohorts.cells import PARTS
from regulars.insight.cohorts.values import Course, T
from regulars.insight.first_order import (
    CATEGORY,
    IN_TIME,
    LEAST,
    MONTH,
    NAMED,
    PRODUCT,
    SOURCE,
    UNKNOWN,
    shown_name,
)
from regulars.insight.picture import View
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

HORIZONS = (12, 6, 3, 1)
_WORTH_SAYING = 0.02
WHAT = {
    SOURCE: ("sources", "source", "渠道", "who came in by {}", "来自「{}」的用户"),
    CATEGORY: ("first categories", "category", "首购品类", "who began with {}", "首购「{}」的用户"),
    PRODUCT: ("first products", "product", "首购商品", "who began with {}", "首购「{}」的用户"),
}


def cohort_name(course: Course, by: str) -> str:
    """The name in tables and sentences."""
    return shown_name(course.kind, course.name, by)


def horizon(told: Sequence[Course]) -> int | None:
    """The longest of 12, 6, 3 and 1 months that at least two cohorts have reached."""
    named = [one for one in told if one.kind == NAMED]
    for months in HORIZONS:
        if sum(one.worth_after(months) is not None for one in named) >= min(2, len(named)) > 0:
            return months
    return None


def apart(one: tuple[float, float], other: tuple[float, float], comparisons: int) -> bool:
    """Whether two values with their standard errors differ beyond chance.

    Student's t with Bonferroni's correction for having chosen among so many comparisons (Bonferroni
    1936; Dunn 1961, Multiple comparisons among means, JASA 56, 52-64).
    """
    bound = stdtrit(PARTS - 1, 1 - 0.025 / comparisons)
    return bool(abs(one[0] - other[0]) > bound * sqrt(one[1] ** 2 + other[1] ** 2))


def says(told: Sequence[Course], by: str, view: View, *, asked: bool) -> Iterator[Sentence]:
    """Who is worth most, whether newer cohorts are better, and what to mind."""
    currency = view.settings.shop.currency
    yield from _newest(told, by, currency) if by in IN_TIME else _best(told, by, currency)
    yield from _all(told[0], currency)
    yield from _unknown(told, by)
    if not asked and by != SOURCE:
        en, zh = ("first category", "首购品类") if by == CATEGORY else ("quarter", "首购季度")
        yield Sentence(
            f"Orders name no two sources, so that customers are told apart by {en}.",
            f"订单没有来源信息，因此按{zh}分群。",
        )


def _money(value: float, currency: str) -> str:
    return spoken(round(value, 4), currency)


def _span(worth: tuple[float, float], currency: str, language: str) -> str:
    low, high = (_money(worth[0] + side * T * worth[1], currency) for side in (-1, 1))
    return f"{low} to {high}" if language == "en" else f"{low}–{high}"


def _best(told: Sequence[Course], by: str, currency: str) -> Iterator[Sentence]:
    months = horizon(told)
    reached = [
        (worth, one)
        for one in told
        if one.kind == NAMED and months is not None and (worth := one.worth_after(months))
    ]
    if months is None or len(reached) < 2:
        yield Sentence(
            f"No two groups of {LEAST} customers have been seen for a whole month yet.",
            f"还没有两个满 {LEAST} 人、观察满一个自然月的群体可比。",
        )
        return
    reached.sort(key=lambda pair: -pair[0][0])
    (best, first), (worst, last) = reached[0], reached[-1]
    count = len(reached)
    differ = apart(best, worst, count * (count - 1) // 2)
    plural, singular, plural_zh, en, zh = WHAT[by]
    ending = (
        "the difference is beyond chance" if differ else "the difference may be chance",
        "差异超出随机波动" if differ else "差异可能只是随机波动",
    )
    plural_months = "s" if months > 1 else ""
    yield Sentence(
        f"After {months} month{plural_months} a customer {en.format(first.name)} has brought"
        f" {_money(best[0], currency)} of profit ({_span(best, currency, 'en')}), one"
        f" {en.format(last.name)} {_money(worst[0], currency)} ({_span(worst, currency, 'en')}):"
        f" the most and the least of {count} {plural}; {ending[0]}.",
        f"首购后 {months} 个月，{zh.format(first.name)}人均累计毛利"
        f" {_money(best[0], currency)}（{_span(best, currency, 'zh')}），{zh.format(last.name)}"
        f"为 {_money(worst[0], currency)}（{_span(worst, currency, 'zh')}），分别是 {count} 个"
        f"{plural_zh}中最高和最低；{ending[1]}。",
    )
    yield Sentence(
        f"This is how customers of different {plural} differ; it does not prove that the {singular}"
        " makes the difference.",
        f"这是不同{plural_zh}用户之间的差异，并不证明差异由{plural_zh}造成。",
    )


def _newest(told: Sequence[Course], by: str, currency: str) -> Iterator[Sentence]:
    """The newest cohort with three months behind it, against those of the year before it."""
    width = 1 if by == MONTH else 3
    for months in (3, 1):
        reached = [
            one for one in told if one.kind == NAMED and _whole(one, months) and one.size >= LEAST
        ]
        if len(reached) > 1:
            break
    else:
        yield Sentence(
            f"No two cohorts of {LEAST} customers have been seen for a whole month yet.",
            f"还没有两个满 {LEAST} 人、观察满一个自然月的同期群可比。",
        )
        return
    newest = reached[-1]
    earlier = [
        one for one in reached[:-1] if int(newest.name) - int(one.name) <= 12 // width * width
    ]
    if not earlier:
        return
    own = newest.worth_after(months) or (0.0, 0.0)
    size = sum(one.size for one in earlier)
    worths = [(one.size / size, *(one.worth_after(months) or (0.0, 0.0))) for one in earlier]
    before = (
        sum(weight * worth for weight, worth, _ in worths),
        sqrt(sum((weight * spread) ** 2 for weight, _, spread in worths)),
    )
    differ = apart(own, before, 1)
    up = own[0] > before[0]
    verdict = (
        ("better" if up else "worse", "更好" if up else "更差")
        if differ
        else ("not told apart from chance", "差异可能只是随机波动")
    )
    span = (
        f"{len(earlier)} cohort{'s' if len(earlier) > 1 else ''} of the year before",
        f"此前一年 {len(earlier)} 个同期群",
    )
    name = cohort_name(newest, by)
    yield Sentence(
        f"Customers who began in {name} have brought {_money(own[0], currency)} of profit each"
        f" after {months} month{'s' if months > 1 else ''} ({_span(own, currency, 'en')}); those"
        f" of the {span[0]} had brought {_money(before[0], currency)}: {verdict[0]}.",
        f"{name} 首购用户在 {months} 个月后人均累计毛利 {_money(own[0], currency)}"
        f"（{_span(own, currency, 'zh')}）；{span[1]}同期为 {_money(before[0], currency)}："
        f"{verdict[1]}。",
    )


def _whole(one: Course, months: int) -> bool:
    return (
        one.worth_after(months) is not None
        and len(one.seen) > months
        and int(one.seen[months]) == one.size
    )


def _all(everyone: Course, currency: str) -> Iterator[Sentence]:
    first = everyone.worth_after(0)
    months = next((m for m in HORIZONS if everyone.worth_after(m) is not None), None)
    if first is None or months is None:
        yield Sentence(
            f"Fewer than {LEAST} customers have been seen for a month after their first: too few.",
            f"观察满一个月的用户不足 {LEAST} 人，暂不下结论。",
        )
        return
    later = everyone.worth_after(months) or first
    share, low, high = (
        float(numbers[1]) for numbers in (everyone.share, everyone.share_low, everyone.share_high)
    )
    yield Sentence(
        f"Over all, a new customer brings {_money(first[0], currency)} of profit in the first month"
        f" and {_money(later[0], currency)} ({_span(later, currency, 'en')}) by the end of month"
        f" {months} after it; {share:.1%} ({low:.1%} to {high:.1%}) buy in the month after the"
        " first.",
        f"整体看，新客首月人均毛利 {_money(first[0], currency)}，到其后第 {months} 个月累计"
        f" {_money(later[0], currency)}（{_span(later, currency, 'zh')}）；首购次月有"
        f" {share:.1%}（{low:.1%}–{high:.1%}）再次购买。",
    )


def _unknown(told: Sequence[Course], by: str) -> Iterator[Sentence]:
    missing = sum(one.size for one in told if one.kind == UNKNOWN)
    share = missing / told[0].size
    if by not in WHAT or share < _WORTH_SAYING:
        return
    _, en, zh, _, _ = WHAT[by]
    yield Sentence(
        f"The first orders of {share:.1%} of the customers name no {en}: they stand as unknown.",
        f"{share:.1%} 的用户首单没有{zh.removeprefix('首购')}信息，归入“未知”。",
    )
