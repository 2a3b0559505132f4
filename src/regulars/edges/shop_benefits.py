"""The shop's benefits in Python: publish, give, claim, quote, hold, pay, refund, look."""

from __future__ import annotations

import secrets
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regulars.app.benefits.asked import Asked
    from regulars.app.benefits.doing import Doing
    from regulars.app.benefits.questions import Questions
    from regulars.app.home import Home
    from regulars.benefit.definition.sheet import Sheet
    from regulars.engines.duckdb import Warehouse
    from regulars.ledger.ledger import Ledger


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
            deeds = Deeds.of(self.home, vault.lookup, self._number_of)
            yield OpenBenefits(ledger, Doing(ledger, deeds), Questions(ledger, deeds))

    def rule_sheet(self, file: str | PathLike[str] | None = None) -> Sheet:
        """What the rules in `benefits.toml` would cost, and what stands against them.

        Args:
            file: of rules; by default the home's.

        Raises:
            SettingsError: a mistake in it, with its line.
        """
        from regulars.benefit.definition.file import read_benefits
        from regulars.benefit.definition.history import History
        from regulars.benefit.definition.sheet import sheet_of

        shop = self.home.settings.shop
        path = Path(file) if file is not None else self.home.benefits
        return sheet_of(read_benefits(path, shop.currency, shop.time_zone), History())

    def _number_of(self, told: int | str) -> int:
        """Our number of a customer, by whatever id they are known."""
        if isinstance(told, int):
            return told
        from regulars.errors import NoSuchBenefit, NoSuchCustomer, Where
        from regulars.intake.vault import Vault
        from regulars.timeline.who import person_named

        try:
            with Vault.open(self.home.keys) as vault:
                return person_named(self.warehouse, vault, told).customer_id
        except NoSuchCustomer as error:
            raise NoSuchBenefit(
                "nobody has this id",
                where=Where(column="customer", value=told),
                todo="look with: regulars identity ID",
            ) from error
