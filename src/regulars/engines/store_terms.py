"""Statements of what is published, and of the codes of coupons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from regulars.engines.prepared import Prepared, Rows, add_rows, by_key
from regulars.engines.schema import CODES, TERMS


class TermRow(NamedTuple):
    """A published term, as JSON; an empty body ends it."""

    kind: str
    name: str
    version: int
    body: str
    n: int


class CodeRow(NamedTuple):
    """A code of a coupon, by its digest; `uses` is 0 where nothing bounds it."""

    digest: str
    coupon: str
    batch: str
    uses: int
    n: int


_OF_TERM = sa.select(TERMS).where(
    TERMS.c.kind == sa.bindparam("kind"), TERMS.c.name == sa.bindparam("name")
)
_ONE: sa.ColumnElement[int] = sa.literal_column("1")
_NOTHING: sa.ColumnElement[int] = sa.literal_column("0")
_TERM = Prepared(_OF_TERM.order_by(TERMS.c.version.desc()).limit(_ONE).offset(_NOTHING))
_VERSION = Prepared(_OF_TERM.where(TERMS.c.version == sa.bindparam("version")))
_CODE = by_key(CODES)


class TermRows(Rows):
    """Terms and codes, within the connection's transaction."""

    def terms(self) -> list[TermRow]:
        """The newest version of everything published, those that have ended included."""
        newest = (
            sa.select(TERMS.c.kind, TERMS.c.name, sa.func.max(TERMS.c.version).label("version"))
            .group_by(TERMS.c.kind, TERMS.c.name)
            .subquery()
        )
        statement = (
            sa.select(TERMS)
            .join(
                newest,
                sa.and_(
                    TERMS.c.kind == newest.c.kind,
                    TERMS.c.name == newest.c.name,
                    TERMS.c.version == newest.c.version,
                ),
            )
            .order_by(TERMS.c.kind, TERMS.c.name)
        )
        return [TermRow(*row) for row in self.connection.execute(statement)]

    def term(self, kind: str, name: str, version: int | None = None) -> TermRow | None:
        """A version, or the newest."""
        if version is None:
            row = _TERM.first(self.connection, kind=kind, name=name)
        else:
            row = _VERSION.first(self.connection, kind=kind, name=name, version=version)
        return None if row is None else TermRow(*row)

    def versions(self, kind: str, names: Iterable[str]) -> list[TermRow]:
        """All versions of these, the oldest first."""
        statement = (
            sa.select(TERMS)
            .where(TERMS.c.kind == kind, TERMS.c.name.in_(list(names)))
            .order_by(TERMS.c.name, TERMS.c.version)
        )
        return [TermRow(*row) for row in self.connection.execute(statement)]

    def last_published(self) -> int:
        """The entry of the journal that published, changed or ended something last; 0: none."""
        return int(self.connection.execute(sa.select(sa.func.max(TERMS.c.n))).scalar() or 0)

    def add_terms(self, rows: Iterable[TermRow]) -> None:
        """Publish versions."""
        add_rows(self.connection, TERMS, rows)

    def code(self, digest: str) -> CodeRow | None:
        """The code of this digest."""
        return _CODE.one(self.connection, CodeRow, digest=digest)

    def known_codes(self, digests: Sequence[str]) -> list[str]:
        """Those of the digests of which there is a code."""
        statement = sa.select(CODES.c.digest).where(CODES.c.digest.in_(list(digests)))
        return [row[0] for row in self.connection.execute(statement)]

    def add_codes(self, rows: Iterable[CodeRow]) -> None:
        """Make codes."""
        add_rows(self.connection, CODES, rows)
