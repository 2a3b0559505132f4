"""A few dozen goods for each person, each with the measures that speak for it.

Where candidates come from: the person's own goods, what follows those of the last basket, what
goes with the favourite ones, the best of the own categories and of their next price band, what is
liked by customers of the same kind, and the best-sellers. Only goods on sale. Every candidate has
every measure, wherever it came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from regulars.insight.recommend.due import due, own_gap
from regulars.insight.recommend.fixed import first, number, real, total
from regulars.insight.recommend.goods import BANDS, NO_BAND
from regulars.insight.recommend.history import favourites
from regulars.insight.recommend.price_band import MOVE_UP

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.recommend.fixed import Keep
    from regulars.insight.recommend.history import History
    from regulars.insight.recommend.knowledge import Knowledge

OWN, NEAR, BEST, LIKED = 40, 20, 20, 20
_CATEGORIES, _OF_CATEGORY, _OF_BAND = 8, 12, 4
_FAVOURITES = 40

MEASURES = (
    "bought_before",
    "times",
    "lately",
    "last_baskets",
    "item_due",
    "category_due",
    "band_fit",
    "follows",
    "goes_with",
    "liked",
    "new_popularity",
    "popularity",
    "trend",
)
"""What may speak for a good; docs/recommend.md says what each is."""

_MARK = 1 << 32
"""A score and a good in one number: the largest is the best, the lower good where scores tie."""
_FINE = 1_000_000.0


def candidates(knowledge: Knowledge, history: History, persons: ir.Table, keep: Keep) -> ir.Table:
    """Candidates of each person with their measures.

    Args:
        knowledge: of goods.
        history: of the persons.
        persons: `customer_id`.
        keep: makes tables of expressions.

    Returns:
        `customer_id, item, category, price, season`, `MEASURES`, and what the reason needs:
        `is_own, times_bought, age, gap` (days between own purchases), `category_times,
        category_age, category_gap`, `follows_item, goes_with_item`, `is_next_band, moved,
        moved_of`
    """
    on_sale = knowledge.goods.filter(knowledge.goods.is_on_sale)
    follows = keep("rec_follows", _follows(knowledge.followers, history.goods, on_sale))
    goes_with = keep("rec_goes_with", _goes_with(knowledge.companions, history.goods, on_sale))
    wanted = keep("rec_wanted", _wanted(knowledge, history, persons, on_sale, follows, goes_with))
    return _measured(wanted, knowledge, history, follows, goes_with)


def _near(found: ir.Table, weight: ir.Value, on_sale: ir.Table, name: str) -> ir.Table:
    """Neighbours of a person's goods: the sum of their scores, and the good that says most."""
    fine = (weight * found.score * _FINE).floor().cast("int64")
    scored = found.select(
        "customer_id", item=found.other, fine=fine, mark=fine * _MARK + (_MARK - 1 - found.item)
    ).semi_join(on_sale, "item")
    sums = scored.group_by(["customer_id", "item"]).agg(
        fine=total(scored.fine), best=scored.mark.max()
    )
    best = first(sums, "customer_id", NEAR, ibis.desc(sums.fine), sums.item)
    return best.select(
        "customer_id",
        "item",
        **{
            name: (best.fine.cast("float64") / _FINE).sqrt(),
            f"{name}_item": (_MARK - 1) - best.best % _MARK,
        },
    )


def _follows(followers: ir.Table, own: ir.Table, on_sale: ir.Table) -> ir.Table:
    last = own.filter(own.in_last).select("customer_id", "item")
    found = last.join(followers.select("item", "other", "score"), "item")
    return _near(found, number(1), on_sale, "follows")


def _goes_with(companions: ir.Table, own: ir.Table, on_sale: ir.Table) -> ir.Table:
    liked = favourites(own, _FAVOURITES).select("customer_id", "item", "lately")
    found = liked.join(companions.select("item", "other", "score"), "item")
    return _near(found, ibis.least(real(found.lately), number(8)), on_sale, "goes_with")


def _wanted(
    knowledge: Knowledge,
    history: History,
    persons: ir.Table,
    on_sale: ir.Table,
    follows: ir.Table,
    goes_with: ir.Table,
) -> ir.Table:
    own = favourites(history.goods.semi_join(on_sale, "item"), OWN)
    everybody = on_sale.mutate(one=ibis.literal(1))
    best = first(everybody, "one", BEST, ibis.desc(everybody.recent), everybody.item)
    kept = knowledge.liked.semi_join(on_sale, "item")
    of_kind = first(kept, "kind", LIKED, ibis.desc(kept.liked), kept.item)
    kinds = history.kinds.join(of_kind.select("kind", "item"), "kind")
    return ibis.union(
        own.select("customer_id", "item"),
        follows.select("customer_id", "item"),
        goes_with.select("customer_id", "item"),
        kinds.select("customer_id", "item"),
        persons.select("customer_id").cross_join(best.select("item")),
        _of_categories(history, on_sale),
        _of_next_bands(history, on_sale),
        distinct=True,
    )


