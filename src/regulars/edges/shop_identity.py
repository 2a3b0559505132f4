"""Who is who in Python: whose an id is and why, the operator's words, keys that several share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.app.home import Home
    from regulars.app.identity import Person
    from regulars.app.identity_words import Said
    from regulars.engines.duckdb import Warehouse


class ShopIdentity(ABC):
    """Tells and corrects who is who (docs/identity.md)."""

    home: Home

    @property
    @abstractmethod
    def warehouse(self) -> Warehouse:
        """The warehouse of the home."""

    def identity(self, customer: int | str) -> Person:
        """Which ids are one customer's, and why.

        Args:
            customer: an account number or name, a phone, an e-mail address, a device's id, in full;
                or our number, as 17 or c:17.

        Raises:
            NoSuchCustomer: nobody has this id, or several customers have.
        """
        from regulars.app.as_of import refresh
        from regulars.app.identity import who_is
        from regulars.intake.vault import Vault

        refresh(self.warehouse, self.home)
        with Vault.open(self.home.keys) as vault:
            return who_is(self.warehouse, vault, str(customer))

    def identity_join(self, one: int | str, other: int | str) -> Said:
        """Take two customers for one; durable, and undone by `identity_split`.

        Raises:
            NoSuchCustomer: nobody has one of the ids.
            UnknownValue: they are one customer already.
        """
        from regulars.app.identity_words import join
        from regulars.intake.vault import Vault

        with Vault.open(self.home.keys) as vault:
            return join(self.warehouse, self.home, vault, str(one), str(other))

    def identity_split(self, one: int | str, other: int | str) -> Said:
        """Take the second id away from the customer of the first; undone by `identity_join`.

        Raises:
            NoSuchCustomer: nobody has one of the ids.
            UnknownValue: they are not two ids of one customer.
        """
        from regulars.app.identity_words import split
        from regulars.intake.vault import Vault

        with Vault.open(self.home.keys) as vault:
            return split(self.warehouse, self.home, vault, str(one), str(other))

    def shared_keys(self) -> pa.Table:
        """Keys and devices that several share: kind, id (masked), why, others, number."""
        from regulars.app.as_of import refresh
        from regulars.app.identity import shared_keys

        refresh(self.warehouse, self.home)
        return shared_keys(self.warehouse)
