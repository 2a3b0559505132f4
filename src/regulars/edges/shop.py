"""The Python API: a shop's home with the same verbs as the command line.

    from regulars import Shop

    with Shop("myshop") as shop:
        shop.import_files("orders.csv")
        shop.understand()
        people = shop.people()          # a pyarrow.Table; .to_pandas() or polars.from_arrow(people)

Results are Arrow tables with documented schemas (docs/people.md, docs/plan.md) or small frozen
dataclasses. Errors are `regulars.errors.RegularsError`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from regulars.app.home import Home, make_home
from regulars.edges.shop_access import ShopAccess
from regulars.edges.shop_benefits import ShopBenefits
from regulars.edges.shop_connections import ShopConnections
from regulars.edges.shop_events import ShopEvents
from regulars.edges.shop_identity import ShopIdentity
from regulars.edges.shop_ledger import ShopLedger
from regulars.edges.shop_pictures import ShopPictures
from regulars.edges.shop_timeline import ShopTimeline
from regulars.edges.shop_webhooks import ShopWebhooks
from regulars.errors import CannotTell, UnknownValue
from regulars.kernel.clock import parse_date
from regulars.kernel.closing import Closing
from regulars.kernel.money import exponent
from regulars.kernel.step import Step, silent

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.app.customer import CustomerView
    from regulars.app.doctor import Finding
    from regulars.app.quarantine import Exported
    from regulars.app.rebuild import Rebuilt
    from regulars.app.understand import Understood
    from regulars.campaign.plan import Plan
    from regulars.engines.duckdb import Warehouse
    from regulars.insight.diagnosis.diagnose import Diagnosis
    from regulars.intake.report import FileReport
    from regulars.lifetime.backtest_card import BacktestCard
    from regulars.lifetime.model_choice import ModelCard
    from regulars.timeline.history import Page

Day = date | str | None

_LARGEST_BUDGET = 10**12


class Shop(
    ShopAccess,
    ShopBenefits,
    ShopConnections,
    ShopEvents,
    ShopIdentity,
    ShopLedger,
    ShopPictures,
    ShopTimeline,
    ShopWebhooks,
    Closing,
):
    """A shop, opened at its home; use it as a context manager, or `close` it."""

    def __init__(self, home: str | PathLike[str] = ".") -> None:
        """Open the home in the folder; raises `HomeError` where there is none."""
        self.home = Home.open(Path(home))
        self._warehouse: Warehouse | None = None

    @classmethod
    def create(
        cls,
        home: str | PathLike[str],
        *,
        name: str | None = None,
        time_zone: str = "Asia/Shanghai",
        currency: str = "CNY",
        language: Literal["zh", "en"] = "zh",
    ) -> Shop:
        """Make a home in the folder and open it; raises `HomeError` where there is one already."""
        make_home(Path(home), name=name, time_zone=time_zone, currency=currency, language=language)
        return cls(home)

    def close(self) -> None:
        """Let go of the warehouse."""
        if self._warehouse is not None:
            self._warehouse.close()
            self._warehouse = None

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse, for SQL and Ibis (docs/tables.md); opened on first use."""
        if self._warehouse is None or not self._warehouse.is_open:
            from regulars.engines.duckdb import Warehouse

            self.close()
            self._warehouse = Warehouse.open(self.home.warehouse, self.home.settings.engine)
        return self._warehouse

    def import_files(
        self,
        *files: str | PathLike[str],
        format: str | None = None,  # noqa: A002 - the word of the command line
        mapping: str | PathLike[str] | None = None,
        kind: Literal["orders", "customers", "products", "spend", "events"] | None = None,
        connection: str | None = None,
        progress: Callable[[str, int, int], None] | None = None,
        told: Callable[[FileReport], None] | None = None,
    ) -> list[FileReport]:
        """Take files in, each durable before the next begins.

        Args:
            files: CSV, TSV, text, JSON lines, XLSX or Parquet, also as .gz or .zip.
            format: a source's name where it is not to be recognised.
            mapping: a file that tells which header is which (docs/sources.md).
            kind: take the files as this kind.
            connection: the files are logs of messages that come through this connection too: a
                message that came live and stands in a log is one (docs/sources.md).
            progress: told a file's name, bytes done and bytes in all.
            told: called with each file's report as soon as it is durable.

        Returns:
            One report per file, per part of an archive, per sheet of a workbook: rows read =
            accepted + duplicate + rejected, and totals.

        Raises:
            UnreadableFile, UnknownLayout: for the first file that cannot be taken in; none was.
            UnknownValue: there is no such connection.
        """
        from contextlib import nullcontext
        from functools import partial

        from regulars.app.taking_in import all_settled, requests_for
        from regulars.intake.importing import import_file
        from regulars.intake.landing import Landing
        from regulars.intake.vault import Vault

        through = None if connection is None else self._connections().by_name(connection)
        requests = requests_for(
            files, format=format, mapping=mapping, kind=kind, connection=through
        )
        landing = Landing(self.home.landing)
        reports = []
        # What came live and waits is brought into landing first, so that it is known there.
        settled = nullcontext() if through is None else all_settled(self.warehouse, self.home)
        with settled, Vault.open(self.home.keys) as vault:
            for request in requests:
                watch = partial(progress, request.name) if progress else None
                reports.append(import_file(request, landing, vault, self.home.settings, watch))
                if told:
                    told(reports[-1])
        return reports

    def rejects(self) -> pa.Table:
        """Quarantined rows: import_no, file, line, column, value (masked if personal), reason."""
        from regulars.app.quarantine import rejects
        from regulars.intake.landing import Landing

        return rejects(Landing(self.home.landing))

    def export_rejects(self, folder: str | PathLike[str]) -> Exported:
        """Write quarantined rows into the folder as CSV files to be mended and imported again.

        Each file has the headers of the one its rows came from, and says of each row what was
        wrong. Personal cells are in the clear: they are needed for mending.

        Raises:
            HomeError: the folder cannot be written, or holds such a file already.
        """
        from regulars.app.quarantine import export
        from regulars.intake.landing import Landing
        from regulars.intake.vault import Vault

        with Vault.open(self.home.keys) as vault:
            return export(Landing(self.home.landing), vault, Path(folder))

    def understand(self, as_of: Day = None, step: Step = silent) -> Understood:
        """Make the people table and all that belongs to it, as of the end of a day.

        Args:
            as_of: a date or YYYY-MM-DD; by default the last day that the data know of.
            step: told the name of each step.

        Raises:
            NotUnderstood: no orders have come in yet.
        """
        from regulars.app.understand import understand

        return understand(self.warehouse, self.home, _day(as_of), step)

    def people(self, *, stage: str | None = None) -> pa.Table:
        """The people table (docs/people.md), of one stage if named.

        Raises:
            NotUnderstood: `understand` has not run yet.
            UnknownValue: there is no such stage.
        """
        from regulars.app.customer import people

        return people(self.warehouse, stage)

    def is_stale(self) -> bool:
        """Whether files or settings have changed since `understand` ran, or it never did."""
        from regulars.app.as_of import is_stale

        return is_stale(self.warehouse, self.home)

    def customer(self, number: int | str) -> CustomerView:
        """Everything known of one customer, and why it is judged so.

        Args:
            number: the shop's own number (`ref`), an account name, phone or e-mail address in
                full, or our `customer_id`.

        Raises:
            NoSuchCustomer: nobody has this number.
        """
        from regulars.app.customer import view
        from regulars.intake.vault import Vault
        from regulars.timeline.who import as_text

        with Vault.open(self.home.keys) as vault:
            return view(self.warehouse, self.home.settings, vault, as_text(str(number)))

    def timeline(self, customer: int | str, *, limit: int = 50, before: str | None = None) -> Page:
        """A page of one customer's history: events, orders and refunds, the newest first.

        Args:
            customer: as in `customer`, or PLATFORM:KEY.
            limit: rows at most, up to 1000.
            before: the cursor of the page before (`Page.before`).

        Raises:
            NoSuchCustomer: nobody has this number.
            UnknownValue: limit or cursor are none.
        """
        from regulars.app.as_of import refresh
        from regulars.intake.canonical import lacks_more_than_messages
        from regulars.intake.landing import Landing
        from regulars.intake.vault import Vault
        from regulars.timeline.history import history
        from regulars.timeline.who import person_named

        landing, identity = Landing(self.home.landing), self.home.settings.identity
        # A server absorbs by itself; files that came in since are another matter.
        if not self.warehouse.is_served or lacks_more_than_messages(
            self.warehouse, landing, identity
        ):
            refresh(self.warehouse, self.home)
        with Vault.open(self.home.keys) as vault:
            person = person_named(self.warehouse, vault, str(customer))
        return history(self.warehouse, self.home.settings, person, limit, before)

    def diagnose(self, as_of: Day = None, step: Step = silent) -> Diagnosis:
        """Where profit leaks, how much of it, and the smallest test of the best remedy.

        Args:
            as_of: a date or YYYY-MM-DD; by default the people table's day, brought up to date.
            step: told the name of each step.

        Raises:
            NotUnderstood: no orders have come in yet.
            CannotTell: no purchase names its buyer.
        """
        from regulars.app.diagnose import diagnose

        return diagnose(self.warehouse, self.home, _day(as_of), step)

    def lifetime(self, until: Day = None) -> ModelCard:
        """Fit the lifetime models as of a day, judge them on its last third, choose one.

        Args:
            until: a date or YYYY-MM-DD; by default the last day that the data know of.

        Raises:
            NotUnderstood: no orders have come in yet.
        """
        from regulars.app.lifetime import lifetime_card

        return lifetime_card(self.warehouse, self.home, _day(until))

    def due(
        self, days: int = 30, *, category: str | None = None, by_category: bool = False
    ) -> pa.Table:
        """Who is due for the next purchase within so many days, the likeliest to come first.

        Args:
            days: ahead of the people table's day.
            category: only of this category, by the customer's cycle in it.
            by_category: one row per customer and category.

        Raises:
            NotUnderstood: `understand` has not run yet.
            UnknownValue: nobody bought in such a category.
        """
        from regulars.app.due import due

        return due(self.warehouse, days, category=category, by_category=by_category)

    def backtest(
        self,
        until: Day = None,
        horizon: int = 90,
        *,
        by_category: bool = False,
        origins: int = 4,
        step: Step = silent,
    ) -> BacktestCard:
        """Tell who buys next as of a past day, hold it against what came, and keep the winner.

        Args:
            until: the last day that history knows; by default the latest whose horizon has ended.
            horizon: days ahead.
            by_category: customers in each category that they have bought, instead of customers.
            origins: days judged in all; the last one is scored, the others choose.
            step: told the name of each step.

        Raises:
            NotUnderstood: no orders have come in yet.
            UnknownValue: the horizon reaches beyond the data.
            CannotTell: too few customers bought again by then.
        """
        from regulars.app.backtest import backtest

        return backtest(
            self.warehouse,
            self.home,
            _day(until),
            horizon,
            by_category=by_category,
            origins=origins,
            step=step,
        )

    def recommend(self, customer: int | None = None, step: Step = silent) -> pa.Table:
        """What to offer, the best first, with the reason in words (docs/recommend.md).

        Args:
            customer: our number of the customer; of all if not given.
            step: told the name of each step.

        Raises:
            NotUnderstood: no orders have come in yet.
            CannotTell: no order line names its product.
        """
        import pyarrow as pa

        from regulars.app.recommending import recommend, recommendations, with_words

        made = recommend(self.warehouse, self.home, step)
        return pa.concat_tables(with_words(rows) for rows in recommendations(made, customer))

    def plan(
        self, day: Day = None, budget: Decimal | float | None = None, step: Step = silent
    ) -> Plan:
        """Decide whom to give what and why; nothing is sent.

        Args:
            day: for which day; by default that of the people table. For another day, or if files
                have come in since, the people are understood anew first.
            budget: in the shop's currency; by default from the settings.
            step: told the name of each step.

        Raises:
            SettingsError: the playbook holds a mistake, named with file and line.
            UnknownValue: the day lies too far ahead, or the budget is none.
        """
        from regulars.app.as_of import last_day_known, understood_as_of
        from regulars.app.identity import merged_numbers
        from regulars.app.planning import may_plan, plan_day
        from regulars.app.store import open_store
        from regulars.campaign.playbook import read_playbook
        from regulars.campaign.products import names_products

        settings = self.home.settings
        playbook = read_playbook(self.home.playbook)
        units = None if budget is None else _budget(budget, settings.shop.currency)
        asked = _day(day)
        if asked is not None:
            may_plan(asked, last_day_known(self.home))
        self._bring_up_to_date(asked, step)
        on = asked or understood_as_of(self.warehouse)
        products = self._products(step) if names_products(playbook.active) else None
        step("deciding")
        with open_store(self.home) as store:
            return plan_day(
                self.people(),
                playbook,
                settings,
                store,
                day=on,
                budget=units,
                products=products,
                merged=merged_numbers(self.warehouse),
            )

    def _products(self, step: Step) -> pa.Table | None:
        """What messages may name; nothing where no order line names its product."""
        from regulars.app.recommending import products_of, recommend

        try:
            return products_of(recommend(self.warehouse, self.home, step))
        except CannotTell:
            return None

    def report(
        self,
        out: str | PathLike[str] | None = None,
        *,
        language: Literal["zh", "en"] | None = None,
        step: Step = silent,
    ) -> Path:
        """Write the report, one HTML file that opens offline; its path comes back.

        Args:
            out: by default reports/DATE.LANGUAGE.html in the home.
            language: by default from the settings.
            step: told the name of each step.
        """
        from regulars.edges.report.write import write_report

        self._bring_up_to_date(None, step)
        return write_report(self, None if out is None else Path(out), language, step)

    def _bring_up_to_date(self, day: date | None, step: Step) -> None:
        """Understand anew if files have come in since, or if another day is asked for."""
        from regulars.app.as_of import is_stale, understood_as_of
        from regulars.app.understand import understand

        stale = is_stale(self.warehouse, self.home)
        if stale or (day is not None and understood_as_of(self.warehouse) != day):
            understand(self.warehouse, self.home, day, step)

    def rebuild(self, step: Step = silent) -> Rebuilt:
        """Delete the warehouse and make it again from landing; tells whether it is the same."""
        from regulars.app.rebuild import rebuild
        from regulars.engines.remote import lent

        self.close()
        with lent(self.home.warehouse):
            return rebuild(self.home, step)

    def doctor(self) -> list[Finding]:
        """Check home, engines, versions and permissions."""
        from regulars.app.doctor import examine

        self.close()
        return examine(self.home)


def _budget(value: Decimal | float, currency: str) -> int:
    """In the smallest coin, rounded down: not a coin more than was granted."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < _LARGEST_BUDGET:
        raise UnknownValue(f"{value!r} is no budget", todo="write an amount of 0 or more")
    return int(amount.scaleb(exponent(currency)))


def _day(value: Day) -> date | None:
    return parse_date(value) if isinstance(value, str) else value
