"""What is to be seen in incentives, budgets, gifts, and the events that rules wait for."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from regulars.benefit.definition.file import Benefits
from regulars.benefit.definition.findings.coupons import coupons_of
from regulars.benefit.definition.findings.finding import Finding, finding, money, percent
from regulars.benefit.definition.findings.points import points_of
from regulars.benefit.definition.history import History
from regulars.benefit.definition.terms import Badge, Budget, Coupon, Gift, Incentive

_WHOLE = 10_000


def incentives_of(benefits: Benefits) -> list[Incentive]:
    """The incentives, in the order of the file."""
    return [one for one in benefits.terms.values() if isinstance(one, Incentive)]


def gifts_of(benefits: Benefits) -> list[Gift]:
    """The gifts, in the order of the file."""
    return [one for one in benefits.terms.values() if isinstance(one, Gift)]


def incentive_findings(benefits: Benefits, history: History) -> Iterator[Finding]:
    """Of each incentive what is doubtful about it."""
    shared = {one.name for one in coupons_of(benefits) if one.per_household is not None}
    for one in incentives_of(benefits):
        at = ("incentive", one.name)
        if one.limit is None and not one.budget and (one.give.points or one.give.balance):
            yield finding(
                benefits,
                "incentive.endless",
                "warn",
                at,
                "It has neither a limit for each customer nor a budget: nothing bounds it.",
                "既无每人上限也无预算：没有封顶。",
            )
        if not one.hold_out:
            yield finding(
                benefits,
                "incentive.no_hold_out",
                "warn",
                (*at, "hold_out"),
                "Nobody is held out, so nobody can tell what it changes.",
                "没有对照组，无法衡量效果。",
            )
        if one.ends_at is not None and history.at is not None and one.ends_at <= history.at:
            yield finding(
                benefits,
                "incentive.ended",
                "warn",
                (*at, "to"),
                "Its last day is over: nobody meets it.",
                "已过最后一天，无人可达成。",
            )
        if one.give.coupon in shared:
            yield finding(
                benefits,
                "incentive.household_unknown",
                "warn",
                (*at, "give"),
                "Rules know no households: what they give does not count against per_household.",
                "规则不识别家庭：自动发放的券不计入 per_household。",
            )
        if one.when == "surprise":
            yield from _surprise(benefits, history, one)


def _surprise(benefits: Benefits, history: History, one: Incentive) -> Iterator[Finding]:
    there = history.in_stage.get(one.stage)
    if there is None:
        return
    met = there * one.chance / _WHOLE * (1 - one.hold_out / _WHOLE)
    yield finding(
        benefits,
        "surprise.expected",
        "note",
        ("incentive", one.name, "chance"),
        f"Of {there:,} customers in this stage about {met:,.3g} are surprised in a month.",
        f"该阶段 {there:,} 位用户，每月约 {met:,.3g} 位收到惊喜。",
    )


def event_findings(benefits: Benefits, history: History) -> Iterator[Finding]:
    """Events that rules wait for and that nobody has told of so far."""
    if not history.events:
        return
    points = points_of(benefits)
    waited = [(("earn", one.name, "on"), one.on) for one in (points.earn if points else ())]
    for term in benefits.terms.values():
        if isinstance(term, Badge | Incentive):
            kind = "badge" if isinstance(term, Badge) else "incentive"
            waited.append(((kind, term.name, "on"), term.on))
            if isinstance(term, Incentive):
                waited.append(((kind, term.name, "after"), term.after))
    for at, name in waited:
        if not name or name == "order" or history.events.get(name):
            continue
        near = get_close_matches(name, list(history.events), n=1)
        yield finding(
            benefits,
            "event.never_seen",
            "warn",
            at,
            f'No event "{name}" has ever come in' + (f'; is "{near[0]}" meant?' if near else "."),
            f"从未收到过事件“{name}”" + (f"；是否应为“{near[0]}”？" if near else "。"),
        )


def budget_findings(benefits: Benefits) -> Iterator[Finding]:
    """Budgets that nothing uses, and those that end before what they pay does."""
    paid: dict[str, list[Coupon | Gift | Incentive]] = {}
    for term in benefits.terms.values():
        if isinstance(term, Coupon | Gift | Incentive) and term.budget:
            paid.setdefault(term.budget, []).append(term)
    for budget in benefits.terms.values():
        if not isinstance(budget, Budget):
            continue
        terms = paid.get(budget.name, [])
        if not terms:
            yield finding(
                benefits,
                "budget.unused",
                "warn",
                ("budget", budget.name),
                "Nothing is paid by it.",
                "没有任何权益使用该预算。",
            )
        worst = [
            (one.stock or 0) * ((one.worst_case or 0) if isinstance(one, Coupon) else one.worth)
            for one in terms
            if isinstance(one, Coupon | Gift) and one.stock is not None
        ]
        if sum(worst) > budget.amount:
            yield finding(
                benefits,
                "budget.ends_first",
                "note",
                ("budget", budget.name, "money"),
                f"What it pays has stocks of {money(benefits, sum(worst))} at worst; once"
                f" {money(benefits, budget.amount)} are set aside nothing more is given.",
                f"其支付的权益库存最坏合计 {money(benefits, sum(worst))}；预留满"
                f" {money(benefits, budget.amount)} 后不再发放。",
            )


def gift_findings(benefits: Benefits) -> Iterator[Finding]:
    """Gifts without end, and coupons and gifts that nothing gives."""
    for one in gifts_of(benefits):
        if one.stock is None and not one.budget:
            yield finding(
                benefits,
                "gift.endless",
                "warn",
                ("gift", one.name),
                "It has neither a stock nor a budget.",
                "既无库存也无预算。",
            )
        if not one.worth:
            yield finding(
                benefits,
                "gift.no_worth",
                "note",
                ("gift", one.name),
                "What one costs is not written, so no cost of it is reckoned.",
                "没有写成本 worth，无法计入成本。",
            )
    for coupon in coupons_of(benefits):
        if not coupon.public and not givers(benefits, "coupon", coupon.name):
            yield finding(
                benefits,
                "coupon.by_hand",
                "note",
                ("coupon", coupon.name),
                "No rule gives it and it is not public: it is given by hand or by codes.",
                "没有规则发放，也不可自领：只能手工或凭码发放。",
            )


def givers(benefits: Benefits, kind: str, name: str) -> list[str]:
    """The incentives and tiers that give it."""
    found = [
        f"incentive {one.name}"
        for one in incentives_of(benefits)
        if getattr(one.give, kind, "") == name
    ]
    for term in benefits.terms.values():
        for tier in getattr(term, "tiers", ()):
            if f"{kind}:{name}" in tier.gifts:
                found.append(f"tier {tier.name}")
    return found


def chance_text(one: Incentive) -> str:
    """The chance of a surprise, for people."""
    return percent(one.chance / _WHOLE)
