"""One error tree with stable codes.

Every error that a user can meet is a `RegularsError`: a stable `code` for programs, a sentence for
people that says what was wrong, `where` it was (file, line, column, value) and `todo`, what to do.

>>> error = SettingsError(
...     "margin must lie between 0 and 1",
...     where=Where(file="regulars.toml", line=7, column="margin", value="3"),
...     todo="write the share of the price that is profit, for example 0.3",
... )
>>> print(error)
regulars.toml, line 7, margin = '3': margin must lie between 0 and 1. Write the share of the price \
that is profit, for example 0.3.
>>> error.code
'settings.invalid'
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

_VALUE_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Where:
    """The place of an error: a file, a line counted from 1, a column by name, the value found."""

    file: str | None = None
    line: int | None = None
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        parts = [] if self.file is None else [self.file]
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.column is not None and self.value is not None:
            parts.append(f"{self.column} = {_shorten(self.value)!r}")
        elif self.column is not None:
            parts.append(self.column)
        elif self.value is not None:
            parts.append(repr(_shorten(self.value)))
        return ", ".join(parts)


def _shorten(value: str) -> str:
    return value if len(value) <= _VALUE_SHOWN else value[:_VALUE_SHOWN] + "…"


def _sentence(text: str) -> str:
    text = text.strip(" ")
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "。", "!", "?", "\n")) else text + "."


class RegularsError(Exception):
    """The root of all errors that a user may meet; edges turn it into an exit code or a status."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, where: Where | None = None, todo: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where or Where()
        self.todo = todo

    def __str__(self) -> str:
        place = str(self.where)
        body = f"{place}: {self.message.strip()}" if place else _sentence(self.message)
        if place and not body.endswith((".", "。")):
            body += "."
        return f"{body} {_sentence(self.todo)}" if self.todo else body

    def as_dict(self) -> dict[str, Any]:
        """The error as plain data, for `--json` and the HTTP API."""
        where = {key: value for key, value in asdict(self.where).items() if value is not None}
        return {"code": self.code, "message": self.message, "where": where, "todo": self.todo}


class SettingsError(RegularsError):
    """A mistake in `regulars.toml`, `playbook.toml` or a mapping file."""

    code = "settings.invalid"


class HomeError(RegularsError):
    """The folder is no shop's home, or cannot become one."""

    code = "home.invalid"


class HomeBusy(HomeError):
    """Another process holds the home's lock."""

    code = "home.busy"


class IntakeError(RegularsError):
    """A file cannot be taken in."""

    code = "intake.failed"


class UnreadableFile(IntakeError):
    """The file is missing, forbidden, empty, or not what its name says."""

    code = "intake.unreadable"


class UnknownLayout(IntakeError):
    """No known format has these headers."""

    code = "intake.unknown_layout"


class AccountingBroken(IntakeError):
    """Read is not accepted + duplicate + rejected: a bug of ours, and nothing was taken in."""

    code = "intake.accounting"


class InboxFull(IntakeError):
    """What came in could not be made durable, so it was not acknowledged."""

    code = "intake.no_room"


class ConnectionRefused(IntakeError):
    """A key, a signature or a time-stamp that is not good, or a connection that there is not."""

    code = "intake.refused"


class AddressRefused(RegularsError):
    """The address of a webhook is none, or one that may not be called."""

    code = "webhook.address_refused"


class UnknownValue(RegularsError):
    """A name that is none of those allowed."""

    code = "value.unknown"

    @classmethod
    def of(
        cls, what: str, value: str, allowed: list[str], where: Where | None = None
    ) -> UnknownValue:
        """An error that lists what is allowed and the nearest name.

        >>> print(UnknownValue.of("stage", "lots", ["lost", "dormant"]))
        'lots' is no stage. Did you mean 'lost'? Allowed: lost, dormant.
        """
        from difflib import get_close_matches

        near = get_close_matches(value, allowed, n=1)
        hint = f"did you mean {near[0]!r}? Allowed: " if near else "allowed: "
        return cls(f"{value!r} is no {what}", where=where, todo=hint + ", ".join(allowed))


class LandingDamaged(RegularsError):
    """The landing log does not hold what its manifest promises."""

    code = "landing.damaged"


class VaultError(RegularsError):
    """A key is missing or a sealed field does not open."""

    code = "vault.failed"


class NotUnderstood(RegularsError):
    """A question about people before `understand` has run, or for another date."""

    code = "people.not_understood"


