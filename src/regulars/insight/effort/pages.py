"""How long pages take to load, by the first part of their address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from regulars.insight.counts import number_where
from regulars.timeline.spread import WIDTH, quantiles

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

ALL, OTHER = "(all)", "(other)"
SLOW = 4_000
"""Milliseconds from which on a page is slow."""
_LONGEST = 600_000
"""Ten minutes: a page left open in a sleeping phone is no page that loads."""
_OCTAVES = 12
_AT = (0.5, 0.75, 0.95)


def loads(view: View, entries: ir.Table, top: int) -> pa.Table:
    """All pages in the first row, then the kinds of pages that were loaded most.

    Args:
        view: of the shop.
        entries: of the days looked at.
        top: kinds of pages; the rest is gathered.
    """
    rows = view.run(counted(view, entries)).to_pylist()
    if not rows:
        return SCHEMA.empty_table()
    bins: dict[str, dict[int, int]] = {}
    slow: dict[str, int] = {}
    for row in rows:
        own = bins.setdefault(row["page"], {})
        own[int(row["bin"])] = int(row["loads"])
        slow[row["page"]] = slow.get(row["page"], 0) + int(row["slow"])
    order = sorted(bins, key=lambda page: (-sum(bins[page].values()), page))
    groups = [(ALL, order), *((page, [page]) for page in order[:top])]
    if order[top:]:
        groups.append((OTHER, order[top:]))
    return pa.Table.from_pylist([_told(name, own, bins, slow) for name, own in groups], SCHEMA)


def counted(view: View, entries: ir.Table) -> ir.Table:
    """By `page` and `bin` (of `timeline.spread`, in milliseconds): `loads`, and how many `slow`."""
    done = entries.filter(entries.kind == "track", entries.name == "Page Loaded")
    done = done.mutate(
        ms=view.engine.json_text(done.properties, "load_ms").try_cast("float64").round()
    )
    done = done.filter(done.ms > 0, done.ms <= _LONGEST)
    path = done.url.re_replace("^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]+", "").nullif("").fill_null("/")
    # Of /products/1 and /products/2 the page is /products/…: there are thousands of them.
    below = path.re_search("^/[^/]+/[^/]")
    page = ibis.cases(
        (done.url.isnull(), "(no address)"),
        (below, path.re_extract("^(/[^/]+)/", 1) + "/…"),
        else_=path,
    )
    shift = ibis.literal(0, "int64")
    for octave in range(_OCTAVES):
        shift = shift + (done.ms >= (2 * WIDTH) << octave).cast("int64")
    width = ibis.literal(1.0)
    for octave in range(_OCTAVES):
        width = width * ibis.cases((done.ms >= (2 * WIDTH) << octave, 2.0), else_=1.0)
    place = shift * WIDTH + (done.ms / width).floor().cast("int64")
    done = done.mutate(page=page, bin=place)
    return done.group_by(["page", "bin"]).agg(
        loads=done.count(), slow=number_where(done.ms >= SLOW)
    )


def _told(
    name: str, pages: list[str], bins: dict[str, dict[int, int]], slow: dict[str, int]
) -> dict[str, Any]:
    whole: dict[int, int] = {}
    for page in pages:
        for place, count in bins[page].items():
            whole[place] = whole.get(place, 0) + count
    total = sum(whole.values())
    half, most, nearly = quantiles(list(whole), list(whole.values()), _AT)
    return {
        "page": name,
        "loads": total,
        "median_ms": half,
        "p75_ms": most,
        "p95_ms": nearly,
        "slow_share": sum(slow[page] for page in pages) / total,
    }


SCHEMA = pa.schema(
    [
        ("page", pa.string()),
        ("loads", pa.int64()),
        *((name, pa.float64()) for name in ("median_ms", "p75_ms", "p95_ms", "slow_share")),
    ]
)
