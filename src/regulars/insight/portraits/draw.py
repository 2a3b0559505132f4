"""Portrait of any group against any base: every attribute and behaviour, the most telling first.

The statistics are those of `portrait` (TGI = share in the group / share in the base x 100, over
those whose value is known, with the Wilson interval of the group's share, the base taken as given).
A verdict is given only where, over all rows of the table at once, at most 5 % of the verdicts are
expected to be false (Benjamini and Hochberg 1995), by the exact binomial test of the group's share
against the base's. The group is part of its base, which makes the test a careful one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.picture import Picture, View
from regulars.insight.portraits.attributes import (
    ATTRIBUTES,
    BY_NAME,
    BY_RULE,
    Attribute,
    Coded,
    akin,
    coded,
    numbers,
    trait,
)
from regulars.insight.portraits.condition import TRAIT, holds, parse
from regulars.insight.portraits.make_up import trait_keys
from regulars.insight.portraits.value_names import OTHER
from regulars.insight.portraits.words import BUYERS, CHAMPIONS, CORE, says
from regulars.insight.statistics.wilson import binomial_p, discoveries, wilson
from regulars.people.buyer_types import sample_step

_END_USERS = "end_users"
_TRAITS = 8
_VALUES = 30
"""Values of an attribute that are listed; the rest together are `(other)`."""
_GROUPS = 12


_SOURCE = "source"
_KEYS = ("grouping", "beside")

Counts = dict[tuple[str | None, str | None], int]
"""Customers by the group they are in, and by the attribute beside."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a portrait.

    Unless attributes are named, those by which the group is made are left out, and those akin.

    Attributes:
        group: conditions that the group meets, all of them; everybody in the base if none.
        base: conditions that the base meets.
        by: an attribute, each of whose values is a group of its own.
        attributes: by name; all if none.
        minimum: customers below which nothing is told.
        without: attributes left out of the portrait of the group.
    """

    group: Sequence[str] = ()
    base: Sequence[str] = BUYERS
    by: str | None = None
    attributes: Sequence[str] = ()
    minimum: int = 30
    without: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Portrayed:
    """The rows of a portrait, how large base and groups are, and what was left out."""

    table: pa.Table
    base: int
    groups: dict[str, int] = field(default_factory=dict)
    small: tuple[str, ...] = ()


def draw(
    view: View,
    group: Sequence[str] = (),
    base: Sequence[str] = (),
    by: str | None = None,
    attribute: Sequence[str] = (),
    minimum: int = 30,
) -> Picture:
    """A portrait; of the core against all buyers unless asked otherwise.

    Raises:
        UnknownValue: a condition, or an attribute, cannot be.
        CannotTell: base or group are smaller than the minimum.
    """
    groups = [tuple(group)] if group or by else [CORE, CHAMPIONS]
    for at, chosen in enumerate(groups):
        # Asked for nothing, it is to tell news: what makes the core, or champions, is none.
        known = () if group or by or attribute else BY_RULE
        asked = Asked(chosen, tuple(base) or BUYERS, by, tuple(attribute), minimum, known)
        drawn, sources = portray(view, asked, _SOURCE)
        if drawn.groups:
            break
        if at + 1 == len(groups):
            raise CannotTell(
                f"no group has {minimum} customers in a base of {drawn.base:,}",
                todo="choose a larger group, or ask with a smaller --minimum",
            )
    facts = {
        "group": list(asked.group), "base": list(asked.base), "by": by,
        "base_customers": drawn.base, "groups": drawn.groups, "minimum": minimum,
    }  # fmt: skip
    told = says(
        drawn.table.to_pylist(), drawn.base, drawn.groups, drawn.small,
        asked.group, asked.base, by, minimum, by_rule=bool(asked.without),
    )  # fmt: skip
    tables = {"rows": drawn.table, "sources": sources.table}
    return Picture("portrait", view.as_of, tables, tuple(told), facts)


def portray(view: View, asked: Asked, beside: str | None = None) -> tuple[Portrayed, Portrayed]:
    """The portrait asked for, and one of every value of another attribute beside it.

    Both come from the same counts: everybody in the base is counted by group and by that attribute
    at once.

    Raises:
        UnknownValue: a condition, or an attribute, cannot be.
    """
    people = view.relation("people")
    chosen = _attributes(view, people, asked, () if beside else asked.without)
    inside = people.filter(holds(people, asked.base))
    keys = [_named(name) for name in (asked.by, beside) if name is not None]
    cut = _cut(view, inside, list(dict.fromkeys([*chosen, *keys])))
    grouping: Any = ibis.literal(0)
    if asked.by is not None:
        grouping = cut[asked.by].value(inside, view.as_of)
    columns = {
        "grouping": ibis.cases((holds(inside, asked.group), grouping)),
        "beside": ibis.null("string") if beside is None else cut[beside].value(inside, view.as_of),
    }
    sizes: Counts = {}
    counted = inside.select(**columns)
    for row in view.run(counted.group_by(list(_KEYS)).agg(n=counted.count())).to_pylist():
        sizes[_keys(row)] = row["n"]
    base = sum(sizes.values())
    counts = {}
    if base >= asked.minimum:
        counts = {one.name: _counts(view, inside, columns, cut[one.name]) for one in chosen}
    # What makes a group is no news of it.
    own = _no_news(asked) | set(asked.without)
    named = [one for one in chosen if one.name not in own]
    others = [one for one in chosen if beside is None or one.name not in akin(beside)]
    return (
        _drawn(0, sizes, counts, named, cut, asked.by, asked.minimum),
        _drawn(1, sizes, counts, others, cut, beside, asked.minimum),
    )


def _keys(row: dict[str, Any]) -> tuple[str | None, str | None]:
    group, beside = (None if row[name] is None else str(row[name]) for name in _KEYS)
    return group, beside


def _cut(view: View, inside: Any, attributes: Sequence[Attribute]) -> dict[str, Coded]:
    """The attributes with their bands, which are found in some of the base."""
    step = sample_step(int(view.run(inside.agg(n=inside.count()))["n"][0].as_py()))
    some = inside.filter(inside.customer_id * 2_654_435_761 % 4_294_967_296 % step == 0)
    columns = numbers(some, attributes, view.as_of)
    sample: dict[str, Any] = {}
    if columns:
        found = view.run(some.select(*columns))
        sample = {name: _known(found[name]) for name in found.column_names}
    return {one.name: coded(one, sample.get(one.name)) for one in attributes}


def _drawn(
    place: int,
    sizes: Counts,
    counts: dict[str, tuple[dict[str, Counts], Counts]],
    chosen: Sequence[Attribute],
    cut: dict[str, Coded],
    by: str | None,
    minimum: int,
) -> Portrayed:
    """The portrait by the first or the second key of the counts."""
    own = _by_key(sizes, place)
    large, small = _groups(own, minimum, None if by is None else cut[by])
    rows: list[dict[str, Any]] = []
    for one in chosen:
        if one.name in counts and large:
            values, known = counts[one.name]
            by_value = {value: _by_key(n, place) for value, n in values.items()}
            rows += _rows(cut[one.name], by_value, _by_key(known, place), large, minimum)
    return Portrayed(
        _table(rows, chosen),
        sum(sizes.values()),
        {name: own[key] for key, name in large.items()},
        tuple(small),
    )


def _by_key(counts: Counts, place: int) -> dict[str | None, int]:
    """The counts by one of the two keys alone."""
    found: dict[str | None, int] = {}
    for keys, n in counts.items():
        found[keys[place]] = found.get(keys[place], 0) + n
    return found


def _known(column: pa.ChunkedArray) -> Any:
    values = column.drop_null().to_numpy().astype(np.float64)
    return np.sort(values[~np.isnan(values)])


def _named(name: str) -> Attribute:
    if name.startswith(TRAIT):
        return trait(name.removeprefix(TRAIT))
    if name not in BY_NAME:
        raise UnknownValue.of("attribute", name, [one.name for one in ATTRIBUTES])
    return BY_NAME[name]


def _attributes(view: View, people: Any, asked: Asked, left_out: Sequence[str]) -> list[Attribute]:
    looks = view.settings.end_users.enabled
    named = {*asked.attributes, asked.by, *(parse(text).column for text in asked.group)}
    named |= {parse(text).column for text in asked.base}
    if _END_USERS in named and not looks:
        raise CannotTell(
            "end users are not looked at: they are not your customers and agreed to nothing",
            todo="if you may, set enabled = true under [end_users] in regulars.toml",
        )
    if asked.by is not None and _named(asked.by).kind == "list":
        raise UnknownValue(
            f"customers have several values of {asked.by}: they cannot be split by it",
            todo="choose an attribute of one value, such as source, or ask with --group",
        )
    if asked.attributes:
        return [_named(name) for name in asked.attributes]
    keys = view.run(trait_keys(people)).to_pylist()[:_TRAITS]
    every = [*ATTRIBUTES, *(trait(row["key"]) for row in keys)]
    without = {*left_out} if looks else {*left_out, _END_USERS}
    return [one for one in every if one.name not in without]


def _no_news(asked: Asked) -> set[str]:
    """The attributes that make the groups, and those akin, unless they are asked for by name."""
    if asked.attributes:
        return {asked.by} if asked.by else set()
    given = {parse(text).column for text in asked.group} | ({asked.by} if asked.by else set())
    return set().union(*(akin(name) for name in given))


def _groups(
    sizes: dict[str | None, int], minimum: int, by: Coded | None
) -> tuple[dict[str, str], list[str]]:
    """Names of the groups that are large enough by their key, and of those that are not."""

    def name(key: str) -> str:
        return "group" if by is None else by.label(key)

    ordered = sorted(
        ((key, n) for key, n in sizes.items() if key is not None), key=lambda one: (-one[1], one[0])
    )
    large = {key: name(key) for key, n in ordered if n >= minimum}
    kept = dict(list(large.items())[:_GROUPS])
    return kept, [name(key) for key, _ in ordered if key not in kept]


def _counts(
    view: View, inside: Any, columns: dict[str, Any], one: Coded
) -> tuple[dict[str, Counts], Counts]:
    """Customers by value and both keys; and those whose value is known, by both keys."""
    value = one.value(inside, view.as_of)
    several = one.attribute.kind == "list"
    if several:
        single = inside.select("customer_id", **columns, value=value.unnest()).distinct()
    else:
        single = inside.select(**columns, value=value)
    single = single.filter(single.value.notnull())
    counts: dict[str, Counts] = {}
    known: Counts = {}
    for row in view.run(single.group_by([*_KEYS, "value"]).agg(n=single.count())).to_pylist():
        at = _keys(row)
        counts.setdefault(str(row["value"]), {})[at] = row["n"]
        known[at] = known.get(at, 0) + row["n"]
    if several:  # who has several values is known once
        has = inside.filter(value.length() > 0).select(**columns)
        known = {
            _keys(row): row["n"]
            for row in view.run(has.group_by(list(_KEYS)).agg(n=has.count())).to_pylist()
        }
    return counts, known


def _rows(
    one: Coded,
    counts: dict[str, dict[str | None, int]],
    known: dict[str | None, int],
    groups: dict[str, str],
    minimum: int,
) -> Iterator[dict[str, Any]]:
    """A row for each group and value; values of few in the base are told together."""
    base_known = sum(known.values())
    totals = {value: sum(by.values()) for value, by in counts.items()}
    ordered = sorted(totals, key=lambda value: (-totals[value], value))
    if one.attribute.banded:
        ordered.sort(key=int)
    large = [value for value in ordered if totals[value] >= minimum][:_VALUES]
    rest = [value for value in ordered if value not in large]
    if len(large) + bool(rest) < 2:
        return  # one value tells nothing apart
    for key, name in groups.items():
        of = known.get(key, 0)
        if of < minimum:
            continue
        shown = [(one.label(value), counts[value].get(key, 0), totals[value]) for value in large]
        if rest and one.attribute.kind != "list":
            shown.append(
                (
                    OTHER,
                    sum(counts[value].get(key, 0) for value in rest),
                    sum(totals[value] for value in rest),
                )
            )
        for value, hits, total in shown:
            yield {
                "group": name,
                "attribute": one.attribute.name,
                "value": value,
                "group_customers": hits,
                "group_known": of,
                "base_customers": total,
                "base_known": base_known,
            }


_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("group", "attribute", "value")]
    + [(name, pa.int64()) for name in ("group_customers", "group_known")]
    + [("group_share", pa.float64())]
    + [(name, pa.int64()) for name in ("base_customers", "base_known")]
    + [(name, pa.float64()) for name in ("base_share", "tgi", "low", "high")]
    + [("verdict", pa.string())]
)


def _table(rows: list[dict[str, Any]], chosen: Sequence[Attribute]) -> pa.Table:
    """The rows with their statistics: group by group, the most telling attribute first."""
    if not rows:
        return _SCHEMA.empty_table()
    hits, of, total, known = (
        np.array([row[name] for row in rows], dtype=np.float64)
        for name in ("group_customers", "group_known", "base_customers", "base_known")
    )
    share, base_share = hits / of, total / known
    low, high = wilson(hits, of)
    # A group that is its whole base differs from it in nothing, by whatever test.
    found = discoveries(np.where(of < known, binomial_p(hits, of, base_share), 1.0))
    telling: dict[tuple[str, str], float] = {}
    for at, row in enumerate(rows):
        row["group_share"], row["base_share"] = float(share[at]), float(base_share[at])
        row["tgi"] = float(share[at] / base_share[at] * 100)
        row["low"], row["high"] = (float(end[at] / base_share[at] * 100) for end in (low, high))
        over = "over" if share[at] > base_share[at] else "under"
        row["verdict"] = over if found[at] else ""
        place = (row["group"], row["attribute"])
        moved = abs(float(share[at] - base_share[at])) / 2 if found[at] else 0.0
        telling[place] = telling.get(place, 0.0) + moved
    order = {one.name: at for at, one in enumerate(chosen)}
    groups = {name: at for at, name in enumerate(dict.fromkeys(row["group"] for row in rows))}
    rows.sort(
        key=lambda row: (
            groups[row["group"]],
            -round(telling[row["group"], row["attribute"]], 9),
            order[row["attribute"]],
        )
    )
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
