"""What is to be seen in points and tiers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import cast

from regulars.benefit.definition.file import Benefits
from regulars.benefit.definition.findings.finding import Finding, Level, finding, money, percent
from regulars.benefit.definition.history import History
from regulars.benefit.definition.terms import Earning, Points, Tiers

ORDER = "order"
_GENEROUS = 0.2
_SOON_DAYS = 30
_WHOLE = 10_000
_DOUBLES = ("order completed", "order paid", "order placed", "下单", "支付")


def points_of(benefits: Benefits) -> Points | None:
    """How points work; None where the file does not say."""
    return cast("Points | None", benefits.terms.get(("points", "")))


def tiers_of(benefits: Benefits) -> Tiers:
    """The tiers; none where the file has none."""
    return cast("Tiers", benefits.terms.get(("tiers", ""), Tiers()))


def giveback(points: Points) -> Fraction:
    """What points earned by an order are worth, as a share of what was paid for it.

    >>> from regulars.benefit.definition.terms import Earning
    >>> giveback(Points(worth=1, worth_of=1, earn=(Earning(name="o", on="order", points=1,
    ...     per=100),)))
    Fraction(1, 100)
    """
    rate = sum(
        (Fraction(one.points, one.per) for one in points.earn if one.on == ORDER and one.per),
        Fraction(0),
    )
    return rate * points.worth / points.worth_of


def highest_multiplier(tiers: Tiers) -> Fraction:
    """By which earned points are multiplied in the best tier; 1 where there are none."""
    return max((Fraction(one.points_percent, _WHOLE) for one in tiers.tiers), default=Fraction(1))


def point_findings(benefits: Benefits, history: History) -> Iterator[Finding]:
    """Of points what is doubtful about them."""
    points = points_of(benefits)
    if points is None:
        return
    yield from _giveback(benefits, history, points)
    if points.expire_days is None and points.expire_years is None:
        yield finding(
            benefits,
            "points.never_expire",
            "note",
            ("points",),
            "They never expire, so what is owed only ever grows.",
            "积分永不过期，负债只增不减。",
        )
    elif points.expire_days is not None and points.expire_days < _SOON_DAYS:
        yield finding(
            benefits,
            "points.expire_soon",
            "warn",
            ("points", "", "expire_days"),
            f"They expire {points.expire_days} days after they were earned, before most customers"
            " buy again.",
            f"获得后 {points.expire_days} 天即过期，多数用户来不及再买。",
        )
    for one in points.earn:
        yield from _earning(benefits, one)


def _giveback(benefits: Benefits, history: History, points: Points) -> Iterator[Finding]:
    rate = giveback(points)
    if not rate:
        return
    best = rate * highest_multiplier(tiers_of(benefits))
    margin = history.margin
    level: Level = "note"
    tail_en = tail_zh = ""
    if best >= 1:
        level, tail_en, tail_zh = "stop", ": points buy more than earned them", "：返还超过实付"
    elif margin is not None and best >= margin:
        level = "warn"
        tail_en = f": all of the margin of {percent(margin)}"
        tail_zh = f"：已达到或超过毛利率 {percent(margin)}"
    elif margin is None and best >= _GENEROUS:
        level, tail_en, tail_zh = "warn", ": is that meant?", "：是否写错？"
    top_en = "" if best == rate else f", {percent(float(best))} in the best tier"
    top_zh = "" if best == rate else f"，最高等级 {percent(float(best))}"
    yield finding(
        benefits,
        "points.giveback",
        level,
        ("points", "", "worth"),
        f"Orders give {percent(float(rate))} of what is paid back as points{top_en}{tail_en}.",
        f"订单实付的 {percent(float(rate))} 以积分返还{top_zh}{tail_zh}。",
    )


def _earning(benefits: Benefits, one: Earning) -> Iterator[Finding]:
    at = ("earn", one.name)
    if one.on == ORDER:
        return
    if any(word in one.on.lower() for word in _DOUBLES):
        yield finding(
            benefits,
            "earn.order_event",
            "warn",
            (*at, "on"),
            f'"{one.on}" is told by a page and knows nothing of refunds; write on = "order", which'
            " earns for paid orders and takes back what refunds undo.",
            f'“{one.on}” 由页面上报，退款后不会收回；请改用 on = "order"，按实付发放、退款收回。',
        )
    if one.limit is None:
        yield finding(
            benefits,
            "earn.endless",
            "warn",
            at,
            "It has no limit: whoever repeats the event earns without end.",
            "没有次数上限：重复触发即可无限获得。",
        )


def tier_findings(benefits: Benefits, history: History) -> Iterator[Finding]:
    """Tiers that nobody or everybody reaches."""
    tiers = tiers_of(benefits).tiers
    if not tiers:
        return
    for tier in tiers:
        if tier.free_shipping:
            yield finding(
                benefits,
                "tier.free_shipping",
                "note",
                ("tier", tier.name, "free_shipping"),
                "What its free shipping costs is not in the figures below.",
                "其包邮的成本未计入下列数字。",
            )
    points = points_of(benefits)
    earn = () if points is None else points.earn
    if not any(one.growth for one in earn):
        if len(tiers) > 1:
            yield finding(
                benefits,
                "tier.no_growth",
                "warn",
                ("tiers", ""),
                "No rule gives growth value, so nobody rises; write growth at a [[points.earn]].",
                "没有规则发放成长值，无人能升级；请在 [[points.earn]] 中写 growth。",
            )
        return
    orders = [one for one in earn if one.on == ORDER and one.per and one.growth]
    if not history.spends or not orders:
        if len(tiers) > 1:
            yield finding(
                benefits,
                "tier.cannot_tell",
                "note",
                ("tiers", ""),
                "Cannot tell how many reach each tier: what customers spent in a year is not known,"
                " or orders give no growth value.",
                "无法判断各等级人数：不知道用户一年的消费，或订单不产生成长值。",
            )
        return
    growths = [sum(one.growth * (spend // one.per) for one in orders) for spend in history.spends]
    for tier in tiers[1:]:
        share = sum(growth >= tier.growth for growth in growths) / len(growths)
        if 0 < share < 1:
            yield finding(
                benefits,
                "tier.reached",
                "note",
                ("tier", tier.name, "growth"),
                f"About {percent(share)} of customers reach it by the orders of the last year.",
                f"按近一年订单，约 {percent(share)} 的用户可达到。",
            )
        else:
            who_en, who_zh = ("Everybody", "所有人都") if share else ("Nobody", "没有人")
            yield finding(
                benefits,
                "tier.everybody" if share else "tier.nobody",
                "warn",
                ("tier", tier.name, "growth"),
                f"{who_en} reaches it by the orders of the last year"
                f" ({len(growths):,} customers looked at).",
                f"按近一年订单，{who_zh}能达到（看了 {len(growths):,} 位用户）。",
            )


def points_in_money(points: Points | None, amount: int) -> int:
    """What so many points are worth in full, in the smallest coin, rounded up."""
    how = points or Points()
    return -(-amount * how.worth // how.worth_of)


def spelled(benefits: Benefits, amount: int) -> str:
    """So many points with their money, for people."""
    return f"{amount:,} ({money(benefits, points_in_money(points_of(benefits), amount))})"
