"""What the law or the platforms forbid, or ask for.

What is known of it here: the rules on promotions of 2020-12-01 (prizes by chance at most ¥50,000,
odds published and left as they are), Art. 24 and 31 of the PIPL (no personal prices; children),
the ban on paid good reviews (好评返现), and WeChat's on rewards for sharing and following. It is no
legal advice: what is not found here may still be unlawful.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from regulars.benefit.definition.file import Benefits
from regulars.benefit.definition.findings.coupons import coupons_of
from regulars.benefit.definition.findings.finding import Finding, finding, money
from regulars.benefit.definition.findings.incentives import (
    chance_text,
    gifts_of,
    incentives_of,
)
from regulars.benefit.definition.findings.points import points_in_money, points_of, tiers_of
from regulars.benefit.definition.terms import Coupon, Incentive

_REVIEW = re.compile(r"\breview|\brat(?:ed|ing)\b|评价|好评|评论|晒单", re.IGNORECASE)
_GOOD_REVIEW = re.compile(r"好评|五星|5 ?星|five.star|5.star|positive review", re.IGNORECASE)
_SHARE = re.compile(
    r"\bshar(?:e|ed|ing)\b|\bfollow|\binvit|\brefer(?:red|ral|s)?\b|助力|砍价|集赞|转发|分享|关注|邀请",
    re.IGNORECASE,
)
_PERSONAL_PRICE = re.compile(
    r"专属价|专享价|专属底价|您的价格|personal price|price (?:just|only) for you|your own price",
    re.IGNORECASE,
)
_HIGHEST_PRIZE = 5_000_000
"""¥50,000 in fen."""
_WHOLE = 10_000


def law_findings(benefits: Benefits) -> Iterator[Finding]:
    """What is unlawful, or is asked for by law or platform."""
    yield from _events(benefits)
    for one in incentives_of(benefits):
        if one.when == "surprise":
            yield from _prizes(benefits, one)
    yield from _titles(benefits)
    yield from _expiry(benefits)
    yield from _differences(benefits)


def _events(benefits: Benefits) -> Iterator[Finding]:
    points = points_of(benefits)
    rules: list[tuple[tuple[str, ...], str, str, bool]] = [
        (("earn", one.name, "on"), one.on, one.name, False)
        for one in (points.earn if points else ())
        if one.points
    ]
    for one in incentives_of(benefits):
        cash = one.give.balance > 0
        words = f"{one.name} {one.title} {one.title_zh}"
        rules.append((("incentive", one.name, "on"), one.on, words, cash))
    for at, event, words, cash in rules:
        if _REVIEW.search(event) or _GOOD_REVIEW.search(words):
            yield _review(benefits, at, cash=cash, good=bool(_GOOD_REVIEW.search(event + words)))
        if _SHARE.search(event):
            yield finding(
                benefits,
                "platform.share",
                "warn",
                at,
                f'WeChat forbids rewards for sharing, inviting and following ("{event}") and blocks'
                " such links; give them only outside WeChat.",
                f"微信禁止诱导分享、邀请、关注（“{event}”），链接会被封；只能在微信以外使用。",
            )


def _review(benefits: Benefits, at: tuple[str, ...], *, cash: bool, good: bool) -> Finding:
    if cash or good:
        return finding(
            benefits,
            "law.paid_reviews",
            "stop",
            at,
            "Money for reviews, and anything for good reviews only, is forbidden (好评返现).",
            "禁止好评返现：不得为评价返现金，也不得只奖励好评。",
        )
    return finding(
        benefits,
        "law.reviews",
        "note",
        at,
        "A reward for reviews must not depend on what they say, and reviews that were rewarded are"
        " better marked so.",
        "评价奖励不得以好评为条件；建议标明该评价有奖励。",
    )


def _prizes(benefits: Benefits, one: Incentive) -> Iterator[Finding]:
    worth = prize_worth(benefits, one)
    at = ("incentive", one.name)
    if worth is None:
        yield finding(
            benefits,
            "law.prize_unknown",
            "warn",
            (*at, "give"),
            "What this prize is worth at most is not written, so nobody can tell whether the law"
            " allows it.",
            "未写明奖品的最高价值，无法判断是否合规。",
        )
    elif benefits.currency == "CNY" and worth > _HIGHEST_PRIZE:
        yield finding(
            benefits,
            "law.prize_too_large",
            "stop",
            (*at, "give"),
            f"A prize by chance of {money(benefits, worth)}: the law allows"
            f" {money(benefits, _HIGHEST_PRIZE)} at most.",
            f"抽奖奖品价值 {money(benefits, worth)}：法律规定最高不超过"
            f" {money(benefits, _HIGHEST_PRIZE)}。",
        )
    if one.chance < _WHOLE:
        yield finding(
            benefits,
            "law.odds",
            "note",
            (*at, "chance"),
            f"Publish what can be won and the chance ({chance_text(one)} a month) before it starts,"
            " and leave both as they are until it ends.",
            f"开始前须公示奖品与概率（每月 {chance_text(one)}），期间不得更改。",
        )
        yield finding(
            benefits,
            "law.minors",
            "note",
            at,
            "Leave minors out of what is given by chance; children under 14 need their guardians'"
            " consent for any use of their data.",
            "随机赠送请勿面向未成年人；处理不满 14 周岁儿童信息须监护人同意。",
        )


def prize_worth(benefits: Benefits, one: Incentive) -> int | None:
    """What an incentive gives is worth at most, in the smallest coin; None where it is not told."""
    give = one.give
    if give.coupon:
        coupon = next(each for each in coupons_of(benefits) if each.name == give.coupon)
        return coupon.worst_case
    if give.gift:
        return next(each for each in gifts_of(benefits) if each.name == give.gift).worth or None
    return give.balance or points_in_money(points_of(benefits), give.points)


def _titles(benefits: Benefits) -> Iterator[Finding]:
    for (kind, name), term in benefits.terms.items():
        title = f"{getattr(term, 'title', '')} {getattr(term, 'title_zh', '')}"
        if found := _PERSONAL_PRICE.search(title):
            yield finding(
                benefits,
                "law.personal_price",
                "stop",
                (kind, name, "title"),
                f'"{found[0]}": the same thing must not cost each another price; offer a benefit by'
                " a public rule.",
                f"“{found[0]}”：同一商品不得因人定价；请改为对所有符合条件者公开的权益。",
            )


def _expiry(benefits: Benefits) -> Iterator[Finding]:
    points = points_of(benefits)
    expiring = [one.name for one in coupons_of(benefits) if _expires(one)]
    if points is not None and (points.expire_days or points.expire_years is not None):
        yield _announce(benefits, ("points", ""), "Points expire", "积分会过期")
    if expiring:
        yield _announce(benefits, ("coupon", expiring[0]), "Coupons expire", "优惠券会过期")


def _expires(one: Coupon) -> bool:
    return one.validity.days is not None or one.validity.ends_at is not None


def _announce(benefits: Benefits, at: tuple[str, ...], en: str, zh: str) -> Finding:
    return finding(
        benefits,
        "law.announce_expiry",
        "note",
        at,
        f"{en}: say so where they are given, and remind customers before they go.",
        f"{zh}：发放时须明示有效期，到期前应提醒。",
    )


def _differences(benefits: Benefits) -> Iterator[Finding]:
    staged = [one.name for one in incentives_of(benefits) if one.stage]
    at = ("incentive", staged[0]) if staged else ("tiers", "")
    if staged or len(tiers_of(benefits).tiers) > 1:
        yield finding(
            benefits,
            "law.publish_rules",
            "note",
            at,
            "Benefits that differ by stage or tier need a published rule by which everybody who"
            " meets it has the same; the price of the same thing stays the same for all.",
            "按阶段或等级给予不同权益，须公开规则、同条件同待遇；同一商品的价格对所有人一致。",
        )
