"""The pictures of the shop in Python: one method for each, with the options of its declaration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from regulars.kernel.clock import parse_date

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.insight.picture import Picture

Day = date | str | None


def _silent(_name: str) -> None:
    pass


class ShopPictures:
    """What `Shop` can draw. Each method gives a `Picture`: tables, sentences, facts."""

    home: Home

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse of the home."""
        raise NotImplementedError

    def picture(
        self, name: str, as_of: Day = None, *, step: Callable[[str], None] = _silent, **asked: Any
    ) -> Picture:
        """The picture of this name (docs/pictures.md).

        Args:
            name: growth, drivers, cohort, …: the names of `insight.catalogue.PICTURES`.
            as_of: a date or YYYY-MM-DD: as it would have been told then; by default as of the
                people table's day, which is brought up to date first.
            step: told the name of each step.
            asked: the picture's options, as on the command line.

        Raises:
            NotUnderstood: no orders have come in yet.
            UnknownValue: there is no such picture, or an option has a value that it cannot have.
            CannotTell: the shop's data are not enough for it.
        """
        from regulars.app.drawing import draw

        day = parse_date(as_of) if isinstance(as_of, str) else as_of
        return draw(self.warehouse, self.home, name, day, step, **asked)

    def growth(self, as_of: Day = None) -> Picture:
        """Who was new, stayed, came back and left, month by month."""
        return self.picture("growth", as_of)
