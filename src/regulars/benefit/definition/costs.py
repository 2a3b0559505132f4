"""What each rule can cost at worst, and is expected to cost.

The worst case is that of a year: all that a stock, a budget, or a limit for each of today's
customers lets through; None where nothing bounds it. What is expected is that of a month, from the
shop's own past; where that does not tell it is not guessed. A coupon or gift that rules give is
expected where they give it. Points count in full, at what they pay.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from regulars.benefit.definition.cost import Cost, in_money
from regulars.benefit.definition.file import Benefits
from regulars.benefit.definition.findings.coupons import coupons_of
from regulars.benefit.definition.findings.finding import percent
from regulars.benefit.definition.findings.incentives import gifts_of, givers, incentives_of
from regulars.benefit.definition.findings.points import (
    ORDER,
    giveback,
    highest_multiplier,
    points_in_money,
    points_of,
    tiers_of,
)
from regulars.benefit.definition.findings.stacking import off
from regulars.benefit.definition.history import History
from regulars.benefit.definition.terms import Budget, Coupon, Earning, Gift, Incentive, Points, Tier
from regulars.kernel.sentence import Sentence

_WHOLE = 10_000
_YEAR, _MONTH = 365, 30


def costs_of(benefits: Benefits, history: History) -> tuple[Cost, ...]:
    """The costs of everything that costs something, in the order of the file's subjects."""
    return tuple(_costs(benefits, history))


def _costs(benefits: Benefits, history: History) -> Iterator[Cost]:
    points = points_of(benefits)
    for earn in points.earn if points else ():
        if points is not None and earn.points:
            made = _order if earn.on == ORDER else _event
            yield made(benefits, history, points, earn)
    for coupon in coupons_of(benefits):
        yield _coupon(benefits, history, coupon)
    for gift in gifts_of(benefits):
        yield _gift(benefits, history, gift)
    for incentive in incentives_of(benefits):
        yield _incentive(benefits, history, incentive)
    for tier in tiers_of(benefits).tiers:
        if tier.gifts:
            yield _tier(benefits, history, tier)


# Points.


def _order(benefits: Benefits, history: History, points: Points, one: Earning) -> Cost:
    rate = giveback(Points(worth=points.worth, worth_of=points.worth_of, earn=(one,)))
    best = rate * highest_multiplier(tiers_of(benefits))
    sales = history.sales_a_month
    scoped_en, scoped_zh = (
        (", all of them in scope", "，按全部商品计") if _has_scope(one) else ("", "")
    )
    return Cost(
        "earn",
        one.name,
        benefits.line("earn", one.name),
        None if sales is None else round(best * Fraction(sales) * 12),
        Sentence(
            f"grows with sales: {percent(float(best))} of them in the best tier{scoped_en}",
            f"随销售额增长：最高等级返 {_zh(float(best))}{scoped_zh}",
        ),
        None if sales is None else round(rate * Fraction(sales)),
        Sentence(
            f"{percent(float(rate))} of a month's sales" if sales is not None else _SALES.en,
            f"月销售额的 {_zh(float(rate))}" if sales is not None else _SALES.zh,
        ),
    )


def _has_scope(one: Earning) -> bool:
    return one.scope != type(one.scope)()


def _event(benefits: Benefits, history: History, points: Points, one: Earning) -> Cost:
    each = float(Fraction(points.worth, points.worth_of) * one.points)
    times = _times_a_year(one.limit, one.limit_days)
    worst, bound = _by_customers(history, times, each)
    events, people = history.events.get(one.on), history.people.get(one.on)
    expected: int | None = None
    if events is not None:
        most = events
        if people is not None and times is not None:
            most = min(events, people * _times_a_month(one.limit, one.limit_days))
        expected = round(most * each)
    return Cost(
        "earn",
        one.name,
        benefits.line("earn", one.name),
        worst,
        bound,
        expected,
        _EVENTS if expected is None else Sentence("events of a month", "按每月事件数"),
        can_meet=None if people is None else round(people),
    )


# Coupons and gifts.