class NoSuchCustomer(RegularsError):
    """No customer has this number."""

    code = "people.no_such_customer"


class StoreError(RegularsError):
    """The book of record cannot be opened or has another version."""

    code = "store.failed"


class StoreFull(StoreError):
    """There is no room for what was to be recorded; nothing of it was."""

    code = "store.full"


class StoreAway(StoreError):
    """The store's server does not answer."""

    code = "store.away"


class StoreRefused(StoreError):
    """The store's server cannot keep such a value; nothing was written."""

    code = "store.refused"


class LedgerRefused(RegularsError):
    """What was asked of the ledger was not done, and nothing of it was.

    The same key asked again has the same answer.
    """

    code = "ledger.refused"


class Insufficient(LedgerRefused):
    """An account has less available than was to be taken: sold out, or no balance left."""

    code = "ledger.insufficient"


class LimitReached(LedgerRefused):
    """Whoever it is for has had as many as anybody may have."""

    code = "ledger.limit_reached"


class NoSuchThing(LedgerRefused):
    """There is no such asset, hold, or entry of the journal."""

    code = "ledger.not_found"


class AlreadySettled(LedgerRefused):
    """The hold was captured or voided before, or has expired."""

    code = "ledger.already_settled"


class LotExpired(LedgerRefused):
    """What would come in would have expired already."""

    code = "ledger.lot_expired"


class TooMuch(LedgerRefused):
    """More would be captured or reversed than there is left of it."""

    code = "ledger.too_much"


class AlreadyThere(LedgerRefused):
    """An asset of this name has been defined before."""

    code = "ledger.already_there"


class NoSuchBenefit(NoSuchThing):
    """Nothing of this name is published, or the customer has none of it."""

    code = "benefit.not_found"


class WrongCode(LedgerRefused):
    """The code is none: mistyped, used up, or not for this customer. Which of them is not told."""

    code = "benefit.wrong_code"


class NotValidNow(LedgerRefused):
    """It is not yet, or no longer, given or taken."""

    code = "benefit.not_valid_now"


class NotApplicable(LedgerRefused):
    """It does not go with this basket."""

    code = "benefit.not_applicable"


class QuoteChanged(LedgerRefused):
    """What was quoted does not hold any more."""

    code = "benefit.quote_changed"


class NothingToDo(LedgerRefused):
    """It is as it was asked to be already."""

    code = "benefit.nothing_to_do"


class OrderState(LedgerRefused):
    """The order is not where this can be done: not held, paid already, or refunded."""

    code = "benefit.order_state"


class GiftState(LedgerRefused):
    """The gift is not where this can be done: no address yet, sent already, or taken back."""

    code = "benefit.gift_state"


class RulesForbidden(RegularsError):
    """What was to be published is forbidden by law or platform, or has no end."""

    code = "benefit.rules_forbidden"


class InvalidCommand(RegularsError):
    """What was asked of the ledger makes no sense, whatever its state."""

    code = "ledger.invalid"


class KeyConflict(RegularsError):
    """The idempotency key was used before, to ask for something else."""

    code = "ledger.key_conflict"


class LedgerBroken(RegularsError):
    """The book does not balance, or its journal has been changed: somebody must look."""

    code = "ledger.broken"


class AccessRefused(RegularsError):
    """Whoever asks may not do that."""

    code = "access.refused"
    status: ClassVar[int] = 403


class NotKnown(AccessRefused):
    """There is no key or session, or none that is good."""

    code = "access.not_known"
    status = 401


class FromElsewhere(AccessRefused):
    """A change that another site's page has asked for, with an operator's session."""

    code = "access.from_elsewhere"


class TooOften(AccessRefused):
    """Asked more often than is allowed; `retry_after` tells in how many seconds to ask again."""

    code = "access.too_often"
    status = 429

    def __init__(self, message: str, *, retry_after: float, todo: str = "") -> None:
        super().__init__(message, todo=todo)
        self.retry_after = retry_after


class AccessInvalid(RegularsError):
    """A name, scope, role or password that cannot be."""

    code = "access.invalid"


class CannotTell(RegularsError):
    """A model without enough data says so, and gives no number."""

    code = "model.cannot_tell"


class MissingDependency(RegularsError):
    """An optional library is needed for this."""

    code = "install.missing_extra"

    @classmethod
    def of(cls, library: str, extra: str) -> MissingDependency:
        """An error that prints the install line."""
        return cls(
            f"this needs {library}, which is not installed",
            todo=f"install it with: pip install 'regulars[{extra}]'",
        )
