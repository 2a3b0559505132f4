"""The entry: global options, exit codes, and errors as a code and a sentence on stderr."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from regulars import __version__
from regulars.errors import RegularsError

app = typer.Typer(
    name="regulars",
    help="Regulars (熟客): turns one-time buyers into regulars.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@dataclass(slots=True)
class Globals:
    """What stands before the verb."""

    home: Path
    json: bool


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"regulars {__version__}")
        raise typer.Exit


@app.callback()
def _globals(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(
            "--home",
            metavar="DIR",
            readable=False,  # what cannot be entered is told in our own words
            help="The shop's home. Default: $REGULARS_HOME or .",
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, and nothing else there.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    context.obj = Globals(home or Path(os.environ.get("REGULARS_HOME") or "."), json)


def hoist(arguments: list[str]) -> list[str]:
    """Global options may also stand behind the verb; here they are moved in front of it.

    >>> hoist(["people", "--json", "--home", "x", "--stage", "lost"])
    ['--json', '--home', 'x', 'people', '--stage', 'lost']
    """
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            return [*front, *rest, argument, *waiting]
        if argument == "--json" or argument.startswith("--home="):
            front.append(argument)
        elif argument == "--home":
            front += [argument, *([value] if (value := next(waiting, None)) is not None else [])]
        else:
            rest.append(argument)
    return [*front, *rest]


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    from regulars.edges.cli import (
        access_verbs,
        backtest_verb,
        benefit_verbs,
        connection_verbs,
        diagnose_verb,
        event_verbs,
        identity_verb,
        intake_verbs,
        ledger_verbs,
        lifetime_verbs,
        people_verbs,
        picture_verbs,
        plan_verbs,
        recommend_verb,
        serve_verb,
        shop_verbs,
        simulate_verb,
        store_verbs,
        timeline_verb,
        webhook_verbs,
    )

    # Whoever reads the output may have had enough (`regulars people | head`): end quietly.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    verbs_in_order = (
        shop_verbs,
        diagnose_verb,
        intake_verbs,
        people_verbs,
        picture_verbs,
        lifetime_verbs,
        backtest_verb,
        recommend_verb,
        plan_verbs,
        simulate_verb,
        serve_verb,
        timeline_verb,
        connection_verbs,
        event_verbs,
        identity_verb,
        ledger_verbs,
        benefit_verbs,
        store_verbs,
        access_verbs,
        webhook_verbs,
    )
    for verbs in verbs_in_order:
        verbs.register(app)
    sys.exit(guarded(lambda: app(hoist(arguments or sys.argv[1:]), standalone_mode=True)))


def guarded(action: Callable[[], Any]) -> int:
    """Run the action; its exit code, with expected errors told in one line on stderr."""
    try:
        action()
    except RegularsError as error:
        return _fail(error.code, str(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _fail("system.failed", f"{place}{error.strerror or error}.")
    except KeyboardInterrupt:
        return _stopped()
    except SystemExit as leaving:
        code = leaving.code
        if code == 130:  # typer turns Ctrl-C into this
            return _stopped()
        return code if isinstance(code, int) else int(code is not None)
    return 0


def _fail(code: str, sentence: str) -> int:
    typer.echo(f"{code}: {sentence}", err=True)
    return 1


def _stopped() -> int:
    typer.echo("Stopped. What was acknowledged is kept, nothing half was taken in.", err=True)
    return 130
