"""Verbs of the shop as a whole: init, run, rebuild, doctor, demo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from regulars.edges.cli import intake_verbs, people_verbs, plan_verbs
from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import lines, print_json
from regulars.edges.cli.progress import steps

if TYPE_CHECKING:
    from regulars.edges.shop import Shop


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    for verb in (init, run, rebuild, doctor, demo):
        app.command()(verb)


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    name: Annotated[str | None, typer.Option("--name", help="The shop's name.")] = None,
    time_zone: Annotated[
        str, typer.Option("--time-zone", help="Whose calendar days are meant.")
    ] = "Asia/Shanghai",
    currency: Annotated[str, typer.Option("--currency", help="ISO 4217 code.")] = "CNY",
    lang: Annotated[Literal["zh", "en"], typer.Option("--lang", help="Of reports.")] = "zh",
) -> None:
    """Make a shop's home with commented regulars.toml, playbook.toml and benefits.toml."""
    from regulars.app.home import make_home

    globals_: Globals = context.obj
    home = make_home(folder, name=name, time_zone=time_zone, currency=currency, language=lang)
    if globals_.json:
        print_json({"home": str(home.folder)})
        return
    lines(
        [
            f"Made the shop's home {home.folder}",
            f"  {home.folder / 'regulars.toml'}   settings: time zone, currency, margin, budget",
            f"  {home.playbook}   the plays",
            f"  {home.benefits}   what is promised; nothing of it holds until it is published",
            f"Next: regulars --home {home.folder} import FILE…",
        ]
    )


def run(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="What to take in.")],
    budget: Annotated[float | None, typer.Option("--budget", min=0, help="Of the plan.")] = None,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option("--lang", help="Of the report.")
    ] = None,
) -> None:
    """The main job in one go: init if needed, import, understand, plan, report."""
    from regulars.app.home import SETTINGS_FILE, make_home
    from regulars.app.taking_in import requests_for
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    if not (globals_.home / SETTINGS_FILE).exists():
        requests_for(files)  # no home is made for files that cannot be taken in
        made = make_home(globals_.home, language=lang or "zh").settings.shop
        if not globals_.json:
            lines(
                [
                    f"Made the shop's home {globals_.home}: {made.currency}, {made.time_zone}."
                    " If that is wrong, use `regulars init` with --currency and --time-zone first."
                ]
            )
    with Shop(globals_.home) as shop:
        result = _main_job(shop, files, globals_, budget=budget, language=lang)
    if globals_.json:
        print_json(result)


def _main_job(
    shop: Shop,
    files: list[Path],
    globals_: Globals,
    *,
    budget: float | None = None,
    language: Literal["zh", "en"] | None = None,
) -> dict[str, Any]:
    from regulars.app.plan_summary import plan_summary

    with intake_verbs.told_if_stopped(globals_) as reports:
        intake_verbs.take_in(shop, files, globals_, done=reports)
    with steps("Understanding", quiet=globals_.json) as step:
        found = shop.understand(step=step)
    if not globals_.json:
        lines(["", *people_verbs.summary(found)])
    with steps("Planning", quiet=globals_.json) as step:
        plan = shop.plan(budget=budget, step=step)
    if not globals_.json:
        lines(["", *plan_verbs.summary(plan)])
    with steps("Drawing the report", quiet=globals_.json) as step:
        file = shop.report(language=language, step=step)
    result = {
        "home": str(shop.home.folder),
        "files": [report.as_dict() for report in reports],
        **found.as_dict(),
        **plan_summary(plan),
        "notes": [*found.notes, *(note.en for note in plan.notes)],
        "file": str(file),
    }
    if not globals_.json:
        lines(["", f"Report: {file}", f"Home:   {shop.home.folder}"])
    return result


def rebuild(context: typer.Context) -> None:
    """Delete the warehouse, make it again from landing/, and compare the two."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop, steps("Rebuilding", quiet=globals_.json) as step:
        rebuilt = shop.rebuild(step)
    if globals_.json:
        print_json(rebuilt.as_dict())
        return
    verdict = "identical" if rebuilt.identical else "not identical: " + ", ".join(rebuilt.differing)
    lines([f"Rebuilt {len(rebuilt.tables)} tables in {rebuilt.seconds:.1f} s: {verdict}"])


def doctor(context: typer.Context) -> None:
    """Check home, engines, versions and permissions; exit 1 if something does not work."""
    from regulars.edges.shop import Shop

    globals_: Globals = context.obj
    with Shop(globals_.home) as shop:
        findings = shop.doctor()
    if globals_.json:
        print_json({"findings": [finding.as_dict() for finding in findings]})
    else:
        marks = {"ok": "ok     ", "warning": "WARNING", "error": "ERROR  "}
        lines(f"{marks[one.level]}  {one.subject:<11} {one.message}" for one in findings)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


def demo(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="The demo shop's home.")
    ] = Path("demo"),
    lang: Annotated[Literal["zh", "en"], typer.Option("--lang", help="Of the report.")] = "en",
) -> None:
    """Run the main job on a real year of grocery orders, and on a made shop beside it."""
    from regulars.edges.demo import demo_files, demo_shop, made_shop

    globals_: Globals = context.obj
    files = demo_files()
    with demo_shop(folder, language=lang) as shop:
        if not globals_.json:
            lines(["A year of a grocer's orders, 2017: Complete Journey, 2,469 households.", ""])
        result = _main_job(shop, files, globals_, language=lang)
    beside = folder.with_name(f"{folder.name}-made")
    if not globals_.json:
        lines(
            ["", "A made shop of everyday goods in which most buy once, and whose truth is known."]
        )
    with steps("Simulating", quiet=globals_.json) as step:
        shop, files = made_shop(beside, language=lang, step=step)
    with shop:
        made = _main_job(shop, files, globals_, language=lang)
    if globals_.json:
        print_json({**result, "made": made})
        return
    command = f"{_program()} --home {folder}"
    lines(
        [
            "",
            "Look further:",
            f"  {command} people --stage at_risk",
            f"  {command} people --customer 1228",
            f"  {command} plan --format csv --out plan.csv",
            f"  {_program()} --home {beside} people --stage at_risk",
            f"  {_program()} --home {beside} diagnose",
            f"  {_program()} --home {beside} makers --by category",
            f"The made shop's truth, to hold answers against: {beside / 'files' / 'truth'}",
        ]
    )


def _program() -> str:
    """How the user reaches this program from the current folder."""
    called = Path(sys.argv[0])
    if not called.is_absolute():
        return str(called)
    try:
        return str(called.relative_to(Path.cwd()))
    except ValueError:
        return "regulars"
