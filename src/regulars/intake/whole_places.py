"""What an import has taken in, by whole places, for the cache (see `seen`).

Left out are places with a row of which it cannot be told where landing has all that it became, such
as a row that became several records of a kind of which landing knew some from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.intake.cache import Numbers, Rows, Sums
from regulars.intake.files.sheet import LINE
from regulars.intake.records import Kind


@dataclass(frozen=True, slots=True)
class _Told:
    """What the rows tell of one kind: their lines, places, whereabouts; places to leave out."""

    lines: Numbers
    places: Sums
    imports: Numbers
    at: Numbers
    spoilt: Sums


def whole_places(
    lines: Numbers, first: Sums, second: Sums, records: Mapping[Kind, pa.Table], number: int
) -> Rows | None:
    """The rows of the places that can be passed by from now on; None if there are none.

    Args:
        lines: of all rows that went the long way, in order, each once.
        first: their fingerprints,
        second: and the other halves of these.
        records: by kind, what they became: `_line` (not in order where rows came out of landing)
            and `place`. With them may come `import_no` and `line` in landing, where they are others
            than this import and this line (null where they cannot be told), and `there`: how many
            records landing has under these, null where this import has landed them.
        number: of this import.
    """
    places, has_place = np.zeros(len(lines), np.uint64), np.zeros(len(lines), bool)
    spoilt: list[Sums] = []
    whereabouts = {}
    for kind, table in records.items():
        told = _told(table, number)
        spoilt.append(told.spoilt)
        if len(told.lines) == len(lines) and not has_place.any():  # a record of each row
            places, has_place = told.places, np.ones(len(lines), bool)
            whereabouts[kind] = told.imports, told.at
            continue
        row = np.searchsorted(lines, told.lines)
        elsewhere = has_place[row] & (places[row] != told.places)
        spoilt += [places[row[elsewhere]], told.places[elsewhere]]
        places = places.copy()
        places[row], has_place[row] = told.places, True
        imports, at = np.zeros(len(lines), np.int32), np.zeros(len(lines), np.int64)
        imports[row], at[row] = told.imports, told.at
        whereabouts[kind] = imports, at
    unfit = np.concatenate(spoilt)
    kept = has_place
    if len(unfit):
        kept &= ~pc.is_in(pa.array(places), pa.array(unfit)).to_numpy(zero_copy_only=False)
    if not kept.any():
        return None
    if not kept.all():
        first, second, places = first[kept], second[kept], places[kept]
        whereabouts = {kind: (one[0][kept], one[1][kept]) for kind, one in whereabouts.items()}
    return Rows(first, second, places, whereabouts)


def _told(table: pa.Table, number: int) -> _Told:
    lines = table[LINE].to_numpy()
    order = None
    if (lines[1:] < lines[:-1]).any():
        order = np.argsort(lines, kind="stable")
        lines = lines[order]
    places = _column(table, "place", order)
    at = _column(table, "line", order) if "line" in table.column_names else lines
    if "import_no" not in table.column_names:
        imports: npt.NDArray[Any] = np.broadcast_to(np.int32(number), len(lines))
        fits: npt.NDArray[np.bool_] = np.broadcast_to(np.True_, len(lines))
        held = None
    else:
        imports = _column(table, "import_no", order)
        fits = imports != 0
        held = _column(table, "there", order, -1)
    begins = np.ones(len(lines), bool)
    begins[1:] = lines[1:] != lines[:-1]
    if begins.all():
        if held is not None:
            fits &= (held == -1) | (held == 1)
        return _Told(lines, places, imports, at, places[~fits])
    # All records of a row are to stand under one line of landing, and nothing else.
    first = np.flatnonzero(begins)
    times = np.diff(first, append=len(lines))
    fits = fits.copy()
    if held is not None:
        fits &= (held == -1) | (held == np.repeat(times, times))
    for one in (places, imports, at):
        fits &= one == np.repeat(one[first], times)
    return _Told(lines[first], places[first], imports[first], at[first], places[~fits])


def _column(table: pa.Table, name: str, order: Numbers | None, empty: int = 0) -> npt.NDArray[Any]:
    column = table[name]
    found: npt.NDArray[Any] = (
        pc.fill_null(column, empty) if column.null_count else column
    ).to_numpy()
    return found if order is None else found[order]
