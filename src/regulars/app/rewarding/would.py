"""A book that is only thought of: what rules would have given, with its stocks, limits, budgets.

It begins as published terms say, with nothing given yet, and refuses as the ledger does. What is
given is held to its worst case to the end: nothing is used or expires.

>>> book = Would(Catalogue.of([]), "UTC")
>>> book.refusal_of(Give(points=5), 7, ""), book.refusal_of(Give(coupon="spring"), 7, "")
('', 'benefit.not_found')
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

from regulars.app.rewarding.due import Due
from regulars.app.rewarding.earning import percent_of
from regulars.app.rewarding.tally import Tallies, Tally
from regulars.benefit.catalogue import Catalogue
from regulars.benefit.definition.terms import Coupon, Gift, Give
from regulars.benefit.points.earning import Earned, limit_of
from regulars.benefit.points.expiry import growth_expires_at, local_day
from regulars.benefit.tier.judge import NOBODY, Standing, judge
from regulars.errors import Insufficient, LimitReached, NoSuchBenefit, TooMuch


@dataclass(slots=True)
class Would:
    """What has been given so far.

    Attributes:
        catalogue: the terms.
        zone: the shop's time zone.
        tallies: by rule.
        set_aside: of each budget.
        ended: the day on which a budget first could not pay, by its name.
    """

    catalogue: Catalogue
    zone: str
    tallies: Tallies = field(default_factory=Tallies)
    set_aside: Counter[str] = field(default_factory=Counter)
    ended: dict[str, date] = field(default_factory=dict)
    _used: Counter[tuple[str, int]] = field(default_factory=Counter)
    _given: Counter[str] = field(default_factory=Counter)
    _growth: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    _standing: dict[int, Standing] = field(default_factory=dict)

    def earn(self, due: Due) -> None:
        """Let an order or an event earn, those of a customer in the order of time."""
        who, tiers = due.customer_id, self.catalogue.tiers
        earned = due.earned(percent_of(tiers, self._standing.get(who, NOBODY)))
        counted = [one for one in earned if self._is_within(one, who, due.at)]
        if earned and not counted:
            for rule in due.rules:
                self.tallies.of("earn", rule.name).refuse(LimitReached.code)
        for one in counted:
            tally = self.tallies.of("earn", one.rule)
            tally.give(who, day=self._day(due.at), points=one.points, growth=one.growth)
        growth = sum(one.growth for one in counted)
        if growth and tiers.tiers:
            self._rise(who, growth, due.at)

    def _is_within(self, one: Earned, who: int, at: int) -> bool:
        limit = limit_of(one, who, at, self.zone)
        if limit is None:
            return True
        self._used[limit.scope, who] += 1
        return self._used[limit.scope, who] <= limit.most

    def _rise(self, who: int, growth: int, at: int) -> None:
        tiers = self.catalogue.tiers
        lots = self._growth[who]
        lots.append((growth_expires_at(tiers, at, self.zone), growth))
        there = sum(amount for expires_at, amount in lots if expires_at > at)
        judged = judge(tiers, self._standing.get(who, NOBODY), there, at, self.zone)
        self._standing[who] = judged.standing
        for gift in judged.gifts if judged.what == "reached" else ():
            kind, _, name = gift.partition(":")
            if self._used[gift, who]:
                continue
            self._used[gift, who] += 1
            give = Give(coupon=name) if kind == "coupon" else Give(gift=name)
            self.give(self.tallies.of("tier", gift), give, who, at)

    def give(self, tally: Tally, give: Give, who: int, at: int, budget: str = "") -> None:
        """Give something, or refuse it; `tally` counts which."""
        refusal = self.refusal_of(give, who, budget)
        if refusal:
            paid_by = budget or self._budget_of(give)
            if refusal == Insufficient.code and paid_by and not self._can_pay(paid_by, give):
                self.ended.setdefault(paid_by, local_day(at, self.zone))
            tally.refuse(refusal)
            return
        worst = self._worst_of(give)
        self._given[_name_of(give)] += 1
        self._used[_name_of(give), who] += 1
        self.set_aside[budget or self._budget_of(give)] += worst
        tally.give(
            who,
            day=self._day(at),
            points=give.points,
            balance=give.balance,
            coupons=int(bool(give.coupon)),
            gifts=int(bool(give.gift)),
            worst_case=0 if give.points else worst,
        )

    def refusal_of(self, give: Give, who: int, budget: str) -> str:
        """The code of the error by which it is refused; "" where it is not."""
        if not give.coupon and not give.gift:
            return "" if self._can_pay(budget, give) else Insufficient.code
        term = self._term_of(give)
        if term is None:
            return NoSuchBenefit.code
        if isinstance(term, Coupon) and term.budget and term.worst_case is None:
            return TooMuch.code
        name = _name_of(give)
        if term.stock is not None and self._given[name] >= term.stock:
            return Insufficient.code
        if not self._can_pay(term.budget, give):
            return Insufficient.code
        if term.per_customer is not None and self._used[name, who] >= term.per_customer:
            return LimitReached.code
        return ""

    def _can_pay(self, budget: str, give: Give) -> bool:
        if not budget:
            return True
        found = self.catalogue.budget(budget)
        return found is not None and (
            self.set_aside[budget] + self._worst_of(give) <= found[0].amount
        )

    def _term_of(self, give: Give) -> Coupon | Gift | None:
        if give.coupon:
            coupon = self.catalogue.coupon(give.coupon)
            return coupon and coupon[0]
        gift = self.catalogue.gift(give.gift)
        return gift and gift[0]

    def _budget_of(self, give: Give) -> str:
        term = self._term_of(give) if give.coupon or give.gift else None
        return term.budget if term is not None else ""

    def _worst_of(self, give: Give) -> int:
        term = self._term_of(give) if give.coupon or give.gift else None
        if isinstance(term, Coupon):
            return term.worst_case or 0
        return term.worth if isinstance(term, Gift) else give.points or give.balance

    def _day(self, at: int) -> str:
        return local_day(at, self.zone).isoformat()


def _name_of(give: Give) -> str:
    if give.coupon:
        return f"coupon:{give.coupon}"
    return f"gift:{give.gift}" if give.gift else ""
