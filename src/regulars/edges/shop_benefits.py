"""The shop's benefits in Python: publish, give, claim, quote, hold, pay, refund, look."""

from __future__ import annotations

import secrets
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regulars.app.benefits.asked import Asked
    from regulars.app.benefits.doing import Doing
    from regulars.app.benefits.questions import Questions
    from regulars.app.home import Home
    from regulars.app.rewarding.dry_run import DryRun
    from regulars.app.rewarding.rewarding import Rewarded
    from regulars.benefit.definition.file import Benefits
    from regulars.benefit.definition.sheet import Sheet
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.vault import Vault
    from regulars.ledger.ledger import Ledger
    from regulars.timeline.who import Person


@dataclass(frozen=True, slots=True)
class OpenBenefits:
    """Benefits of an open shop.

    Attributes:
        ledger: that carries them.
        doing: does what is asked.
        look: answers questions (`app.benefits.questions.Questions`).
    """

    ledger: Ledger
    doing: Doing
    look: Questions

    def ask(self, what: Asked, key: str | None = None, by: str = "cli") -> dict[str, Any]:
        """Have something done that `app.benefits.asked` describes.

            from regulars.app.benefits.asked import Issue

            with shop.benefits() as benefits:
                benefits.ask(Issue(customer=7, coupon="spring"), key="spring 7")

        Args:
            what: is asked.
            key: idempotency key: asked again with it, nothing is done twice. A new one by default.
            by: who asks.

        Raises:
            InvalidCommand: it makes no sense in any state.
            LedgerRefused: why it is not done.
            KeyConflict: the key was used to ask for something else.
            StoreError: it could not be written; ask again with the same key.
        """
        return self.doing.ask(what, key or f"{by}:{secrets.token_hex(16)}", by)


