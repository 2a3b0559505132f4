"""What customers did and bought as rows for the fold `timeline.screening`, with codes of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from regulars.insight.counts import number_where
from regulars.insight.entries import activity, coded
from regulars.insight.ladder.breaks import Ladder
from regulars.insight.ladder.shelf import make_shelf
from regulars.insight.ladder.sold import goods_sold, laddered
from regulars.insight.visits import orders, told_source
from regulars.intake.events.facts_orders import ORDER_EVENTS
from regulars.timeline.screening import CART, LOOK, NOT_TOLD, ORDER, OTHER

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View
    from regulars.insight.span import Span

_LOOKED = ("Product Viewed", "Viewed Product", "Product Clicked", "商品浏览", "浏览商品")
_CART = (
    "Product Added", "Added Product", "加入购物车", "Checkout Started", "Checkout Step Viewed",
    "Checkout Step Completed", "Payment Info Entered", "去结算",
)  # fmt: skip
_DAYS_OF_LADDERS = 365
_CATEGORIES = 300
_SOURCES = 20
_NOTHING = ibis.literal(NOT_TOLD, "int32")


@dataclass(frozen=True, slots=True)
class Values:
    """What the codes stand for; the code after the last is of all others.

    Attributes:
        sources: names, in small letters.
        items: the shop's numbers of products.
        titles: of the items, None where not known.
        ladders: by category.
        needs: categories.
        looks: whether any entry tells that an item was looked at.
        carts: whether any tells that something was put into a cart.
    """

    sources: tuple[str, ...]
    items: tuple[str, ...]
    titles: tuple[str | None, ...]
    ladders: dict[str, Ladder]
    needs: tuple[str, ...]
    looks: bool
    carts: bool


def marked(view: View, entries: ir.Table) -> ir.Table:
    """What customers did, and their orders with the dearest product: `did`, `product_id`, `told`.

    That an order was placed the records tell, and not the events that tell of it as well.
    """
    done = activity(entries)
    is_told = done.name.lower().isin(list(ORDER_EVENTS)).fill_null(ibis.literal(value=False))
    done = done.filter(~is_told)
    is_event = done.kind == "track"
    did = ibis.cases(
        (is_event & done.name.isin(list(_LOOKED)), ibis.literal(LOOK, "int32")),
        (is_event & done.name.isin(list(_CART)), ibis.literal(CART, "int32")),
        else_=ibis.literal(OTHER, "int32"),
    )
    done = done.mutate(did=did.cast("int32"), told=told_source(done))
    columns = ("customer_id", "at", "did", "product_id", "told")
    parts = done.select(*columns, seq=done.seq.cast("int64"))
    bought = orders(entries)
    bought = bought.mutate(
        did=ibis.literal(ORDER, "int32"),
        told=told_source(bought),
        order_number=bought.order_id.cast("int64"),
    )
    if view.engine.has("purchase_goods"):
        dearest = _dearest(view)
        bought = bought.left_join(dearest, bought.order_number == dearest.of_order)
        bought = bought.mutate(product_id=bought.dearest)
    return parts.union(bought.select(*columns, seq=bought.seq.cast("int64")))


def _dearest(view: View) -> ir.Table:
    """`of_order, dearest`: the product of the dearest good of each order, ties by number."""
    goods = view.relation("goods")
    named = goods.select("good_no", "product_id", price=goods.price.fill_null(0))
    lines = view.relation("purchase_goods").select("order_no", "good_no").join(named, "good_no")
    most = lines.group_by("order_no").agg(most=lines.price.max())
    both = lines.join(most, "order_no")
    own = both.filter(both.price == both.most)
    return own.group_by(of_order=own.order_no).agg(dearest=own.product_id.min())


def values(view: View, span: Span, done: ir.Table, top: int) -> Values:
    """The values that are told apart: the most frequent ones of these days.

    Args:
        view: of the shop.
        span: days.
        done: `marked`.
        top: items, and categories.
    """
    within = span.within(done)
    told = view.run(
        within.agg(looks=number_where(within.did == LOOK), carts=number_where(within.did == CART))
    ).to_pylist()[0]
    shown = within.filter(within.did != OTHER)
    items = _most(view, shown, "product_id", top)
    titles: dict[str, str] = {}
    ladders: dict[str, Ladder] = {}
    needs: list[str] = []
    if view.engine.has("goods"):
        goods = view.relation("goods")
        own = goods.filter(goods.product_id.isin(items)) if items else goods.limit(0)
        for row in view.run(own.group_by("product_id").agg(title=own.title.min())).to_pylist():
            titles[row["product_id"]] = row["title"]
        shelf = make_shelf(view.run(goods_sold(view, _DAYS_OF_LADDERS)), _CATEGORIES)
        ladders = shelf.ladders
        kinds = goods.filter(goods.category.notnull()).group_by("product_id")
        by_product = kinds.agg(need=goods.category.min())
        needs = _most(view, shown.join(by_product, "product_id"), "need", top)
    return Values(
        sources=tuple(_most(view, within, "told", _SOURCES)),
        items=tuple(items),
        titles=tuple(titles.get(one) for one in items),
        ladders=ladders,
        needs=tuple(needs),
        looks=bool(told["looks"]),
        carts=bool(told["carts"]),
    )


def _most(view: View, table: ir.Table, column: str, most: int) -> list[str]:
    """The values that most customers have, ties by name."""
    own = table.filter(table[column].notnull(), table.customer_id.notnull())
    counted = own.group_by(column).agg(customers=own.customer_id.nunique())
    found = view.run(counted.order_by([ibis.desc("customers"), ibis.asc(column)]).limit(most))
    return [str(one) for one in found[column].to_pylist()]


def rows(view: View, done: ir.Table, known: Values) -> ir.Table:
    """The rows of the fold.

    Args:
        view: of the shop.
        done: `marked`.
        known: what the codes stand for.
    """
    none = ibis.literal(-1, "int64")
    told = {"product": none, "band": _NOTHING, "need": _NOTHING}
    if view.engine.has("goods"):
        shelf = _shelf(view, known)
        done = done.left_join(shelf, done.product_id == shelf.of_product)
        told = {
            "product": done.product_no.fill_null(none),
            "band": done.own_band.fill_null(_NOTHING),
            "need": done.own_need.fill_null(_NOTHING),
        }
    return done.select(
        "customer_id",
        "at",
        "seq",
        kind=done.did.cast("int32"),
        source=coded(done.told, known.sources),
        item=coded(done.product_id, known.items),
        product=told["product"].cast("int64"),
        band=told["band"].cast("int32"),
        need=told["need"].cast("int32"),
    )


def _shelf(view: View, known: Values) -> ir.Table:
    """`of_product, product_no, own_band, own_need`, one row for each of the shop's numbers."""
    goods = view.relation("goods").select("good_no", "product_no", "product_id", "category")
    goods = goods.filter(goods.product_id.notnull())
    band = _NOTHING
    if known.ladders:
        placed = laddered(view, known.ladders).select(placed="good_no", code="code", step="band")
        goods = goods.left_join(placed, goods.good_no == placed.placed)
        bands = goods.code.cases(
            *((code, ladder.bands) for code, ladder in enumerate(known.ladders.values())),
            else_=0,
        )
        band = (bands * 10 + goods.step).cast("int32").fill_null(_NOTHING)
    goods = goods.mutate(own_band=band, own_need=coded(goods.category, known.needs))
    return goods.group_by(of_product=goods.product_id).agg(
        product_no=goods.product_no.min(), own_band=goods.own_band.max(),
        own_need=goods.own_need.max(),
    )  # fmt: skip