def _coupon(benefits: Benefits, history: History, one: Coupon) -> Cost:
    worst, bound = _of_stock(
        benefits, history, one.worst_case, one.stock, one.per_customer, one.budget
    )
    share, orders = history.reaching(one.threshold), history.orders_a_month
    reaching = None if share is None or orders is None else share * orders
    each = each_costs(one, history)
    expected: int | None = None
    given_by = givers(benefits, "coupon", one.name)
    if not one.public:
        expected, reckoned = _elsewhere(given_by)
    elif reaching is None:
        reckoned = _BASKETS
    elif history.redeemed is None:
        reckoned = _REDEEMED
    elif each is None:
        reckoned = _NO_BOUND
    else:
        used = reaching * history.redeemed
        used = used if one.stock is None else min(used, one.stock)
        expected = round(used * each)
        reckoned = Sentence(
            f"claimed for every order that reaches it, {percent(history.redeemed)} used",
            f"假设达到门槛的订单都领，{_zh(history.redeemed)} 使用",
        )
    return Cost(
        "coupon",
        one.name,
        benefits.line("coupon", one.name),
        worst,
        bound,
        expected,
        reckoned,
        one.stock,
        None if reaching is None else round(reaching),
        one.budget,
    )


def _gift(benefits: Benefits, history: History, one: Gift) -> Cost:
    worst, bound = _of_stock(
        benefits, history, one.worth or None, one.stock, one.per_customer, one.budget
    )
    expected, reckoned = _elsewhere(givers(benefits, "gift", one.name))
    line = benefits.line("gift", one.name)
    return Cost(
        "gift", one.name, line, worst, bound, expected, reckoned, one.stock, budget=one.budget
    )


def each_costs(one: Coupon, history: History) -> float | None:
    """What one costs that is used, on the baskets that reach it; None where that is not known."""
    if one.kind != "percent":
        return one.worst_case
    fitting = [basket for basket in history.baskets if basket >= one.threshold]
    if not fitting:
        return one.ceiling
    return sum(off(one, basket) for basket in fitting) / len(fitting)


def _of_stock(
    benefits: Benefits,
    history: History,
    each: int | None,
    stock: int | None,
    per_customer: int | None,
    budget: str,
) -> tuple[int | None, Sentence]:
    """The least of what a stock, a budget, and a limit for each customer let through."""
    bounds: list[tuple[int, Sentence]] = []
    if budget:
        term = benefits.terms["budget", budget]
        if isinstance(term, Budget):
            bounds.append((term.amount, Sentence(f"the budget {budget}", f"预算 {budget}")))
    if each is not None and stock is not None:
        bounds.append((stock * each, Sentence(f"the stock of {stock:,}", f"库存 {stock:,}")))
    if each is not None and per_customer is not None and history.customers is not None:
        known = Sentence(
            f"{per_customer:,} for each of today's {history.customers:,} customers",
            f"现有 {history.customers:,} 位用户每人 {per_customer:,}",
        )
        bounds.append((history.customers * per_customer * each, known))
    if bounds:
        return min(bounds, key=lambda pair: pair[0])
    if each is None:
        return None, _NO_BOUND
    return None, _CUSTOMERS if per_customer is not None else _NOTHING


def _elsewhere(given_by: list[str]) -> tuple[int | None, Sentence]:
    if given_by:
        names = ", ".join(given_by)
        return 0, Sentence(f"counted at {names}", f"计入 {names}")
    return None, Sentence(
        "cannot tell: it is given by hand or by codes", "无法判断：由手工或凭码发放"
    )


# Incentives.


def _incentive(benefits: Benefits, history: History, one: Incentive) -> Cost:
    points = points_of(benefits)
    give = one.give
    own = give.balance or (points_in_money(points, give.points) if give.points else 0)
    if give.coupon or give.gift:
        what = f"coupon {give.coupon}" if give.coupon else f"gift {give.gift}"
        worst: int | None = 0
        bound = Sentence(f"counted at {what}", f"计入 {what}")
    elif one.budget and isinstance(budget := benefits.terms["budget", one.budget], Budget):
        worst = in_money(budget, points)
        bound = Sentence(f"the budget {one.budget}", f"预算 {one.budget}")
    else:
        worst, bound = _by_customers(history, _times_a_year(one.limit, one.limit_days), own)
    met = _met(history, one)
    each: float | None = own
    if give.coupon or give.gift:
        each = _given(benefits, history, give.coupon, give.gift)
    expected = None if met is None or each is None else round(met * each)
    if met is None:
        reckoned = _MET
    elif each is None:
        reckoned = _REDEEMED if give.coupon and history.redeemed is None else _NO_BOUND
    else:
        held = one.hold_out / _WHOLE
        reckoned = Sentence(
            f"{met:,.4g} a month, without the {percent(held)} that are held out",
            f"每月 {met:,.4g} 人次，不含 {_zh(held)} 的对照组",
        )
    return Cost(
        "incentive",
        one.name,
        benefits.line("incentive", one.name),
        worst,
        bound,
        expected,
        reckoned,
        can_meet=None if met is None else round(met),
        budget=one.budget,
    )


