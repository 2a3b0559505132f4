"""Pages of docs/ made from the code, so that they cannot go astray (`make docs`)."""

from __future__ import annotations

from regulars.insight.catalogue import PICTURES
from regulars.intake.records import Kind, columns_of
from regulars.intake.sources import ALL
from regulars.kernel.metric import METRICS
from regulars.people.columns import PEOPLE, Column
from regulars.people.rfm import RFM8, SEGMENT_TABLE, rule
from regulars.settings import RfmSettings

_PEOPLE_HEAD = """\
# The people table

每位用户一行，截至某日。列名与含义是对使用者的承诺，变更会写入 CHANGELOG。

`regulars people`, `Shop.people()`: one row per customer known at the end of the as-of day. Dates
are days of the shop's calendar, money is in the shop's currency, and a *purchase* is an order that
was paid and not wholly taken back by then.

What customers are owed (`points` to `benefit_orders`, [benefits.md](benefits.md)) is what stands in
the book of record as the table is made; with `--as-of`, what its entries had come to by the end of
that day. All of it is NULL in a shop that has published no benefits.

"""

_METRICS_HEAD = """\
# Metrics

One definition per number. Screens, command line and report take names and definitions from
`regulars.kernel.metric`; this page is made from it.

"""


def columns_table(columns: tuple[Column, ...]) -> str:
    """A table of columns with type and meaning in both languages."""
    rows = [f"| `{one.name}` | {one.type} | {one.en} | {one.zh} |\n" for one in columns]
    return "| column | type | meaning | 含义 |\n|---|---|---|---|\n" + "".join(rows)


def people_page() -> str:
    """docs/people.md."""
    text = _PEOPLE_HEAD + columns_table(PEOPLE)
    text += "\n## RFM\n\n" + "".join(
        f"- {sentence}\n" for sentence in rule(RfmSettings()).sentences("en")
    )
    text += (
        "\nWestern segment by R (rows) and the mean of F and M, halves rounded up (columns):\n\n"
    )
    text += "| R | 1 | 2 | 3 | 4 | 5 |\n|---|---|---|---|---|---|\n"
    for recency in sorted(SEGMENT_TABLE, reverse=True):
        text += f"| {recency} | " + " | ".join(SEGMENT_TABLE[recency]) + " |\n"
    text += "\nThe eight Chinese segments (bits R, F, M; 1 is high):\n\n| bits | 名称 | name |\n"
    text += "|---|---|---|\n"
    for bits, segment in sorted(RFM8.items(), reverse=True):
        text += f"| {bits} | {segment.zh} | {segment.en} |\n"
    return text


def metrics_page() -> str:
    """docs/metrics.md."""
    text = _METRICS_HEAD + (
        "| metric | name | 名称 | formula | 公式 | unit | per | mind | golden test |\n"
    )
    text += "|---|---|---|---|---|---|---|---|---|\n"
    for one in METRICS.values():
        text += (
            f"| `{one.key}` | {one.en} | {one.zh} | {one.formula} | {one.formula_zh} | {one.unit}"
            f" | {one.grain} | {one.caveat} {one.caveat_zh} | {_golden(one.golden)} |\n".replace(
                "  |", " |"
            )
        )
    return text


def _golden(test: str) -> str:
    """The name of the test, as a link to its file."""
    file, _, name = test.partition("::")
    return f"[{name.removeprefix('test_')}](../{file})" if test else ""


_PICTURES_HEAD = """\
# Pictures of the shop

One verb a picture, `Shop.picture(name)` in Python; each with `--as-of DATE` (as it would have been
told at the end of that day), `--json`, `--table NAME`, `--format`, `--out FILE` and `--define`,
which tells what each number means. Tables are Arrow in Python; sentences are English and Chinese.
This page is made from the declarations in `regulars.insight.catalogue`; formulas, sources and
caveats in full: [growing.md](growing.md), [customers.md](customers.md), [prices.md](prices.md),
[selling.md](selling.md), [pool.md](pool.md). `regulars diagnose` is told in
[diagnose.md](diagnose.md).

"""


def pictures_page() -> str:
    """docs/pictures.md."""
    text = _PICTURES_HEAD + "| verb | picture | 名称 | question | 问题 |\n|---|---|---|---|---|\n"
    for one in PICTURES.values():
        text += (
            f"| [`{one.name}`](#{one.name}) | {one.en} | {one.zh} | {one.question}"
            f" | {one.question_zh} |\n"
        )
    for one in PICTURES.values():
        text += f"\n## {one.name}\n\n{one.en} {one.zh}. {one.question}\n"
        if one.options:
            text += "\n| option | default | meaning |\n|---|---|---|\n"
        for option in one.options:
            name = option.name.replace("_", "-")
            allowed = f" ({', '.join(option.choices)})" if option.choices else ""
            default = "" if option.default in (None, ()) else option.default
            text += f"| `--{name}` | {default} | {option.en}{allowed} |\n"
        for table in one.tables:
            text += f"\n`{table.name}`: {table.en} {table.zh}\n\n"
            text += "| column | number | 指标 | formula | unit |\n|---|---|---|---|---|\n"
            for column, key in table.metrics.items():
                metric = METRICS[key]
                text += (
                    f"| `{column}` | {metric.en} | {metric.zh} | {metric.formula}"
                    f" | {metric.unit} |\n"
                )
    return text


def sources_tables() -> str:
    """The generated part of docs/sources.md: every source, and the headers of our own layouts."""
    text = "| `--as` | format | 格式 | `--kind` | recognised by |\n|---|---|---|---|---|\n"
    for source in ALL:
        every = (*source.fields, *(field for part in source.also for field in part.fields))
        marks = dict.fromkeys(field.headers[0] for field in every if field.known)
        known = ", ".join(f"`{header.strip()}`" for header in marks)
        if source.columns:
            known = f"the look of its lines, or {known}"
        text += (
            f"| `{source.name}` | {source.title} | {source.title_zh} | {source.kind}"
            f" | {known or 'the look of its lines'} |\n"
        )
    names = {
        Kind.LINE: "plain",
        Kind.CUSTOMER: "plain_customers",
        Kind.PRODUCT: "plain_products",
        Kind.SPEND: "plain_spend",
        Kind.EVENT: "plain_events",
    }
    for kind, name in names.items():
        source = next(one for one in ALL if one.name == name)
        fields = {field.column: field for field in source.fields}
        text += f"\n### `{name}`\n\n| header | needed | meaning |\n|---|---|---|\n"
        for column in columns_of(kind):
            if column.name in fields:
                field = fields[column.name]
                headers = " or ".join(f"`{header}`" for header in field.headers)
                private = " (goes into the vault)" if column.personal else ""
                text += (
                    f"| {headers} | {'yes' if field.required else ''} | {column.en}{private} |\n"
                )
    return text
