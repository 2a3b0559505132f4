"""Publishing: `benefits.toml` read, its rule sheet looked at, and its terms put in force."""

from __future__ import annotations

from typing import Any

from regulars.app.benefits import asked
from regulars.benefit.definition.file import Benefits, parse_benefits
from regulars.benefit.definition.history import History
from regulars.benefit.definition.sheet import Sheet, sheet_of
from regulars.benefit.publish import Change, Publish, changes
from regulars.errors import RulesForbidden, Where
from regulars.ledger.command import check_key
from regulars.ledger.ledger import Ledger
from regulars.ledger.receipt import Receipt

FILE = "benefits.toml"
"""In the home."""


def read_rules(what: asked.Define, currency: str, zone: str) -> tuple[Benefits, Sheet]:
    """The terms, and their rule sheet as far as it can be told without the shop's past.

    Raises:
        SettingsError: a mistake, with its line.
        RulesForbidden: the sheet has a stop, and stops are to stop.
    """
    benefits = parse_benefits(what.toml, FILE, currency=currency, zone=zone)
    sheet = sheet_of(benefits, History())
    if what.stops:
        refuse_stops(sheet)
    return benefits, sheet


def refuse_stops(sheet: Sheet) -> None:
    """Raise `RulesForbidden` for the first thing that is unlawful or without end."""
    if not sheet.stops:
        return
    one = next(one for one in sheet.findings if one.level == "stop")
    raise RulesForbidden(
        f"{one.subject}: {one.sentence.en}",
        where=Where(file=FILE, line=one.line or None, value=one.code),
        todo="mend the rule; the rule sheet tells of all of them",
    )


def publish(
    ledger: Ledger, benefits: Benefits, key: str, by: str
) -> tuple[dict[str, Any], Receipt | None]:
    """Put the terms in force; what changed, and the entry, None where all of it held already.

    Raises:
        InvalidCommand: the key is none, also where nothing is to be changed.
    """
    check_key(key)
    terms = tuple(benefits.terms.values())
    deed = Publish(key, terms, benefits.currency)
    with ledger.store.read() as connection:
        found = changes(connection, terms)
    if not found:
        return {"changes": []}, None
    receipt = ledger.ask(deed, by)
    return {"n": receipt.n, "at": receipt.at, "changes": as_dicts(found)}, receipt


def as_dicts(found: tuple[Change, ...]) -> list[dict[str, Any]]:
    """What is new, changed or ended, as plain data."""
    return [
        {"kind": one.kind, "name": one.name, "version": one.version, "how": one.how}
        for one in found
    ]
