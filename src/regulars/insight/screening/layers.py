"""Layers and branches, from how many customers have which values and came how far.

A layer that no event tells of is not observable: how many reached it is not known, and its values
are told of those who ordered, by what they ordered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from regulars.insight.ladder.shares import findings
from regulars.insight.screening.rows import Values
from regulars.insight.statistics.wilson import wilson
from regulars.lifetime.gaps import Bools, Ints
from regulars.timeline.screening import NOT_TOLD, ORDERED, ORDERED_AGAIN, SAME_ITEM

SOURCE, LEAD_IN, BAND, NEED, ORDER, AGAIN = (
    "source", "lead_in", "band", "need", "order", "again",
)  # fmt: skip
LAYERS = (SOURCE, LEAD_IN, BAND, NEED, ORDER, AGAIN)
"""In their order; each is reached at the layer of `timeline.screening` of the same place."""
_COLUMNS = ("source", "item", "band", "need", "order")
OTHERS, UNKNOWN = "(other)", "(not told)"
SAME, ANOTHER = "lead_in_item", "another_item"
GOES_ON, STAYS, CANNOT_TELL = "goes_on_more", "goes_on_less", "cannot_tell"
BEST, WORST = "best", "worst"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """The sums of the fold as arrays, one row per combination of values.

    Attributes:
        codes: by layer, its values.
        layer: how far these customers came.
        customers: how many.
        known: what the codes stand for.
    """

    codes: dict[str, Ints]
    layer: Ints
    customers: Ints
    known: Values

    @classmethod
    def of(cls, sums: pa.Table, known: Values) -> Counted:
        """From `timeline.screening.summed`."""

        def column(name: str) -> Ints:
            return np.asarray(sums[name].cast(pa.int64()).to_numpy(), np.int64)

        codes = {layer: column(name) for layer, name in zip(LAYERS, _COLUMNS, strict=False)}
        return cls(codes, column("layer"), column("customers"), known)

    def is_observable(self, layer: str) -> bool:
        """Whether entries tell who reached it."""
        if layer == NEED:
            return self.known.carts
        if layer in (LEAD_IN, BAND):
            return self.known.looks
        return layer != SOURCE or self.known.looks or self.known.carts

    def reached(self, layer: str) -> Bools:
        """The combinations that reached the layer; those who ordered where it is not observable."""
        return np.asarray(self.layer >= self.begins_at(layer))

    def begins_at(self, layer: str) -> int:
        """How far one has come there."""
        return LAYERS.index(layer) if self.is_observable(layer) else ORDERED

    def goes_on_at(self, layer: str) -> int:
        """How far one has come who went on from there."""
        if not self.is_observable(layer):
            return ORDERED_AGAIN
        later = LAYERS[LAYERS.index(layer) + 1 :]
        return next(LAYERS.index(one) for one in later if self.is_observable(one))

    def count(self, rows: Bools) -> int:
        """Customers of these combinations."""
        return int(self.customers[rows].sum())

    def name(self, layer: str, code: int) -> tuple[str, str | None]:
        """A value in words, and the title of an item."""
        if code == NOT_TOLD:
            return UNKNOWN, None
        known = self.known
        if layer == BAND:
            return f"{code % 10}/{code // 10}", None
        if layer == ORDER:
            return (SAME if code == SAME_ITEM else ANOTHER), None
        names: Sequence[str] = {SOURCE: known.sources, LEAD_IN: known.items, NEED: known.needs}[
            layer
        ]
        if code >= len(names):
            return OTHERS, None
        return names[code], known.titles[code] if layer == LEAD_IN else None


def layers(counted: Counted) -> list[Row]:
    """One row per layer: how many reached it, of those of the layer before."""
    found: list[Row] = []
    came = counted.count(counted.reached(SOURCE))
    before = came
    for layer in LAYERS:
        if not counted.is_observable(layer) and layer != SOURCE:
            found.append({"layer": layer, "observable": False})
            continue
        reached = counted.count(counted.reached(layer))
        told = (
            counted.count(counted.reached(layer) & (counted.codes[layer] != NOT_TOLD))
            if layer != AGAIN
            else None
        )
        found.append(
            {
                "layer": layer,
                "observable": True,
                "customers": reached,
                "told": told,
                **(_share("of_before", reached, before) if layer != SOURCE else {}),
                "of_all": reached / came if came else None,
            }
        )
        before = reached
    return found


def branches(counted: Counted, least: int) -> list[Row]:
    """One row per layer and value: how many went on from it, and how many ordered.

    Args:
        counted: the sums.
        least: of fewer customers no verdict is given.
    """
    found: list[Row] = []
    for layer in LAYERS[:-1]:
        inside = counted.reached(layer)
        further = counted.layer >= counted.goes_on_at(layer)
        rows = [
            _branch(counted, layer, int(code), inside, further)
            for code in np.unique(counted.codes[layer][inside])
        ]
        _judge(rows, least)
        rows.sort(
            key=lambda row: (row["value"] in (OTHERS, UNKNOWN), -row["customers"], row["value"])
        )
        found += rows
    return found


def _branch(counted: Counted, layer: str, code: int, inside: Bools, further: Bools) -> Row:
    own = inside & (counted.codes[layer] == code)
    value, title = counted.name(layer, code)
    customers = counted.count(own)
    ordered = counted.count(own & (counted.layer >= ORDERED))
    again = counted.count(own & (counted.layer >= ORDERED_AGAIN))
    return {
        "layer": layer,
        "value": value,
        "title": title,
        "customers": customers,
        "went_on": counted.count(own & further),
        **_share("went_on", counted.count(own & further), customers),
        "ordered": ordered,
        **_share("ordered", ordered, customers),
        "again": again,
        **_share("again", again, customers),
    }


def _judge(rows: list[Row], least: int) -> None:
    """Give each value a verdict against all of its layer."""
    enough = [row for row in rows if row["customers"] >= least and row["value"] != UNKNOWN]
    for row in rows:
        row["verdict"] = CANNOT_TELL
    if len(enough) < 2:
        return
    whole, came = (sum(row[name] for row in enough) for name in ("customers", "went_on"))
    n = np.array([row["customers"] for row in enough], float)
    seen = np.array([row["went_on"] for row in enough], float)
    rate = came / whole
    usual = n * rate
    # A value is part of what is usual: within the layer the number is hypergeometric.
    variance = n * rate * (1 - rate) * (whole - n) / max(whole - 1, 1)
    for row, way in zip(enough, findings(seen, usual, variance).tolist(), strict=True):
        row["verdict"] = {1: GOES_ON, -1: STAYS, 0: CANNOT_TELL}[way]


def aim(counted: Counted, layer: str) -> str:
    """What a branch is wanted for: that its customers order, and once they do, order again."""
    return "ordered" if counted.begins_at(layer) < ORDERED else "again"


def routes(counted: Counted, least: int) -> list[Row]:
    """The best branch and the worst, layer by layer within the values taken before.

    At each layer that value is taken of whose customers surely most order (by the lower end of the
    interval), or surely fewest (by its upper end), among two or more values with enough customers.
    """
    found: list[Row] = []
    for route in (BEST, WORST):
        inside = np.ones(len(counted.layer), np.bool_)
        for layer in LAYERS[:-1]:
            there = inside & counted.reached(layer)
            further = counted.layer >= counted.goes_on_at(layer)
            rows = {
                int(code): _branch(counted, layer, int(code), there, further)
                for code in np.unique(counted.codes[layer][there])
            }
            wanted = aim(counted, layer)
            of = [
                (_bound(row, route, wanted), row["customers"], -code)
                for code, row in rows.items()
                if row["customers"] >= least and row["value"] not in (OTHERS, UNKNOWN)
            ]
            if len(of) < 2:
                continue
            code = -max(of)[2]
            found.append({"route": route, "of": len(of), "aim": wanted} | rows[code])
            inside &= counted.codes[layer] == code
    return found


def _bound(row: Row, route: str, wanted: str) -> float:
    return float(row[f"{wanted}_low"]) if route == BEST else -float(row[f"{wanted}_high"])


def _share(name: str, part: int, of: int) -> Row:
    low, high = wilson(part, of)
    return {
        f"{name}_share": part / of if of else None,
        f"{name}_low": float(low) if of else None,
        f"{name}_high": float(high) if of else None,
    }
