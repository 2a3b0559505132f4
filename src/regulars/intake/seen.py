"""Rows of earlier imports known again by their cells, so that reading them again costs little.

A row whose fingerprint the cache knows (see `fingerprint`, `cache`) has been normalised, numbered
and landed before; it is passed by and counted as seen. The cache is no truth: without it, or if
anything that decides what a row becomes has changed (layout, settings, our rules, the engine's
hash), every row goes the long way with the same result.

That the result is the same rests on this. Alone, a row becomes always the same records, of one kind
or several. Which of several equal records one is, is decided among those of equal key, and they
stand in one place (one order, product, customer or day, `digest.PLACE`). So what all rows of a
place become rests on those rows alone. The cache holds whole places: all rows of a place that one
import took in, each with the import and line under which landing holds its records, be it that this
import landed them or found them there. A place is passed by only if its rows in this file are
exactly those, row by row. The long way would then give the same keys, counts and states; landing
never lets go of any; so all of them would be seen, and what the file tells in sum stands there.

Of any other place, rows that are known are taken out of landing, with all records that they became,
and go the long way from there. Rejected rows and rows that tell of nothing become no records, stand
in no place and always go the long way. Where the records of one row stand in places of different
kinds (an order and a customer), nothing is passed by.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.intake import cache, digest
from regulars.intake.cache import Cache, Numbers
from regulars.intake.files.sheet import LINE
from regulars.intake.fingerprint import place_of, prints_of
from regulars.intake.known import Known
from regulars.intake.landed import landed, landed_columns
from regulars.intake.landing import Landing, Segment
from regulars.intake.recognise import Bound
from regulars.intake.records import Kind
from regulars.intake.staging import Stage
from regulars.intake.totals import TOTALLED
from regulars.intake.whole_places import whole_places

_PASSED = "passed_by"
"""Tables, one an import, of the lines in landing of the rows passed by, or of the others."""
_FOUND = "passed_by_found"
"""The table of what stands there, as far as it is told in sum."""


class Seen:
    """What of a file earlier imports of the same layout know, and what they will know of it.

    Args:
        work: the import's working database.
        landing: what has come in so far.
        salt: of the fingerprints.
        bound: the source.
        stages: of its records, the first one first.
    """

    def __init__(
        self,
        work: Warehouse,
        landing: Landing,
        salt: str,
        bound: Bound,
        stages: Sequence[Stage],
    ) -> None:
        self._work, self._landing, self._salt, self._bound = work, landing, salt, bound
        self._stages = stages
        kinds = [stage.kind for stage in stages]
        self._cache = Cache(landing.folder.parent / "cache", salt, kinds)
        self._known = Known(self._cache.files(landing.entries()), kinds)
        self._found: list[tuple[Numbers, Numbers]] = []
        self._new: list[pa.Table] = []
        self._rows = 0
        self._demoted = pa.table(
            {LINE: pa.array([], pa.int64()), "known": pa.array([], pa.int64())}
        )
        self._passed: tuple[Numbers, Numbers]
        self.passed_by = 0
        """How many rows of the file are passed by."""

    def unknown(self, raw: pa.Table) -> pa.Table:
        """The rows that are not known; the others are noted."""
        prints = prints_of(self._work, raw, self._bound, self._salt)
        known = self._known.find(prints["print"].to_numpy(), prints["print2"].to_numpy())
        is_known = known >= 0
        if is_known.any():
            self._found.append((prints[LINE].to_numpy()[is_known], known[is_known]))
            fresh = pa.array(~is_known)
            raw, prints = raw.filter(fresh), prints.filter(fresh)
        self._rows += prints.num_rows
        if self._rows <= cache.MOST:
            self._new.append(prints)
        else:
            self._new.clear()
        return raw

    def settle(self) -> None:
        """Decide what is passed by; the other known rows go to the stages."""
        if not self._found:
            return
        lines, rows = (np.concatenate(one) for one in zip(*self._found, strict=True))
        self._found.clear()
        goes_on = self._known.is_apart(rows, self._places())
        self._note_passed(rows[~goes_on])
        if not goes_on.any():
            return
        lines, rows = lines[goes_on], rows[goes_on]
        self._demoted = pa.table({LINE: pa.array(lines), "known": pa.array(rows)})
        for stage in self._stages:
            imports, there = self._known.whereabouts(stage.kind, rows)
            told = imports > 0
            if told.any():
                segments = self._segments(stage.kind, imports[told])
                paths = [self._landing.folder / segment.path for _, segment in segments]
                stage.adopt(
                    landed(paths, stage.kind),
                    pa.table({LINE: lines[told], "import_no": imports[told], "line": there[told]}),
                )

    def _places(self) -> pa.Array:
        """The places of what is staged so far."""
        told = " UNION ".join(
            f"SELECT {place_of(stage.kind, self._salt)} AS place FROM {stage.places}"
            for stage in self._stages
            if stage.count
        )
        if not told:
            return pa.array([], pa.uint64())
        return self._work.sql(told)["place"].combine_chunks()

    def _note_passed(self, rows: Numbers) -> None:
        self.passed_by = len(rows)
        imports, lines = self._known.whereabouts(self._stages[0].kind, rows)
        told = imports > 0
        self._passed = imports[told], lines[told]

    def passed(self) -> str | None:
        """The SQL of what landing holds of the first kind of record of the rows passed by."""
        if not self.passed_by:
            return None
        kind = self._stages[0].kind
        imports, lines = self._passed
        whole: list[Path] = []
        some: list[str] = []
        for number, segment in self._segments(kind, imports):
            path = self._landing.folder / segment.path
            is_passed = np.bincount(lines[imports == number]) > 0
            count = np.count_nonzero(is_passed)
            if count == segment.rows:  # nothing needs to be looked up
                whole.append(path)
                continue
            # What is left out is less to look up than what is not, if it is few.
            is_most = 2 * count > segment.rows
            listed = f"{_PASSED}_{number}"
            there = f"(FROM {landed([path], kind)} WHERE line < {len(is_passed)})"
            wanted = np.flatnonzero(is_passed ^ is_most)
            self._work.load(listed, pa.table({"line": wanted}))
            some.append(f"{there} {'ANTI' if is_most else 'SEMI'} JOIN {listed} USING (line)")
        records = [f"(FROM {landed(whole, kind)})"] if whole else []
        if some:
            told = ", ".join(column for column in TOTALLED if column in landed_columns(kind))
            each = " UNION ALL ".join(f"SELECT {told} FROM {one}" for one in some)
            self._work.execute(f"CREATE TABLE {_FOUND} AS {each}")
            records.append(f"(FROM {_FOUND})")
        return f"({' UNION ALL BY NAME '.join(records)})" if records else None

    def _segments(self, kind: Kind, imports: Numbers) -> list[tuple[int, Segment]]:
        wanted = np.bincount(imports)
        return [
            (entry.number, segment)
            for entry in self._landing.entries()
            for segment in entry.segments
            if segment.kind == kind and entry.number < len(wanted) and wanted[entry.number]
        ]

    def remember(self, number: int) -> None:
        """Keep what this import has taken in, by whole places.

        Args:
            number: of this import, which is committed if it landed anything.
        """
        if self._rows > cache.MOST or not any(stage.count for stage in self._stages):
            return
        columns = {
            name: [table[name].to_numpy() for table in self._new]
            for name in (LINE, "print", "print2")
        }
        self._new.clear()
        known = self._demoted["known"].to_numpy()
        for name, more in zip(
            columns, (self._demoted[LINE].to_numpy(), *self._known.prints(known)), strict=True
        ):
            columns[name].append(more)
        lines, first, second = (np.concatenate(columns.pop(name)) for name in list(columns))
        if (lines[1:] < lines[:-1]).any():
            order = np.argsort(lines)
            lines, first, second = lines[order], first[order], second[order]
        records = {stage.kind: self._whereabouts(stage, number) for stage in self._stages}
        rows = whole_places(lines, first, second, records, number)
        if rows is not None:
            self._cache.write(rows, self._landing.entries())

    def _whereabouts(self, stage: Stage, number: int) -> pa.Table:
        """Where landing has each record of a stage, as `whole_places` wants it."""
        found = stage.whereabouts(place_of(stage.kind, self._salt), number)
        if stage.once or not stage.is_sealed or "import_no" not in found.column_names:
            return found
        # What is sealed of a record found in landing may say more than what makes its state: only
        # of a row that was known is it certain that it is the row's own.
        known = pa.table(
            [
                self._demoted[LINE],
                *self._known.whereabouts(stage.kind, self._demoted["known"].to_numpy()),
            ],
            names=[LINE, "import_no", "line"],
        )
        self._work.register("_found", found)
        self._work.register("_known", known)
        own = f"import_no = {number} OR ({LINE}, import_no, line) IN (FROM _known)"
        found = self._work.sql(
            f"SELECT * REPLACE (CASE WHEN {own} THEN import_no END AS import_no) FROM _found"
        )
        for name in ("_found", "_known"):
            self._work.unregister(name)
        return found


def may_pass_by(bound: Bound) -> bool:
    """Whether all that a row becomes stands in one kind of place."""
    places = {digest.PLACE[part.source.record] for part in (bound, *bound.also)}
    return len(places) == 1