def _tier(benefits: Benefits, history: History, one: Tier) -> Cost:
    rising = history.rising.get(one.name)
    each: list[float | None] = []
    for gift in one.gifts:
        kind, _, name = gift.partition(":")
        given = (name, "") if kind == "coupon" else ("", name)
        each.append(_given(benefits, history, *given))
    known = [amount for amount in each if amount is not None]
    expected: int | None = None
    if rising is None:
        reckoned = _MET
    elif len(known) < len(each):
        reckoned = _REDEEMED if history.redeemed is None else _NO_BOUND
    else:
        expected = round(rising * sum(known))
        reckoned = Sentence(f"{rising:,.4g} reach it in a month", f"每月 {rising:,.4g} 人达到")
    what = ", ".join(gift.replace(":", " ") for gift in one.gifts)
    return Cost(
        "tier",
        one.name,
        benefits.line("tier", one.name),
        0,
        Sentence(f"counted at {what}", f"计入 {what}"),
        expected,
        reckoned,
        can_meet=None if rising is None else round(rising),
    )


def _given(benefits: Benefits, history: History, coupon: str, gift: str) -> float | None:
    """What a coupon or a gift costs that is given, used or not; None where that is not known."""
    if gift:
        return next(one for one in gifts_of(benefits) if one.name == gift).worth or None
    used = each_costs(next(one for one in coupons_of(benefits) if one.name == coupon), history)
    return None if used is None or history.redeemed is None else used * history.redeemed


def _met(history: History, one: Incentive) -> float | None:
    """How often it gives something in a month."""
    met = history.met.get(one.name)
    if met is None and one.when == "stage":
        met = history.entering.get(one.stage)
    if met is None and one.when == "event":
        met = history.people.get(one.on)
    if met is None and one.when == "surprise" and one.stage in history.in_stage:
        met = history.in_stage[one.stage] * one.chance / _WHOLE
    return None if met is None else met * (1 - one.hold_out / _WHOLE)


# What they share.


def _zh(share: float) -> str:
    return percent(share).replace(" ", "")


def _by_customers(history: History, times: int | None, each: float) -> tuple[int | None, Sentence]:
    if times is None:
        return None, _NOTHING
    if history.customers is None:
        return None, _CUSTOMERS
    return round(history.customers * times * each), Sentence(
        f"{times:,} times a year for each of today's {history.customers:,} customers",
        f"现有 {history.customers:,} 位用户每人每年 {times:,} 次",
    )


def _times_a_year(limit: int | None, days: int) -> int | None:
    if limit is None:
        return None
    return limit * -(-_YEAR // days) if days else limit


def _times_a_month(limit: int | None, days: int) -> float:
    if limit is None:
        return float("inf")
    return limit * max(1.0, _MONTH / days) if days else limit


_SALES = Sentence("cannot tell: sales are not known", "无法判断：不知道销售额")
_EVENTS = Sentence("cannot tell: no such events so far", "无法判断：还没有该事件的记录")
_BASKETS = Sentence("cannot tell: past orders are not known", "无法判断：没有历史订单")
_REDEEMED = Sentence(
    "cannot tell: the share of coupons that is used is not known", "无法判断：不知道券的使用率"
)
_NO_BOUND = Sentence("nothing bounds what one costs", "单份成本没有上限")
_NOTHING = Sentence("nothing bounds it", "没有封顶")
_CUSTOMERS = Sentence("cannot tell: the number of customers is not known", "无法判断：不知道用户数")
_MET = Sentence("cannot tell: how many meet it is not known", "无法判断：不知道有多少人达成")
