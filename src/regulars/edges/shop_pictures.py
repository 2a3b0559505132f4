"""The pictures of the shop in Python: one method for each, with the options of its declaration."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from regulars.kernel.clock import parse_date
from regulars.kernel.step import silent

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.insight.picture import Picture

Day = date | str | None


class ShopPictures(ABC):
    """What `Shop` can draw. Each method gives a `Picture`: tables, sentences, facts."""

    home: Home

    @property
    @abstractmethod
    def warehouse(self) -> Warehouse:
        """The warehouse of the home."""

    def picture(
        self, name: str, as_of: Day = None, *, step: Callable[[str], None] = silent, **asked: Any
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

    def drivers(
        self,
        as_of: Day = None,
        *,
        month: str | None = None,
        days: int | None = None,
        against: str = "both",
    ) -> Picture:
        """What moved sales and profit: buyers, orders per buyer, order value, margin.

        Args:
            as_of: the day up to whose end the picture knows.
            month: YYYY-MM; by default the last month that has ended.
            days: the last so many days instead of a month.
            against: previous (the period before), year (a year before), or both.
        """
        return self.picture("drivers", as_of, month=month, days=days, against=against)

    def cohort(self, as_of: Day = None, *, by: str | None = None, top: int = 8) -> Picture:
        """Who stays and what they are worth, by how they began.

        Args:
            as_of: the day up to whose end the picture knows.
            by: month, quarter, source, first_category or first_product; by default the source,
                where none is known the first category, else the quarter.
            top: at most so many sources, categories or products; the rest is gathered.
        """
        return self.picture("cohort", as_of, by=by, top=top)

    def second(self, as_of: Day = None, *, by: str = "quarter") -> Picture:
        """Who orders a second time, how soon, and whether it is getting better.

        Args:
            as_of: the day up to whose end the picture knows.
            by: month or quarter of the first order, source, or first_category.
        """
        return self.picture("second", as_of, by=by)

    def makers(self, as_of: Day = None, *, by: str = "product", horizon: int = 90) -> Picture:
        """First purchases that make regulars: whose buyers come back, against expectation.

        Args:
            as_of: the day up to whose end the picture knows.
            by: product, category, source, or basket (one product or several).
            horizon: days after the first purchase within which one comes back.
        """
        return self.picture("makers", as_of, by=by, horizon=horizon)

    def affinity(
        self,
        as_of: Day = None,
        *,
        by: str = "product",
        days: int = 365,
        within: int = 90,
        siblings: bool = False,
    ) -> Picture:
        """What is bought together in one basket, and what is bought next.

        Args:
            as_of: the day up to whose end the picture knows.
            by: product or category.
            days: so many days are looked at.
            within: days after the one within which the other follows it.
            siblings: pair products of one category, too.
        """
        return self.picture("affinity", as_of, by=by, days=days, within=within, siblings=siblings)

    def concentration(self, as_of: Day = None) -> Picture:
        """On how few customers and products the shop's value rests."""
        return self.picture("concentration", as_of)

    def acquisition(self, as_of: Day = None, *, days: int = 365, months: int = 12) -> Picture:
        """What a new customer costs by source, when that is paid back, and what it is worth.

        Args:
            as_of: the day up to whose end the picture knows.
            days: customers are new who first bought within so many days.
            months: payback is followed for so many months.
        """
        return self.picture("acquisition", as_of, days=days, months=months)

    def ladder(
        self,
        as_of: Day = None,
        *,
        category: str | None = None,
        days: int = 365,
        minimum: int = 30,
        customers: int = 1000,
    ) -> Picture:
        """Price bands by category, who climbs, lead-in items, the same cost at several prices.

        Args:
            as_of: the day up to whose end the picture knows.
            category: only this one.
            days: sales, margins and buyers of so many days.
            minimum: of fewer customers no share is told.
            customers: rows of the list of customers; 0 for all.
        """
        return self.picture(
            "ladder",
            as_of,
            category=category,
            days=days,
            minimum=minimum,
            customers=customers,
        )

    def focus(self, as_of: Day = None, *, days: int = 365, minimum: int = 30) -> Picture:
        """Which categories earn, bring people back and grow, and what a focus would keep.

        Args:
            as_of: the day up to whose end the picture knows.
            days: sales, profit and buyers of so many days.
            minimum: of fewer customers no share is told.
        """
        return self.picture("focus", as_of, days=days, minimum=minimum)

    def core(self, as_of: Day = None) -> Picture:
        """Core customers by the published rule: who and why, by month, how they came."""
        return self.picture("core", as_of)

    def portrait(
        self,
        as_of: Day = None,
        *,
        group: Sequence[str] = (),
        base: Sequence[str] = (),
        by: str | None = None,
        attribute: Sequence[str] = (),
        minimum: int = 30,
    ) -> Picture:
        """What a group of customers is made of, against a base.

        Args:
            as_of: the day up to whose end the picture knows.
            group: conditions that the group meets, all of them, as "orders >= 3" or
                "source in a|b"; by default the core.
            base: conditions that the base meets; by default all buyers.
            by: an attribute, each of whose values is a group.
            attribute: only these attributes.
            minimum: smaller groups are not told.
        """
        return self.picture(
            "portrait",
            as_of,
            group=group,
            base=base,
            by=by,
            attribute=attribute,
            minimum=minimum,
        )

    def types(self, as_of: Day = None) -> Picture:
        """Types of buyers by a published rule, and what each brings."""
        return self.picture("types", as_of)

    def habits(self, as_of: Day = None) -> Picture:
        """When and how people buy, and how the core differ."""
        return self.picture("habits", as_of)

    def end_users(self, as_of: Day = None) -> Picture:
        """For whom customers buy; off unless the settings allow it."""
        return self.picture("end-users", as_of)

    def pool(self, as_of: Day = None, *, months: int = 6) -> Picture:
        """The pool of customers by value and stage, and so many months ahead; the shop's phase."""
        return self.picture("pool", as_of, months=months)

    def goals(self, as_of: Day = None) -> Picture:
        """Every goal of `regulars.toml`: where it will end, and where the difference lies."""
        return self.picture("goals", as_of)