def _of_categories(history: History, on_sale: ir.Table) -> ir.Table:
    lately = history.categories
    mine = first(
        lately, "customer_id", _CATEGORIES, ibis.desc(lately.lately), ibis.asc(lately.age),
        lately.category,
    )  # fmt: skip
    best = first(on_sale, "category", _OF_CATEGORY, ibis.desc(on_sale.season), on_sale.item)
    found = mine.select("customer_id", "category").join(best.select("category", "item"), "category")
    return found.select("customer_id", "item")


def _of_next_bands(history: History, on_sale: ir.Table) -> ir.Table:
    laddered = on_sale.filter(on_sale.band > NO_BAND)
    laddered = laddered.mutate(step=laddered.category * (BANDS + 1) + laddered.band)
    best = first(laddered, "step", _OF_BAND, ibis.desc(laddered.season), laddered.item)
    mine = history.bands
    mine = mine.select("customer_id", step=mine.category * (BANDS + 1) + mine.usual + 1)
    return mine.join(best.select("step", "item"), "step").select("customer_id", "item")


def _measured(
    wanted: ir.Table,
    knowledge: Knowledge,
    history: History,
    follows: ir.Table,
    goes_with: ir.Table,
) -> ir.Table:
    of_goods = knowledge.goods.select(
        "item", "category", "price", "season", "popularity", "trend", "band"
    )
    rows = wanted.join(of_goods, "item").join(knowledge.laws, "category")
    own = history.goods.select("customer_id", "item", "times", "age", "span", "lately", "baskets")
    rows = _beside(rows, own, ["customer_id", "item"])
    mine = history.categories
    mine = mine.select(
        "customer_id",
        "category",
        category_times=mine.times,
        category_age=mine.age,
        category_span=mine.span,
    )
    rows = _beside(rows, mine, ["customer_id", "category"])
    rows = _beside(rows, history.bands, ["customer_id", "category"])
    moves = knowledge.moves
    steps = moves.select(
        "category", "chance", usual=moves.band, band=moves.next_band, moved=moves.steps,
        moved_of=moves.of,
    )  # fmt: skip
    rows = _beside(rows, steps, ["category", "usual", "band"])
    rows = _beside(rows, history.kinds, ["customer_id"])
    rows = _beside(rows, knowledge.liked, ["kind", "item"])
    rows = _beside(rows, follows, ["customer_id", "item"])
    rows = _beside(rows, goes_with, ["customer_id", "item"])

    is_own, in_category = rows.times.notnull(), rows.category_times.notnull()
    gap = own_gap(rows.times, rows.span, rows.item_gap)
    category_gap = own_gap(rows.category_times, rows.category_span, rows.category_gap)
    in_band = ibis.cases(
        *((rows.band == band, rows[f"band_{band}"]) for band in range(1, BANDS + 1))
    )
    fit = (in_band + rows.chance) / (rows.in_bands + 1.0) * float(BANDS)
    return rows.select(
        "customer_id",
        "item",
        "category",
        "price",
        "season",
        "moved",
        "moved_of",
        "age",
        "category_age",
        "follows_item",
        "goes_with_item",
        is_own=is_own,
        times_bought=rows.times,
        category_times=rows.category_times,
        gap=_mean_gap(rows.times, rows.span),
        category_gap=_mean_gap(rows.category_times, rows.category_span),
        is_next_band=((rows.band == rows.usual + 1) & (rows.chance >= MOVE_UP)).fill_null(False),
        bought_before=_or_none(is_own, number(1)),
        times=_or_none(is_own, rows.times.cast("float64").ln()),
        lately_measure=_or_none(is_own, (real(rows.lately) * 20.0 + 1.0).ln()),
        last_baskets=_or_none(is_own, real(rows.baskets).sqrt()),
        item_due=_or_none(is_own, due(rows.age, gap, rows.item_spread)),
        category_due=_or_none(
            in_category, due(rows.category_age, category_gap, rows.category_spread)
        ),
        band_fit=_or_none(fit.notnull(), fit.ln()),
        follows=_or_none(rows.follows.notnull(), rows.follows),
        goes_with=_or_none(rows.goes_with.notnull(), rows.goes_with),
        liked=_or_none(~is_own & rows.liked.notnull(), rows.liked),
        new_popularity=_or_none(~is_own, rows.popularity),
        popularity=rows.popularity,
        trend=rows.trend,
    ).rename(lately="lately_measure")


def _beside(left: ir.Table, right: ir.Table, keys: list[str]) -> ir.Table:
    """The left join, without a second copy of the keys."""
    joined = left.left_join(right, keys)
    return joined.drop(*(name for name in joined.columns if name.endswith("_right")))


def _mean_gap(times: ir.Value, span: ir.Value) -> ir.FloatingValue:
    """Days between purchases, a fact of the person's own; none after a single purchase."""
    return span.cast("float64") / (times - 1).nullif(0).cast("float64")


def _or_none(condition: ir.BooleanValue, value: ir.Value) -> ir.FloatingValue:
    """The value where the condition holds, else 0: what speaks neither for nor against."""
    return ibis.cases((condition, value), else_=number(0)).fill_null(number(0))
