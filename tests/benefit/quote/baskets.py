"""Any basket, and any coupons, for hypothesis; most of them meet each other."""

from __future__ import annotations

from hypothesis import strategies as st

from regulars.benefit.definition.terms import Coupon, Scope, Validity
from regulars.benefit.quote.basket import Basket, BasketLine, Held

AT = 1_000
PRODUCTS = ("p1", "p2", "p3")
CATEGORIES = ("tea", "tea/green", "tea/black", "teapots", "")

prices = st.integers(0, 30) | st.sampled_from((99, 100, 1000, 2999, 100_003))


@st.composite
def baskets(draw: st.DrawFn, most_lines: int = 4) -> Basket:
    lines = tuple(
        BasketLine(
            id=str(place),
            product=draw(st.sampled_from(PRODUCTS)),
            category=draw(st.sampled_from(CATEGORIES)),
            quantity=draw(st.integers(1, 3)),
            unit_price=draw(prices),
        )
        for place in range(draw(st.integers(1, most_lines)))
    )
    return Basket(lines, draw(st.sampled_from((0, 6, 800))))


scopes = st.just(Scope()) | st.builds(
    Scope,
    products=st.lists(st.sampled_from(PRODUCTS), max_size=2, unique=True).map(tuple),
    categories=st.sampled_from(((), ("tea",), ("tea/green",), ("teapots", "tea/black"))),
    except_products=st.sampled_from(((), (), ("p2",))),
    except_categories=st.sampled_from(((), (), ("tea/green",))),
    price_from=st.sampled_from((None, None, 5, 100)),
    price_to=st.sampled_from((None, None, 100, 2000)),
)
amounts = st.sampled_from((0, 1, 2, 3, 5, 7, 50, 100, 333, 2000))
shares = {
    "percent": st.sampled_from((0, 100, 250, 1000, 1500, 3333, 5000, 10_000)),
    "ceiling": st.sampled_from((None, None, 1, 4, 20, 500)),
}
kinds = {
    "amount": st.fixed_dictionaries({"amount": amounts}),
    "percent": st.fixed_dictionaries(shares),
    "gift": st.fixed_dictionaries({"gift": st.sampled_from(PRODUCTS), "worth": amounts}),
    "free_shipping": st.fixed_dictionaries({"worth": amounts}),
}
validities = st.sampled_from(
    (
        Validity(starts_at=AT),
        Validity(starts_at=AT + 1),
        Validity(ends_at=AT),
        Validity(ends_at=9_000),
    )
)


@st.composite
def coupons(draw: st.DrawFn, name: str) -> Coupon:
    kind = draw(st.sampled_from(("amount", "percent", "percent", "gift", "free_shipping")))
    return Coupon(
        name=name,
        title=name,
        kind=kind,
        threshold=draw(st.sampled_from((0, 0, 0, 5, 40, 1000))),
        scope=draw(scopes),
        validity=draw(validities) if draw(st.integers(0, 4)) == 0 else Validity(),
        group=draw(st.sampled_from(("", "", "", "g", "h"))),
        alone=draw(st.integers(0, 7)) == 0,
        **draw(kinds[kind]),
    )


@st.composite
def wallets(draw: st.DrawFn, most: int = 8) -> list[Held]:
    """What a customer has: also several versions of a coupon, and several expiries of one."""
    held = []
    for name in "abcdefgh"[: draw(st.integers(0, most))]:
        for version in (1, 2)[: draw(st.sampled_from((1, 1, 1, 2)))]:
            held.append(
                Held(
                    asset=f"coupon:{name}:{version}",
                    coupon=draw(coupons(name)),
                    version=version,
                    expires_at=AT + draw(st.sampled_from((0, 1, 1, 2, 3))),
                    count=draw(st.sampled_from((0, 1, 1, 1, 2))),
                )
            )
    for one in held[: draw(st.sampled_from((0, 0, 1)))]:
        held.append(Held(one.asset, one.coupon, one.version, one.expires_at + 1, one.count))
    return held


@st.composite
def alike(draw: st.DrawFn, most: int = 9) -> list[Held]:
    """Coupons that are all but the same, so that nearly every combination is nearly the best."""
    rates = draw(st.sampled_from(((1000,), (980, 990, 1000), (1000, 5000, 6000), (3333, 9999))))
    amounts = draw(st.sampled_from(((50,), (10, 11, 12), (300, 900))))
    groups = draw(st.sampled_from((("",), ("", "g"), ("g", "h"))))
    found = []
    for place in range(draw(st.integers(2, most))):
        name = "abcdefghijklmnop"[place]
        kind = draw(st.sampled_from(("percent", "percent", "amount")))
        coupon = Coupon(
            name=name,
            title=name,
            kind=kind,
            percent=draw(st.sampled_from(rates)) if kind == "percent" else 0,
            ceiling=draw(st.sampled_from((None, None, 40))) if kind == "percent" else None,
            amount=draw(st.sampled_from(amounts)) if kind == "amount" else 0,
            scope=draw(
                st.sampled_from(
                    (
                        Scope(),
                        Scope(categories=("tea",)),
                        Scope(categories=("tea/green",)),
                        Scope(products=("p1", "p2")),
                    )
                )
            ),
            group=draw(st.sampled_from(groups)),
        )
        expires_at = AT + draw(st.integers(1, 3))
        found.append(Held(f"coupon:{name}:1", coupon, 1, expires_at))
    return found
