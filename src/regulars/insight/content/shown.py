"""What of the timeline is content: products' pages, articles, answers, questions, shares, reviews.

Events are told by their names, pages by their addresses. What a page is about is its path, without
the host, so that a shop's several hosts show one thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from regulars.errors import UnknownValue
from regulars.insight.entries import activity
from regulars.insight.visits import orders
from regulars.timeline.content import CART, ORDER, PAGE, READ, STEP

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

PRODUCT, ARTICLE, ANSWER, QUESTION, SHARE, REVIEW = (
    "product", "article", "answer", "question", "share", "review",
)  # fmt: skip
KINDS = (PRODUCT, ARTICLE, ANSWER, QUESTION, SHARE, REVIEW)

PAGES = (
    "article", "articles", "blog", "blogs", "post", "posts", "news", "story", "stories", "guide",
    "guides", "journal", "magazine", "learn",
)  # fmt: skip
"""Parts of addresses below which articles stand, where nothing else is asked."""
_ANSWERS = ("answer", "answers", "faq", "faqs", "help", "questions", "support")
_SEEN = ("page", "screen")
_NAMES = {
    PRODUCT: ("Product Viewed", "Viewed Product", "商品浏览", "浏览商品"),
    ARTICLE: ("Article Viewed", "Content Viewed", "Post Viewed", "Blog Viewed", "阅读文章"),
    ANSWER: ("Question Answered", "Answer Viewed", "FAQ Viewed"),
    QUESTION: ("Question Asked", "Question Submitted", "提问"),
    SHARE: ("Product Shared", "Cart Shared", "Content Shared", "分享"),
    REVIEW: ("Product Reviewed", "Review Viewed", "Reviews Viewed", "评价"),
}
"""Of tracked events; the first is the name to be used."""
_OF_CART = (
    "Product Added", "Product Removed", "Cart Viewed", "Checkout Started",
    "Checkout Step Viewed", "Checkout Step Completed", "Payment Info Entered",
)  # fmt: skip
_ORDERS = ("order completed", "completed order", "order paid", "order placed", "placed order",
           "order created", "order updated", "支付成功", "订单支付", "提交订单")  # fmt: skip
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Item:
    """Something that customers saw.

    Attributes:
        kind: of KINDS.
        item: number of the product, path of the page, text of the question, name of the event.
        title: in words, where known.
        views: how often it was seen in the days looked at.
        viewers: by how many.
    """

    kind: str
    item: str
    title: str | None
    views: int
    viewers: int


def marked(view: View, entries: ir.Table, pages: Sequence[str]) -> ir.Table:
    """The entries of visits with `shown` (of KINDS) and `item`, both NULL where nothing is shown.

    Args:
        view: of the shop.
        entries: of the timeline.
        pages: parts of addresses below which articles stand.
    """
    done = activity(entries)
    # That an order was placed the records tell, and what was done has led to it by then.
    done = done.filter(~done.name.lower().isin(_ORDERS).fill_null(ibis.literal(value=False)))
    path = done.url.re_replace("^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]+", "").lower()
    # To read JSON is dear: only where a word of it stands there at all.
    question = ibis.cases(
        (done.properties.contains('"question"'), view.engine.json_text(done.properties, "question"))
    )
    question = question.strip().substr(0, _LONGEST).nullif("")
    done = done.mutate(path=path.nullif(""), question=question)
    is_page, is_event = done.kind.isin(list(_SEEN)), done.kind == "track"
    by_name = {kind: is_event & done.name.isin(list(names)) for kind, names in _NAMES.items()}
    is_answer = is_page & (done.question.notnull() | done.path.re_search(_below(_ANSWERS)))
    is_article = is_page & done.path.re_search(_below(pages))
    kind = ibis.cases(
        (by_name[PRODUCT] & done.product_id.notnull(), PRODUCT),
        (by_name[QUESTION], QUESTION),
        (by_name[ANSWER] | is_answer.fill_null(ibis.literal(value=False)), ANSWER),
        (by_name[ARTICLE] | is_article.fill_null(ibis.literal(value=False)), ARTICLE),
        (by_name[SHARE], SHARE),
        (by_name[REVIEW], REVIEW),
    )
    item = ibis.cases(
        (kind == PRODUCT, done.product_id),
        (kind.isin([QUESTION, ANSWER]), done.question.fill_null(done.path)),
        (kind == ARTICLE, done.path),
    ).fill_null(done.name)
    return done.mutate(shown=kind, item=ibis.cases((kind.notnull(), item)))


def checked(pages: Sequence[str]) -> list[str]:
    """The parts of addresses, in small letters.

    Raises:
        UnknownValue: one has other signs than letters, digits, `-` and `_`.

    >>> checked(["Blog", "how-to"])
    ['blog', 'how-to']
    """
    for one in pages:
        if not one or not all(sign.isalnum() or sign in "-_" for sign in one):
            raise UnknownValue(
                f"{one!r} is no part of an address",
                todo="name the part below which articles stand: `blog` for /blog/green-tea",
            )
    return [one.lower() for one in pages]


def _below(parts: Sequence[str]) -> str:
    return f"/({'|'.join(parts)})/[^/?#]"


def most_seen(view: View, done: ir.Table, top: int) -> tuple[list[Item], dict[str, int]]:
    """Of each kind the items with most viewers, ties by name; and how many there are of each.

    Args:
        view: of the shop.
        done: `marked`, of the days looked at.
        top: items of a kind.
    """
    shown = done.filter(done.item.notnull(), done.customer_id.notnull())
    per = shown.group_by(["shown", "item"]).agg(
        views=shown.count(), viewers=shown.customer_id.nunique()
    )
    order = [ibis.desc("viewers"), ibis.asc("item")]
    own = ibis.window(group_by="shown", order_by=order)
    ranked = per.mutate(
        rank=ibis.row_number().over(own), items=per.count().over(ibis.window(group_by="shown"))
    )
    rows = view.run(ranked.filter(ranked["rank"] < top).order_by(["shown", *order])).to_pylist()
    titles = _titles(view, [row["item"] for row in rows if row["shown"] == PRODUCT])
    found = [
        Item(
            row["shown"], row["item"], titles.get(row["item"]) if row["shown"] == PRODUCT else None,
            int(row["views"]), int(row["viewers"]),
        )
        for row in rows
    ]  # fmt: skip
    found.sort(key=lambda one: KINDS.index(one.kind))
    of_kinds = {row["shown"]: int(row["items"]) for row in rows}
    return found, {kind: of_kinds[kind] for kind in KINDS if kind in of_kinds}


def _titles(view: View, products: Sequence[str]) -> dict[str, str]:
    """What products are called, by the shop's number."""
    if not products or not view.engine.has("goods"):
        return {}
    goods = view.relation("goods")
    own = goods.filter(goods.product_id.isin(list(products)))
    told = view.run(own.group_by("product_id").agg(title=own.title.min())).to_pylist()
    return {row["product_id"]: row["title"] for row in told if row["title"]}