class ShopBenefits:
    """Asks for benefits, and about them."""

    home: Home

    @property
    @abstractmethod
    def warehouse(self) -> Warehouse:
        """The warehouse of the shop."""

    @contextmanager
    def benefits(self) -> Iterator[OpenBenefits]:
        """The shop's benefits, open inside the `with`; a running server goes on beside it.

        Raises:
            StoreError: the store cannot be opened.
        """
        from regulars.app.benefits.deeds import Deeds
        from regulars.app.benefits.doing import Doing
        from regulars.app.benefits.questions import Questions
        from regulars.app.store import open_store
        from regulars.intake.vault import Vault
        from regulars.ledger.ledger import Ledger

        with (
            open_store(self.home) as store,
            Ledger(store) as ledger,
            Vault.open(self.home.keys) as vault,
        ):
            deeds = Deeds.of(self.home, vault.lookup, self._number_of, self._earlier_of)
            yield OpenBenefits(ledger, Doing(ledger, deeds), Questions(ledger, deeds))

    def rule_sheet(self, file: str | PathLike[str] | None = None) -> Sheet:
        """What the rules in `benefits.toml` would cost, and what stands against them.

        The warehouse is brought up to date with landing first; stages are those of the last
        `understand`.

        Args:
            file: of rules; by default the home's.

        Raises:
            SettingsError: a mistake in it, with its line.
            StoreError: the store cannot be opened.
        """
        from regulars.app.as_of import refresh
        from regulars.app.rewarding.history import history_of
        from regulars.app.store import open_store
        from regulars.benefit.definition.sheet import sheet_of
        from regulars.ledger.ledger import now_in_microseconds

        rules = self._rules(file)
        terms = tuple(rules.terms.values())
        refresh(self.warehouse, self.home)
        now = now_in_microseconds()
        with open_store(self.home) as store, store.read() as connection:
            history = history_of(self.warehouse, self.home, now, terms, connection)
        return sheet_of(rules, history)

    def reward(self, days: int | None = None) -> Rewarded:
        """Give what is due by the published rules, once each: see docs/benefits.md.

        Args:
            days: look at what happened in so many days only; by default at all since the rules
                began.

        Raises:
            StoreError: the store does not answer; what was done before is done.
        """
        from regulars.app.rewarding.rewarding import reward

        with self.benefits() as benefits:
            return reward(self.warehouse, self.home, benefits.ledger, days=days)

    def reward_dry_run(
        self, first: date, last: date, file: str | PathLike[str] | None = None
    ) -> DryRun:
        """What the rules in `benefits.toml` would have given in these days, both included.

        Args:
            first: day of the shop's calendar.
            last: likewise.
            file: of rules; by default the home's.

        Raises:
            SettingsError: a mistake in it, with its line.
            UnknownValue: the last day lies before the first.
        """
        from regulars.app.rewarding.dry_run import dry_run
        from regulars.errors import UnknownValue, Where

        if last < first:
            raise UnknownValue(
                "the last day lies before the first",
                where=Where(column="to", value=str(last)),
                todo=f"name {first} or a later one",
            )
        terms = tuple(self._rules(file).terms.values())
        return dry_run(self.warehouse, self.home, terms, first, last)

    def _rules(self, file: str | PathLike[str] | None) -> Benefits:
        from regulars.benefit.definition.file import read_benefits

        shop = self.home.settings.shop
        path = Path(file) if file is not None else self.home.benefits
        return read_benefits(path, shop.currency, shop.time_zone)

    def _number_of(self, told: int | str) -> int:
        """Our number of a customer, by whatever id they are known."""
        if isinstance(told, int):
            return told
        from regulars.errors import NoSuchBenefit, NoSuchCustomer, Where
        from regulars.timeline.who import person_named

        try:
            return self._found(person_named, told)
        except NoSuchCustomer as error:
            raise NoSuchBenefit(
                "nobody has this id",
                where=Where(column="customer", value=told),
                todo="look with: regulars identity ID",
            ) from error

    def _earlier_of(self, number: int) -> tuple[int, ...]:
        """Other numbers of the customer of this number."""
        from regulars.app.identity import earlier_of

        return earlier_of(self.warehouse, number)

    def number_known(self, number: int, ledger: Ledger) -> int:
        """Our number of a customer, as a person at a terminal writes it.

        Python and HTTP take a number as it is; a person may mean the shop's own.

        Args:
            number: as it was written.
            ledger: of the shop.

        Returns:
            That of the customer it was joined to, where it was. The number itself, where the shop
            has nothing but its book, or the book knows it.

        Raises:
            NoSuchBenefit: nobody has this number, neither in the shop nor in the book.
        """
        from regulars.benefit.names import customer_owner
        from regulars.engines.store_benefits import BenefitRows
        from regulars.errors import NoSuchBenefit, NoSuchCustomer, Where
        from regulars.timeline.who import person_of

        with ledger.store.read() as connection:
            if BenefitRows(connection).has_accounts(customer_owner(number)):
                return number
        try:
            return self._found(person_of, str(number))
        except NoSuchCustomer as error:
            if self.warehouse.sql("SELECT 1 FROM customers LIMIT 1").num_rows == 0:
                return number
            raise NoSuchBenefit(
                "nobody has this number of ours",
                where=Where(column="customer", value=str(number)),
                todo="write an id of the shop's own as shop:1001; look with: regulars people",
            ) from error

    def _found(self, named: Callable[[Warehouse, Vault, str], Person], told: str) -> int:
        """Whoever it is, also of what came in a moment ago; raises `NoSuchCustomer`."""
        from regulars.app.as_of import refresh
        from regulars.errors import NoSuchCustomer
        from regulars.intake.vault import Vault

        with Vault.open(self.home.keys) as vault:
            try:
                return named(self.warehouse, vault, told).customer_id
            except NoSuchCustomer:
                if not refresh(self.warehouse, self.home):
                    raise
            return named(self.warehouse, vault, told).customer_id
