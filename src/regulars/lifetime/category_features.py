"""What the rest of a customer's purchases, and of a category's, tell of a customer in a category.

| name | meaning |
|---|---|
| visit_* | the features of the customer's visits, whatever was bought |
| reach | ln of the share of customers who have bought the category |
| pull, pull_90 | logit of the share of them who did in the last horizon, in 90 days |
| pace, pace_90 | ln of their purchases of it per customer in the same |
| usual_gap | mean of their gaps (ln) |
| share | ln of the share of the customer's visits with the category |
| share_30 ... share_365 | the same, of the last so many days |
| visits_since | ln(1 + visits since the category was last bought) |
| per_visit | ln of the chance of the category in a visit, since it was first bought |
| in_visits | ln of the chance of it in as many visits as the horizon lets expect |
| overdue_visits | ln(1 + visits since, times the chance in a visit) |
| breadth | ln of the categories that the customer has bought |
| fresh | ln of the share of them bought in the last horizon |
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regulars.lifetime.features import NAMES, Features, Usual, features, usual_of
from regulars.lifetime.gaps import Floats, Ints
from regulars.lifetime.purchase_days import CATEGORIES, Bought

_VISIT = (
    "recency", "rate", "gap", "overdue", "days_7", "days_30", "days_90", "fading_60", "trend",
    "spend",
)  # fmt: skip
_SHARES = (30, 90, 365)

CONTEXT = (
    *(f"visit_{name}" for name in _VISIT),
    "reach", "pull", "pull_90", "pace", "pace_90", "usual_gap", "share",
    *(f"share_{days}" for days in _SHARES),
    "visits_since", "per_visit", "in_visits", "overdue_visits", "breadth", "fresh",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UsualCategory:
    """What is usual of each category in the shop, one row per code; the last row is of none known.

    Attributes:
        columns: the six features of a category alone, shape (categories + 1, 6).
        visit: what is usual of visits.
    """

    columns: Floats
    visit: Usual

    def of(self, category: Ints) -> Floats:
        """The rows of some categories."""
        return np.asarray(self.columns[np.minimum(category, len(self.columns) - 1)])


def usual_category(bought: Bought, own: Features, as_of: int, horizon: int) -> UsualCategory:
    """What is usual as of a day, from customers that stand for all.

    Args:
        bought: by category.
        own: the features of its rows as of the day.
        as_of: day number; nothing later is looked at.
        horizon: days ahead.

    Raises:
        ValueError: when the purchases are not by category.
    """
    if bought.visits is None:
        raise ValueError("there are no categories")
    rows, visits = bought.rows.until(as_of), bought.visits.until(as_of)
    category = own.customer % CATEGORIES
    size = int(category.max(initial=-1)) + 2
    buyers = np.bincount(category, minlength=size).astype(np.float64)
    reach = np.log(np.maximum(buyers, 0.5) / max(len(visits.starts()), 1))
    pull, pace = [], []
    for days in (horizon, 90):
        lately = rows.customer[rows.day > as_of - days]
        who = np.bincount(np.unique(lately) % CATEGORIES, minlength=size)
        pull.append(np.log((who + 1.0) / (buyers - who + 2.0)))
        often = np.bincount(lately % CATEGORIES, minlength=size)
        pace.append(np.log((often + 1.0) / (buyers + 1.0)))
    gap = own.values[:, NAMES.index("gap")]
    mean = float(gap.mean()) if len(gap) else 0.0
    usual_gap = (np.bincount(category, gap, size) + mean) / (buyers + 1.0)
    columns = np.column_stack([reach, *pull, *pace, usual_gap])
    return UsualCategory(columns, usual_of(visits, as_of))


def category_features(
    bought: Bought,
    own: Features,
    as_of: int,
    horizon: int,
    usual: UsualCategory,
    first_day: int,
) -> Floats:
    """The context of each row of the features, shape (n, len(CONTEXT)).

    Args:
        bought: by category, of all customers or of some whole ones.
        own: the features of its rows as of the day.
        as_of: day number; nothing later is looked at.
        horizon: days ahead.
        usual: of the shop.
        first_day: of the data.

    Raises:
        ValueError: when the purchases are not by category.
    """
    if bought.visits is None:
        raise ValueError("there are no categories")
    visits = bought.visits.until(as_of)
    customer, category = own.customer // CATEGORIES, own.customer % CATEGORIES
    whole = features(visits, as_of, horizon, first_day, usual.visit)
    at = np.searchsorted(whole.customer, customer)
    columns = [whole.values[at, NAMES.index(name)] for name in _VISIT]
    columns += list(usual.of(category).T)
    columns.append(np.log(own.frequency / whole.frequency[at]))
    for days in _SHARES:
        place = NAMES.index(f"days_{days}")
        with_it, all_of_them = (np.expm1(one[:, place]) for one in (own.values, whole.values[at]))
        columns.append(np.log((with_it + 0.2) / (all_of_them + 1.0)))
    since = _visits_after(visits.customer, visits.day, customer, as_of - own.recency, as_of)
    ever = _visits_after(visits.customer, visits.day, customer, as_of - own.tenure - 1, as_of)
    per_visit = (own.frequency - 0.7) / (ever + 1.0)
    lately = np.expm1(whole.values[at, NAMES.index("days_90")])
    ahead = lately * horizon / 90.0 + 0.5
    columns += [
        np.log1p(since),
        np.log(per_visit),
        np.log(1e-6 - np.expm1(-per_visit * ahead)),
        np.log1p(since * per_visit),
    ]
    n = len(whole.customer)
    breadth = np.bincount(at, minlength=n)[at]
    fresh = np.bincount(at[own.recency < horizon], minlength=n)[at]
    columns += [np.log(breadth), np.log((fresh + 1.0) / (breadth + 1.0))]
    return np.column_stack(columns)


def _visits_after(who: Ints, when: Ints, customer: Ints, day: Ints, as_of: int) -> Floats:
    """Visits of each customer after a day of its own, until the as-of day."""
    low = int(when.min(initial=as_of))
    width = as_of - low + 2
    key = who * width + (when - low)
    begin = np.maximum(day - low, -1)
    first = np.searchsorted(key, customer * width + begin, side="right")
    last = np.searchsorted(key, customer * width + (as_of - low), side="right")
    return (last - first).astype(np.float64)