def rows(done: ir.Table, bought: ir.Table, items: Sequence[Item]) -> ir.Table:
    """The rows of the fold `timeline.content.Content`.

    Args:
        done: `marked`.
        bought: entries, of which the orders are taken.
        items: that are asked about, in the order of their numbers.
    """
    read = [kind for kind in KINDS if kind != PRODUCT]
    kind = ibis.cases(
        (done.shown == PRODUCT, ibis.literal(PAGE, "int32")),
        (done.shown.isin(read), ibis.literal(READ, "int32")),
        (done.name.isin(list(_OF_CART)), ibis.literal(CART, "int32")),
        else_=ibis.literal(STEP, "int32"),
    )
    nothing = ibis.literal(-1, "int32")
    own = orders(bought)
    return done.select(
        "customer_id",
        "at",
        seq=done.seq.cast("int64"),
        kind=kind.cast("int32"),
        item=_numbered(done, items).cast("int32"),
    ).union(
        own.select(
            "customer_id",
            "at",
            seq=own.seq.cast("int64"),
            kind=ibis.literal(ORDER, "int32"),
            item=nothing,
        )
    )


def _numbered(done: ir.Table, items: Sequence[Item]) -> ir.IntegerValue:
    """The number of the item that an entry shows; -1 for any other."""
    nothing = ibis.literal(-1, "int32")
    by_kind: dict[str, list[tuple[str, ir.IntegerScalar]]] = {}
    for number, one in enumerate(items):
        by_kind.setdefault(one.kind, []).append((one.item, ibis.literal(number, "int32")))
    if not by_kind:
        return nothing
    cases = [
        (done.shown == kind, done.item.cases(*pairs, else_=nothing))
        for kind, pairs in by_kind.items()
    ]
    return ibis.cases(*cases, else_=nothing)
