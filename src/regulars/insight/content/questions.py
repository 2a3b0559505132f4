"""Questions that come up again and again: which a page answers, and who asks all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from regulars.insight.content.shown import ANSWER, QUESTION
from regulars.insight.counts import number_where
from regulars.insight.statistics.wilson import wilson

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.insight.picture import View

RECURRING = 2
"""Asked by so many customers, a question comes up again and again."""
MOST = 100
"""Questions shown, the most asked first."""
Row = dict[str, Any]


def counted(done: ir.Table) -> ir.Table:
    """One row per question that was asked or read of by somebody.

    Args:
        done: `shown.marked`, of the days looked at.

    Returns:
        `question, asked` (times), `customers` who asked, `again` (of them, who asked once more
        later), `readers` of its page, and `asked_after` (of them, who asked after they had read)
    """
    told = done.filter(
        done.shown.isin([QUESTION, ANSWER]), done.question.notnull(), done.customer_id.notnull()
    )
    asks, reads = told.shown == QUESTION, told.shown == ANSWER
    per = told.group_by(["question", "customer_id"]).agg(
        asked=number_where(asks),
        first=ibis.cases((asks, told["at"])).min(),
        last=ibis.cases((asks, told["at"])).max(),
        read=ibis.cases((reads, told["at"])).min(),
    )
    return per.group_by("question").agg(
        asked=per.asked.sum().cast("int64"),
        customers=number_where(per.asked > 0),
        again=number_where(per["last"] > per["first"]),
        readers=number_where(per.read.notnull()),
        asked_after=number_where(per["last"] > per.read),
    )


def questions(view: View, done: ir.Table) -> tuple[pa.Table, Row]:
    """The questions, the most asked first, and what is true of all of them.

    Returns:
        The table; and `questions` asked, `recurring` ones, of them `answered` by a page, how often
        the recurring ones were `asked`, and how often those `answered_asked`.
    """
    found = view.run(counted(done)).to_pylist()
    for row in found:
        for name in ("asked", "customers", "again", "readers", "asked_after"):
            row[name] = int(row[name])
    found.sort(key=lambda row: (-row["asked"], -row["readers"], row["question"]))
    asked = [row for row in found if row["asked"]]
    recurring = [row for row in asked if row["customers"] >= RECURRING]
    answered = [row for row in recurring if row["readers"]]
    facts = {
        "questions": len(asked),
        "recurring": len(recurring),
        "answered": len(answered),
        "asked": sum(row["asked"] for row in recurring),
        "answered_asked": sum(row["asked"] for row in answered),
    }
    return pa.Table.from_pylist([_told(row) for row in found[:MOST]], schema=_SCHEMA), facts


def _told(row: Row) -> Row:
    readers, spared = row["readers"], row["readers"] - row["asked_after"]
    low, high = wilson(spared, readers)
    return row | {
        "recurring": row["customers"] >= RECURRING,
        "page": readers > 0,
        "again_share": row["again"] / row["customers"] if row["customers"] else None,
        "spared_share": spared / readers if readers else None,
        "spared_low": float(low) if readers else None,
        "spared_high": float(high) if readers else None,
    }


_SCHEMA = pa.schema(
    [
        ("question", pa.string()),
        ("recurring", pa.bool_()),
        ("page", pa.bool_()),
        ("asked", pa.int64()),
        ("customers", pa.int64()),
        ("again", pa.int64()),
        ("again_share", pa.float64()),
        ("readers", pa.int64()),
        ("asked_after", pa.int64()),
        ("spared_share", pa.float64()),
        ("spared_low", pa.float64()),
        ("spared_high", pa.float64()),
    ]
)
EMPTY = _SCHEMA.empty_table()
