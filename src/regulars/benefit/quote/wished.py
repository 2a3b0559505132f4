"""The coupons that a customer has chosen by name: exactly these, or a refusal that says why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from regulars.benefit.quote.reasons import Why
from regulars.benefit.quote.rules import Fitted, taken_off
from regulars.errors import NotApplicable, Where


def wished(
    names: Sequence[str],
    usable: Sequence[Fitted],
    never: Mapping[str, Why],
    left: Sequence[int],
    most: int,
    currency: str,
) -> tuple[Fitted, ...]:
    """The coupons of these names, in the order in which they apply.

    Of a coupon that the customer has several times the one is used that expires first.

    Args:
        names: of the coupons.
        usable: those that can be used in the basket, those that expire first first.
        never: why coupons cannot be used, by name.
        left: of each line, and of the shipping, before any coupon.
        most: that may be used together.
        currency: of the amounts, for sentences.

    Raises:
        NotApplicable: one of them cannot be used, or not with the others.
    """
    by_name: dict[str, Fitted] = {}
    for coupon in usable:
        by_name.setdefault(coupon.held.coupon.name, coupon)
    for place, name in enumerate(names):
        if name in names[:place]:
            raise _refused(name, "a basket uses one of each name", "name it once")
        if name not in by_name:
            why = never.get(name)
            sentence = why.sentences(currency)[0] if why else "The customer has no such coupon."
            raise _refused(name, sentence[:1].lower() + sentence[1:-1], "leave it out")
    if len(names) > most:
        raise _refused(names[-1], f"no more than {most} may be used together", "name fewer")
    chosen = sorted((by_name[name] for name in names), key=lambda one: one.order)
    for one, other in combinations(chosen, 2):
        _check_together(one, other)
    now = list(left)
    for coupon in chosen:
        parts = taken_off(coupon, now)
        if not parts:
            name = coupon.held.coupon.name
            raise _refused(name, "the others leave nothing that it could take off", "leave it out")
        for place, part in parts.items():
            now[place] -= part
    return tuple(chosen)


def _check_together(one: Fitted, other: Fitted) -> None:
    mine, theirs = one.held.coupon, other.held.coupon
    if mine.alone or theirs.alone:
        alone, beside = (mine, theirs) if mine.alone else (theirs, mine)
        raise _refused(beside.name, f"{alone.name} goes with no other coupon", "name one of them")
    if mine.group and mine.group == theirs.group:
        raise _refused(theirs.name, f"it does not go with {mine.name}", "name one of them")


def _refused(name: str, sentence: str, todo: str) -> NotApplicable:
    return NotApplicable(sentence, where=Where(column="coupons", value=name), todo=todo)
