"""Portraits of sources side by side: one row a trait, one column a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.insight.portraits.attributes import FOLLOWERS, akin
from regulars.insight.portraits.value_names import OTHER, plain_value, value_name

if TYPE_CHECKING:
    from regulars.insight.picture import Picture

_TRAITS = 12
_SOURCES = 8


def source_cells(portrait: Picture, language: str) -> dict[str, Any]:
    """The traits that tell sources apart most, each told once.

    Returns:
        `sources` (names), and `traits`: `name, share` (of the base) and `cells`, one a source,
        None where the source is not known enough.
    """
    rows = portrait.tables["sources"].to_pylist()
    sources = list(dict.fromkeys(row["group"] for row in rows))[:_SOURCES]
    by_trait: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        if row["group"] in sources and row["value"] != OTHER:
            by_trait.setdefault((row["attribute"], row["value"]), {})[row["group"]] = row
    telling = {
        trait: sum(
            abs(row["group_share"] - row["base_share"]) for row in cells.values() if row["verdict"]
        )
        for trait, cells in by_trait.items()
    }
    ordered = sorted(
        (trait for trait in telling if telling[trait] > 0), key=lambda trait: -telling[trait]
    )
    shown: list[tuple[str, str]] = []
    known: set[str] = set()
    for trait in ordered:
        if trait[0] not in FOLLOWERS and trait[0] not in known and len(shown) < _TRAITS:
            shown.append(trait)
            known |= akin(trait[0])
    return {
        "sources": [plain_value("source", one, language) for one in sources],
        "traits": [
            {
                "name": value_name(*trait, language),
                "share": next(iter(by_trait[trait].values()))["base_share"],
                "cells": [by_trait[trait].get(one) for one in sources],
            }
            for trait in shown
        ],
    }
