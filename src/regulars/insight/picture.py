"""A picture of the shop: tables whose every number has its definition, and what they say in words.

What a picture is (its question, its tables, which metric each column shows, its options) is
declared in `insight.catalogue`, light enough to be read by every command. How it is drawn stands in
the module that the declaration names. Command line, Python API, report and documentation are made
from the declarations.

>>> from regulars.insight.catalogue import PICTURES
>>> PICTURES["growth"].tables[0].metrics["new"]
'new_buyers'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from regulars.errors import CannotTell
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from regulars.settings import Settings


class Engine(Protocol):
    """What a picture needs of an engine; `Warehouse` and `SparkWarehouse` both have it."""

    def relation(self, name: str) -> ir.Table:
        """The table as an Ibis expression."""

    def run(self, expression: ir.Expr) -> pa.Table:
        """The result of an Ibis expression."""

    def has(self, name: str) -> bool:
        """Whether there is a table or view of this name."""

    def json_text(self, column: ir.StringValue, key: str) -> ir.StringValue:
        """The text of a property of a JSON object; NULL where it has none."""

    def map_sorted(
        self,
        rows: ir.Table,
        by: Sequence[str],
        function: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]],
        schema: pa.Schema,
    ) -> pa.Table:
        """What the function makes of the rows, given in sorted batches (`timeline.fold`)."""


@dataclass(frozen=True, slots=True)
class View:
    """What pictures are drawn from: the as-of tables of a day, behind an engine.

    Attributes:
        engine: holds the tables.
        settings: of the shop.
        as_of: the day up to whose end the tables know.
    """

    engine: Engine
    settings: Settings
    as_of: date

    def relation(self, name: str) -> ir.Table:
        """An as-of table as an Ibis expression (docs/tables.md)."""
        return self.engine.relation(name)

    def run(self, expression: ir.Expr) -> pa.Table:
        """The result of an Ibis expression."""
        return self.engine.run(expression)


@dataclass(frozen=True, slots=True)
class TableOf:
    """One table of a picture.

    Attributes:
        name: by which it is asked for.
        en, zh: its title.
        metrics: by column, the metric whose value it holds; columns that are not named are keys
            and labels (a month, a category, a verdict).
        shown: columns shown in a terminal; all if empty.
        latest: it runs in time, so a terminal shows its end.
    """

    name: str
    en: str
    zh: str
    metrics: dict[str, str]
    shown: tuple[str, ...] = ()
    latest: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """What may be asked of a picture; `--name` on the command line.

    Attributes:
        name: in Python; `_` becomes `-` on the command line.
        kind: its type: int, float, str, bool, or list for one that may be given several times.
        default: taken if it is not given.
        en: one sentence.
        choices: allowed values, where they are few.
        least: smallest number allowed.
        most: largest number allowed.
    """

    name: str
    kind: type
    default: Any
    en: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """What a picture is.

    Attributes:
        name: the verb.
        en, zh: its title.
        question, question_zh: what it answers.
        tables: the first is the main one.
        draws: `module:function` that draws it, given a `View` and the options by name.
        options: what may be asked of it.
        whole: it needs the people table and what belongs to it; else purchases and goods suffice.
        of_customers: it tells of customers, so it needs purchases that name their buyer.
        of_timeline: it is drawn from events and orders, whichever there are, and needs neither.
    """

    name: str
    en: str
    zh: str
    question: str
    question_zh: str
    tables: tuple[TableOf, ...]
    draws: str
    options: tuple[Option, ...] = ()
    whole: bool = True
    of_customers: bool = True
    of_timeline: bool = False

    def draw(self, view: View, **asked: Any) -> Picture:
        """The picture as of the view's day.

        Raises:
            UnknownValue: an option has a value that it cannot have.
            CannotTell: the shop's data are not enough for it.
        """
        if self.of_customers and not self.of_timeline:
            _someone_is_known(view)
        module, function = self.draws.split(":")
        given = {option.name: option.default for option in self.options} | asked
        drawn: Picture = getattr(import_module(module), function)(view, **given)
        return drawn


def _someone_is_known(view: View) -> None:
    """The true reason where nothing can be told of customers; each picture would guess another."""
    bought = view.relation("purchases")
    told = view.run(bought.agg(orders=bought.count(), known=bought.customer_id.count()))
    row = told.to_pylist()[0]
    if not row["orders"]:
        raise CannotTell(
            "no order was paid and kept by then: all are unpaid, cancelled, refunded or below zero",
            todo="look at the status and the amounts of the export",
        )
    if not row["known"]:
        raise CannotTell(
            f"none of the {row['orders']:,} purchases names its buyer",
            todo="export orders with the buyer's account, phone or e-mail",
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn picture.

    Attributes:
        name: of its declaration.
        as_of: the day up to whose end it knows.
        tables: Arrow tables by name, as declared, all of them.
        says: what it says, the most important first; what it cannot tell is said too.
        facts: single values that programs may want (plain data).
    """

    name: str
    as_of: date
    tables: dict[str, pa.Table]
    says: tuple[Sentence, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
