"""One verb for every picture of the shop, made from its declaration."""

from __future__ import annotations

import inspect
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.edges.cli.entry import Globals
from regulars.edges.cli.output import (
    Format,
    FormatOption,
    OutOption,
    lines,
    print_json,
    rows_of,
    show,
    write,
)
from regulars.edges.cli.progress import steps
from regulars.insight.catalogue import PICTURES
from regulars.kernel.metric import METRICS

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.insight.picture import Declared, Option, Picture, TableOf

_ROWS = 20


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    for declared in PICTURES.values():
        app.command(name=declared.name, help=declared.question)(_verb(declared))


def _verb(declared: Declared) -> Any:
    """A function with the signature that the declaration asks for."""

    def run(context: typer.Context, **asked: Any) -> None:
        common = {name: asked.pop(name) for name in ("as_of", "format_", "out", "table", "define")}
        given = {
            name: value.value if isinstance(value, Enum) else value for name, value in asked.items()
        }
        if common["define"]:
            if context.obj.json:
                print_json({"picture": declared.name, "tables": defined(declared)})
            else:
                lines(definitions(declared))
            return
        _draw(declared, context.obj, given, **common)

    run.__name__ = declared.name
    parameters = [
        _parameter("context", typer.Context, inspect.Parameter.empty),
        *(_parameter(option.name, *_annotated(option)) for option in declared.options),
        *_common(declared),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _choices(option: Option) -> Any:
    """An enumeration of what may be chosen, which is how typer is told."""
    return Enum("Choices", [(one, one) for one in option.choices], type=str)


def _annotated(option: Option) -> tuple[Any, Any]:
    """The option's type as typer reads it, and its default."""
    flag = f"--{option.name.rstrip('_').replace('_', '-')}"  # from_: `from` is a word of Python
    limits: dict[str, Any] = (
        {"min": option.least, "max": option.most} if option.kind in (int, float) else {}
    )
    told = typer.Option(flag, help=option.en, **limits)
    if option.kind is list:
        return Annotated[list[str], told], list(option.default)
    kind: Any = option.kind
    default = option.default
    if option.choices:
        kind = _choices(option)
        default = None if default is None else kind(default)
    optional: Any = kind if default is not None else kind | None
    return Annotated[optional, told], default


def _common(declared: Declared) -> list[inspect.Parameter]:
    names = ", ".join(one.name for one in declared.tables)
    return [
        _parameter(
            "as_of",
            Annotated[
                str | None,
                typer.Option(
                    "--as-of", metavar="DATE", help="As of this day. Default: the last day of data."
                ),
            ],
            None,
        ),
        _parameter(
            "table",
            Annotated[
                str | None,
                typer.Option("--table", metavar="NAME", help=f"Only this table: {names}."),
            ],
            None,
        ),
        _parameter(
            "format_",
            FormatOption,
            Format.TABLE,
        ),
        _parameter(
            "out",
            OutOption,
            None,
        ),
        _parameter(
            "define",
            Annotated[bool, typer.Option("--define", help="Only tell what each number means.")],
            False,
        ),
    ]


def _draw(
    declared: Declared,
    globals_: Globals,
    asked: dict[str, Any],
    *,
    as_of: str | None,
    table: str | None,
    format_: Format,
    out: Path | None,
    define: bool,  # noqa: ARG001 - it was answered before
) -> None:
    from regulars.edges.shop import Shop
    from regulars.errors import UnknownValue

    names = [one.name for one in declared.tables]
    if table is not None and table not in names:
        raise UnknownValue.of("table", table, names)
    with Shop(globals_.home) as shop, steps(declared.en, quiet=globals_.json) as step:
        drawn = shop.picture(declared.name, as_of, step=step, **asked)
        language = shop.home.settings.shop.language
    if out is not None or (not globals_.json and format_ is not Format.TABLE):
        form = Format.CSV if format_ is Format.TABLE else format_
        write(drawn.tables[table or names[0]], form, out)
        if out is None:
            return
    if globals_.json:
        print_json(as_dict(declared, drawn, table))
    elif out is not None:
        lines([*(one.text(language) for one in drawn.says), f"Written: {out}"])
    else:
        _show(declared, drawn, table, language)


def as_dict(declared: Declared, drawn: Picture, table: str | None = None) -> dict[str, Any]:
    """The picture as plain data for `--json`."""
    chosen = [one for one in declared.tables if table in (None, one.name)]
    return {
        "picture": drawn.name,
        "as_of": drawn.as_of,
        "says": {
            "en": [one.en for one in drawn.says],
            "zh": [one.zh for one in drawn.says],
        },
        "facts": drawn.facts,
        "tables": {one.name: rows_of(drawn.tables[one.name]) for one in chosen},
        "metrics": {one.name: one.metrics for one in chosen},
    }


def _show(declared: Declared, drawn: Picture, table: str | None, language: str) -> None:
    chinese = language == "zh"
    lines([f"{declared.zh if chinese else declared.en} ({drawn.as_of})", ""])
    lines(f"  {one.text(language)}" for one in drawn.says)
    for one in declared.tables:
        rows = drawn.tables[one.name]
        if table not in (None, one.name) or (table is None and not rows.num_rows):
            continue
        lines(["", one.zh if chinese else one.en])
        if one.latest and rows.num_rows > _ROWS:
            rows = rows.slice(rows.num_rows - _ROWS)
        show(_named(one, rows, language), None, _ROWS)


def _named(one: TableOf, rows: pa.Table, language: str) -> pa.Table:
    """The columns to show; in Chinese, texts in it and numbers under their metrics' names."""
    names = list(one.shown or rows.column_names)
    if language != "zh":
        return rows.select([name for name in names if not name.endswith("_zh")])
    names = [name for name in names if not name.endswith(("_zh", "_en"))]
    told_zh = {name: f"{name}_zh" for name in names if f"{name}_zh" in rows.column_names}
    chosen = rows.select([told_zh.get(name, name) for name in names]).rename_columns(names)
    told = [
        METRICS[one.metrics[name]].zh if name in one.metrics else name
        for name in chosen.column_names
    ]
    unique = [
        name if told.count(title) > 1 else title
        for name, title in zip(chosen.column_names, told, strict=True)
    ]
    return chosen.rename_columns(unique)


def defined(declared: Declared) -> dict[str, Any]:
    """The same as plain data: by table and column."""
    return {
        one.name: {
            column: {
                "metric": key,
                "en": METRICS[key].en,
                "zh": METRICS[key].zh,
                "unit": METRICS[key].unit,
                "grain": METRICS[key].grain,
                "definition_en": METRICS[key].definition("en"),
                "definition_zh": METRICS[key].definition("zh"),
            }
            for column, key in one.metrics.items()
        }
        for one in declared.tables
    }


def definitions(declared: Declared) -> list[str]:
    """What each number of the picture means, in both languages."""
    text = [f"{declared.en} {declared.zh}"]
    for one in declared.tables:
        text += ["", f"{one.name}: {one.en} {one.zh}"]
        for column, key in one.metrics.items():
            metric = METRICS[key]
            text.append(f"  {column}: {metric.en} {metric.zh} ({metric.unit}, per {metric.grain})")
            text.append(f"    = {metric.definition('en')}")
            text.append(f"    = {metric.definition('zh')}")
    return text
