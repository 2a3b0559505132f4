"""The verb diagnose: one export in, one page out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import OutputError, lines, print_json, rows_of
from regulars.edges.cli.progress import bytes_bar, steps
from regulars.errors import Where

if TYPE_CHECKING:
    from regulars.insight.diagnosis.diagnose import Diagnosis
    from regulars.kernel.sentence import Sentence


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(diagnose)


def diagnose(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE…]",
            help="Exports of one shop, orders at least. Without: the home.",
            readable=False,  # our own error says more than a usage text
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.html", help="Default: diagnosis.LANG.html here."),
    ] = None,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option("--lang", help="Default: zh, or the home's.")
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            "--margin", min=0, max=1, help="Share of the price that is profit. Default: 0.3."
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CODE", help="Default: as the files say, else CNY."),
    ] = None,
    time_zone: Annotated[
        str, typer.Option("--time-zone", metavar="ZONE", help="Of times without one.")
    ] = "Asia/Shanghai",
    name: Annotated[str, typer.Option("--name", help="Of the shop.")] = "",
    as_: Annotated[
        str | None, typer.Option("--as", metavar="FORMAT", help="The format, if not recognised.")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--map", metavar="MAP.toml", help="Which header is which.", readable=False),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Keep the shop's home there, to go on with it."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="Of a home: as of this day.")
    ] = None,
) -> None:
    """One export in, one page out: what leaks, what it costs, what to try first."""
    globals_: Globals = context.obj
    began = time.perf_counter()
    found, shop, language, rows, guessed = _found(
        globals_, files or [], as_of,
        name=name, margin=margin, currency=currency, time_zone=time_zone, lang=lang,
        as_=as_, mapping=mapping, keep=keep,
    )  # fmt: skip
    page = _write(found, shop, language, guessed, out or Path(f"diagnosis.{language}.html"))
    if globals_.json:
        print_json({**as_dict(found), **rows, "file": page})
        return
    lines(text(found, shop, language))
    lines(["", f"Page: {page}   ({time.perf_counter() - began:.0f} s)"])
    if keep is not None:
        lines([f"Home: {keep}   (`regulars --home {keep} report` shows more)"])


def _found(
    globals_: Globals, files: list[Path], as_of: str | None, **told: Any
) -> tuple[Diagnosis, str, Literal["zh", "en"], dict[str, Any], tuple[Sentence, ...]]:
    from regulars.edges.diagnosis.from_files import Told, diagnose_files
    from regulars.edges.shop import Shop

    if files:
        if as_of is not None:
            raise typer.BadParameter("goes with a home, not with files", param_hint="--as-of")
        language: Literal["zh", "en"] = told["lang"] or "zh"
        with bytes_bar(quiet=globals_.json) as bar, steps("Diagnosing", quiet=True) as step:
            done = diagnose_files(
                files,
                Told(
                    name=told["name"],
                    margin=0.3 if told["margin"] is None else told["margin"],
                    currency=told["currency"],
                    time_zone=told["time_zone"],
                    language=language,
                ),
                keep=told["keep"],
                format=told["as_"],
                mapping=told["mapping"],
                progress=bar,
                step=step,
            )
        rejected = sum(report.rejected for report in done.reports)
        if rejected and not globals_.json:
            read = sum(report.rows_read for report in done.reports)
            typer.echo(
                f"Note: {rejected:,} of {read:,} rows could not be used; --keep DIR and"
                " `regulars --home DIR rejects` tell why.",
                err=True,
            )
        reports = {"files": [report.as_dict() for report in done.reports]}
        return done.diagnosis, done.name, language, reports, done.guessed
    for option in ("margin", "currency", "keep", "as_", "mapping"):
        if told[option] is not None:
            flag = {"as_": "as", "mapping": "map"}.get(option, option)
            raise typer.BadParameter(
                "goes with files; a home has it in its settings", param_hint=f"--{flag}"
            )
    with (
        Shop(globals_.home) as shop,
        steps("Diagnosing", quiet=globals_.json) as step,
    ):
        found = shop.diagnose(as_of, step=step)
        own = shop.home.settings.shop
        return found, told["name"] or own.name, told["lang"] or own.language, {}, ()


def _write(
    found: Diagnosis, shop: str, language: str, guessed: tuple[Sentence, ...], out: Path
) -> Path:
    from regulars.edges.diagnosis.page import render

    try:
        out.write_text(render(found, shop, language, guessed), "utf-8")
    except OSError as error:
        raise OutputError(
            f"the page cannot be written ({error.strerror})",
            where=Where(file=str(out)),
            todo="check the path, or name another with --out",
        ) from error
    return out


def text(found: Diagnosis, shop: str, language: str) -> list[str]:
    """The diagnosis for the terminal."""
    from regulars.edges.diagnosis.labels import LABELS
    from regulars.insight.diagnosis import words

    place = 0 if language == "zh" else 1
    parts = {
        "leak": words.leak(found),
        "late": words.late(found),
        "makers": words.makers(found),
        "first": [] if found.first is None else words.trial(found.first, found.currency),
    }
    told = [f"{shop} ({found.as_of})", ""]
    told += [f"  {said.text(language)}" for said in words.headline(found)]
    for key, sentences in parts.items():
        if sentences:
            told += ["", LABELS[key][place]]
            told += [f"  {said.text(language)}" for said in sentences]
    return told


def as_dict(found: Diagnosis) -> dict[str, Any]:
    """The diagnosis as plain data for `--json`."""
    from regulars.insight.diagnosis import words

    second, late = found.second, found.slipping
    said = {
        "headline": words.headline(found),
        "leak": words.leak(found),
        "slipping": words.late(found),
        "makers": words.makers(found),
        "first": [] if found.first is None else words.trial(found.first, found.currency),
        "assumptions": list(words.assumptions(found)),
    }
    point = None if second is None else second.a_point
    return {
        "as_of": found.as_of,
        "currency": found.currency,
        "margin": found.margin,
        "cost_known": found.cost_known,
        "shop": found.shop,
        "second_orders": None
        if second is None
        else {
            "share": {
                day: second.share_by(day)
                for day in (7, 14, 30, 60, 90, 180, 365)
                if second.share_by(day) is not None
            },
            "days_p50_p80_p95": second.curve.percentiles,
            "first_purchases": second.curve.gaps,
            "new_buyers_a_year": second.new_buyers,
            "waiting": second.waiting,
            "worth": second.worth,
            "worth_low": second.worth_low,
            "worth_high": second.worth_high,
            "worth_days": second.worth_days,
            "worth_of": second.worth_of,
            "a_point": None
            if point is None
            else dict(zip(("value", "low", "high"), point, strict=True)),
        },
        "slipping": {
            "customers": late.customers,
            "at_risk": late.at_risk,
            "dormant": late.dormant,
            "yearly_profit": late.yearly,
            "at_stake": late.stake,
            "low": late.low,
            "high": late.high,
            "returning": late.returning,
            "half_held_by": late.half_held_by,
            "rows": rows_of(late.listed),
        },
        "makers": {by: rows_of(table) for by, table in found.makers.items()},
        "tests": [
            {
                "play": one.remedy.play,
                "leak": one.remedy.leak,
                "assumed_rise": one.remedy.rise,
                "within_days": one.remedy.within_days,
                "base_share": one.base,
                "treated": one.treated,
                "left_alone": one.left_alone,
                "days": one.days,
                "within_reach": one.within_reach,
                "pays_from": one.breaks_even,
                "visible_in_eight_weeks": one.visible,
                "first": one is found.first,
            }
            for one in found.trials
        ],
        "says": {
            language: {
                key: [sentence.text(language) for sentence in sentences]
                for key, sentences in said.items()
            }
            for language in ("en", "zh")
        },
        "cannot_tell": found.cannot_tell,
    }
