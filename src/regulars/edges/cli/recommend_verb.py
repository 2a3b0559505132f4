"""The verb recommend: what to offer whom, and how well that would have done."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import OutputError, cell, lines, print_json, rows_of
from regulars.edges.cli.progress import steps

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.app.recommend_judged import Judged
    from regulars.app.recommending import Recommended

_METHODS = {
    "recommend": "recommend",
    "own_lately": "own goods, by times with decay",
    "own_times": "own goods, by times",
    "best_sellers": "best-sellers of late",
    "new_recommend": "recommend, new goods only",
    "new_best_sellers": "best-sellers not bought yet",
}


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(recommend)


def recommend(
    context: typer.Context,
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="ID", help="What to offer this customer.")
    ] = None,
    top: Annotated[
        int, typer.Option("--top", metavar="N", min=1, max=10, help="Goods per customer.")
    ] = 10,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Everybody's lists, as .csv or .parquet."),
    ] = None,
    judge: Annotated[
        bool, typer.Option("--judge", help="Hold the lists against last baskets.")
    ] = False,
) -> None:
    """What to offer, person by person, and why; or how well that would have done."""
    from regulars.app import recommend_judged, recommending
    from regulars.app.customer import view
    from regulars.edges.shop import Shop
    from regulars.intake.vault import Vault

    globals_: Globals = context.obj
    if judge and (customer is not None or out is not None):
        raise typer.BadParameter(
            "it judges everybody's lists and writes none", param_hint="--judge"
        )
    form = None if out is None else _form(out)
    with Shop(globals_.home) as shop, steps("Recommending", quiet=globals_.json) as step:
        language = shop.home.settings.shop.language
        if judge:
            judged = recommend_judged.judge(shop.warehouse, shop.home, step)
        else:
            made = recommending.recommend(shop.warehouse, shop.home, step)
        if customer is not None and not judge:
            with Vault.open(shop.home.keys) as vault:
                found = view(shop.warehouse, shop.home.settings, vault, customer)
            number = int(found.row["customer_id"][0].as_py())
    if judge:
        if globals_.json:
            print_json(judged.as_dict())
        else:
            lines(judgement(judged))
    elif customer is not None:
        rows = [
            row
            for batch in recommending.recommendations(made, number)
            for row in rows_of(recommending.with_words(batch))
            if row["rank"] <= top
        ]
        if globals_.json:
            print_json({"customer_id": number, "as_of": made.as_of, "rows": rows})
        else:
            lines(listing(rows, number, made, language))
    else:
        if out is not None:
            step_batches = (
                recommending.with_words(batch.filter(_within(batch, top)))
                for batch in recommending.recommendations(made)
            )
            _write(out, str(form), step_batches)
        if globals_.json:
            print_json({**made.as_dict(), "out": out})
        else:
            lines([*summary(made), *([f"Written: {out}"] if out else [])])


def _within(batch: pa.Table, top: int) -> Any:
    import pyarrow.compute as pc

    return pc.less_equal(batch["rank"], top)


def _form(out: Path) -> str:
    form = out.suffix.lower().removeprefix(".")
    if form not in ("csv", "parquet"):
        raise OutputError(
            f"{out.name} names no format", todo="end the file's name in .csv or .parquet"
        )
    return form


def _write(out: Path, form: str, batches: Iterator[pa.Table]) -> None:
    """Write the batches one after another; they need not fit into memory together."""
    try:
        if form == "parquet":
            _write_parquet(out, batches)
            return
        # Excel takes a CSV for UTF-8 only with a byte order mark.
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            for place, table in enumerate(batches):
                if not place:
                    writer.writerow(table.column_names)
                for batch in table.to_batches(max_chunksize=10_000):
                    writer.writerows(
                        [cell(value) for value in row.values()] for row in rows_of(batch)
                    )
    except OSError as error:
        raise OutputError(
            f"{out} cannot be written ({error.strerror or error})", todo="check the path"
        ) from error


def _write_parquet(out: Path, batches: Iterator[pa.Table]) -> None:
    import pyarrow.parquet as pq

    with out.open("wb") as file:
        writer = None
        for table in batches:
            writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
            writer.write_table(table)
        if writer is not None:
            writer.close()


def listing(rows: list[dict[str, Any]], number: int, made: Recommended, language: str) -> list[str]:
    """One customer's list for people."""
    text = [f"What to offer customer {number}, as of {made.as_of}", ""]
    for row in rows:
        text.append(f"{row['rank']:>4}  {row['title']}")
        text.append(f"      {row[f'why_{language}']}")
    return text


def summary(made: Recommended) -> list[str]:
    """All lists in a few lines."""
    learnt = (
        f"weights learnt from {made.learnt_from:,} baskets"
        if made.learnt_from
        else "too few baskets to learn from: the usual weights"
    )
    text = [
        f"Lists for {made.customers:,} customers as of {made.as_of} ({made.rows:,} rows; {learnt})"
    ]
    all_rows = max(sum(made.reasons.values()), 1)
    for reason, count in made.reasons.items():
        text.append(f"  {reason:<14}{count:>11,}  {count / all_rows:>6.1%}")
    return [*text, f"Kept in {made.file}; one customer's with --customer ID, all with --out FILE"]


def judgement(judged: Judged) -> list[str]:
    """How the lists did, for people."""
    text = [
        f"Last baskets from {judged.since} to {judged.as_of}, lists of ten made the day before"
        f" ({judged.seconds:.0f} s)",
        "",
        f"  {'':<34}{'persons':>8}{'hit rate':>10}{'NDCG':>8}{'recall':>8}"
        "   NDCG that recommend is ahead (95 %)",
    ]
    for one in judged.methods:
        ahead = one.ahead.get("ndcg")
        told = "" if ahead is None else f"   {ahead[0]:+.4f} ({ahead[1]:+.4f} to {ahead[2]:+.4f})"
        text.append(
            f"  {_METHODS[one.name]:<34}{one.persons:>8,}{one.hit_rate:>10.3f}{one.ndcg:>8.4f}"
            f"{one.recall:>8.4f}{told}"
        )
    return text
