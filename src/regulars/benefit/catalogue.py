"""What the shop has published by now, as deeds and quotes look it up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from regulars.benefit.definition.terms import (
    Badge,
    Budget,
    Coupon,
    Gift,
    Incentive,
    Points,
    Term,
    Tiers,
    Together,
    decode,
)
from regulars.engines.store import Connection
from regulars.engines.store_benefits import BenefitRows
from regulars.engines.store_terms import TermRow


@dataclass(frozen=True, slots=True)
class Published:
    """A version of a term."""

    term: Term
    version: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The newest version of everything published that has not ended.

    Attributes:
        by_kind: kind and name to what is published.
    """

    by_kind: dict[tuple[str, str], Published] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection) -> Catalogue:
        """As it stands in the store."""
        return cls.of(BenefitRows(connection).terms())

    @classmethod
    def of(cls, rows: list[TermRow]) -> Catalogue:
        """Of the newest versions."""
        return cls({
            (row.kind, row.name): Published(decode(row.kind, row.body), row.version)
            for row in rows
            if row.body
        })  # fmt: skip

    def coupon(self, name: str) -> tuple[Coupon, int] | None:
        """A coupon and its version."""
        return cast("tuple[Coupon, int] | None", self._found("coupon", name))

    def gift(self, name: str) -> tuple[Gift, int] | None:
        """A gift and its version."""
        return cast("tuple[Gift, int] | None", self._found("gift", name))

    def budget(self, name: str) -> tuple[Budget, int] | None:
        """A budget and its version."""
        return cast("tuple[Budget, int] | None", self._found("budget", name))

    @property
    def points(self) -> Points:
        """How points work; the plainest way where nothing is published."""
        found = self.by_kind.get(("points", ""))
        return Points() if found is None else cast("Points", found.term)

    @property
    def tiers(self) -> Tiers:
        """The tiers; none where nothing is published."""
        found = self.by_kind.get(("tiers", ""))
        return Tiers() if found is None else cast("Tiers", found.term)

    @property
    def together(self) -> Together:
        """How coupons go together."""
        found = self.by_kind.get(("together", ""))
        return Together() if found is None else cast("Together", found.term)

    def badges(self) -> list[Badge]:
        """All badges, by name."""
        return [cast("Badge", one) for one in self._all("badge")]

    def incentives(self) -> list[Incentive]:
        """All incentives, by name."""
        return [cast("Incentive", one) for one in self._all("incentive")]

    def coupons(self) -> list[Coupon]:
        """All coupons, by name."""
        return [cast("Coupon", one) for one in self._all("coupon")]

    def gifts(self) -> list[Gift]:
        """All gifts, by name."""
        return [cast("Gift", one) for one in self._all("gift")]

    def budgets(self) -> list[Budget]:
        """All budgets, by name."""
        return [cast("Budget", one) for one in self._all("budget")]

    def _found(self, kind: str, name: str) -> tuple[Term, int] | None:
        found = self.by_kind.get((kind, name))
        return None if found is None else (found.term, found.version)

    def _all(self, kind: str) -> list[Term]:
        return [one.term for (of, _), one in sorted(self.by_kind.items()) if of == kind]
