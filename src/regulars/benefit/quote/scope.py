"""Which lines of a basket a scope means.

>>> tea = Scope(categories=("tea",), except_products=("p9",))
>>> [in_scope(tea, product, category, 1) for product, category in
...     (("p1", "tea"), ("p1", "tea/green"), ("p1", "teapots"), ("p9", "tea"))]
[True, True, False, False]
"""

from __future__ import annotations

from collections.abc import Iterable

from regulars.benefit.definition.terms import Scope


def in_scope(scope: Scope, product: str, category: str, unit_price: int) -> bool:
    """Whether every condition lets it through; the price is of one piece, before any discount."""
    return (
        (not scope.products or product in scope.products)
        and (not scope.categories or lies_in(category, scope.categories))
        and product not in scope.except_products
        and not lies_in(category, scope.except_categories)
        and (scope.price_from is None or unit_price >= scope.price_from)
        and (scope.price_to is None or unit_price <= scope.price_to)
    )


def lies_in(category: str, names: Iterable[str]) -> bool:
    """Whether the category is one of these, or lies below one."""
    return any(category == name or category.startswith(f"{name}/") for name in names)
