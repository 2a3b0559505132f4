"""Quarantine: every row that was not taken in, with its reason, its cells sealed.

Values of personal columns are masked; the whole row is sealed under the import's key, so that it
can be mended and imported again, and forgotten. The same bad row in the same file is kept once.

A row keeps its `row_hash` for good. Where it comes back in a mended file (see `mending`) and is
taken in, a segment `mended` names it and it is no longer shown; where it comes back and is still
bad, what it says now takes the place of what it said, under the file and line that it first had.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.engines.duckdb import Warehouse, parquet
from regulars.intake.landing import Draft, Landing
from regulars.intake.normalise import Reject
from regulars.intake.vault import Vault
from regulars.kernel.mask import mask_text, mask_within

_VALUE_KEPT = 200

REASON_TEXTS: dict[str, tuple[str, str]] = {
    "missing": ("a value is needed here", "此处必须有值"),
    "not_an_amount": ("this is no amount", "不是金额"),
    "either_amount": (
        "one thousand and more, or one and a fraction: write 1234 or 1,2340",
        "千位分隔还是小数无法区分，请写 1234 或 1,2340",
    ),
    "not_a_time": ("this is no time that we can read", "无法识别的时间"),
    "no_such_time": (
        "clocks skipped this time when they went forward: is the shop's time_zone right?",
        "该时区当天拨快时钟，没有这个时刻；请检查店铺时区",
    ),
    "another_currency": ("not in the shop's currency", "不是本店币种"),
    "too_large": ("too large to be true", "数值过大"),
    "in_the_future": ("an order cannot come from the future", "订单时间在未来"),
    "not_a_date": ("this is no date that we can read", "无法识别的日期"),
    "not_yes_or_no": ("write yes or no", "请写是或否"),
    "not_text": ("this is no text", "不是文本"),
    "unknown_status": ("a status that this format does not know", "未知的订单状态"),
    "no_identity": ("neither customer number, phone nor e-mail", "没有客户编号、手机或邮箱"),
    "nothing_told": ("the row names no order, line or other thing", "该行没有订单或商品信息"),
    "digits_lost": (
        "a spreadsheet has cut this number to 15 digits: export it as text",
        "表格软件把长数字截成了 15 位，请以文本格式导出",
    ),
    "formula": ("a formula or its error stands in place of a number", "编号处是公式或公式错误"),
    "formula_without_value": (
        "a formula without a result: open and save the workbook first",
        "公式没有计算结果，请先用表格软件打开并保存",
    ),
    "wrong_cell_count": ("not as many cells as headers", "单元格数量与表头不符"),
    "undecodable": ("bytes that are text in no encoding we know", "无法识别的文字编码"),
    "nul": ("a NUL byte, which no text holds", "含有 NUL 字节"),
    "cell_too_long": ("a cell too long to be true", "单元格内容过长"),
    "not_json": ("this line is no JSON object", "该行不是 JSON 对象"),
}
"""What each reason means, in English and Chinese."""

SCHEMA = pa.schema(
    [
        ("import_no", pa.int32()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("row_hash", pa.string()),
        ("state", pa.string()),
        ("sealed", pa.binary()),
    ]
)
MENDED_SCHEMA = pa.schema([("row_hash", pa.string())])


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A row of quarantine: where it first stood, and a sum of what it says now."""

    file: str
    line: int
    state: str


def quarantine(
    work: Warehouse,
    vault: Vault,
    earlier: Sequence[Path],
    draft: Draft,
    file: str,
    rejects: Sequence[Reject],
    came_back: Mapping[int, str] | None = None,
) -> int:
    """Write into the draft what is new in quarantine; how many rows that are comes back.

    Args:
        work: the import's working database.
        vault: hashes and seals.
        earlier: the segments of quarantine so far.
        draft: the import.
        file: the file's name for people.
        rejects: the rows that were not taken in.
        came_back: by line, which row of quarantine a line of a mended file is.
    """
    if not rejects:
        return 0
    latest = _latest(work, earlier)
    name = _without_folder(file)
    came_back = came_back or {}
    seen: set[str] = set()
    kept = []
    for reject in sorted(rejects, key=lambda one: one.line):
        content = "\x1f".join(f"{header}={cell}" for header, cell in reject.row.items())
        state = vault.lookup("quarantine", content)
        row = came_back.get(reject.line, "")
        if row in latest and row not in seen:
            # The row on several lines (somebody cut it in two): the others stand for themselves.
            seen.add(row)
            if latest[row].state == state:
                continue
            kept.append((reject, row, replace(latest[row], state=state)))
        else:
            row = vault.lookup("quarantine", f"{name}\x1f{reject.line}\x1f{content}")
            if row not in latest and row not in seen:
                seen.add(row)
                kept.append((reject, row, _Waiting(file, reject.line, state)))
    if not kept:
        return 0
    subject = f"i:{draft.number}"
    table = pa.table(
        [
            [draft.number] * len(kept),
            [one.file for *_, one in kept],
            [one.line for *_, one in kept],
            [reject.column for reject, *_ in kept],
            [_shown(reject) for reject, *_ in kept],
            [reject.reason for reject, *_ in kept],
            [row for _, row, _ in kept],
            [one.state for *_, one in kept],
            vault.seal([(subject, reject.row) for reject, *_ in kept]),
        ],
        schema=SCHEMA,
    )
    pq.write_table(table, draft.path("rejects"))
    return len(kept)


def _without_folder(file: str) -> str:
    """A file may be moved and is the same; the parts of an archive differ by their whole name.

    >>> _without_folder("/home/x/orders.zip » 2026/orders.csv")
    'orders.zip » 2026/orders.csv'
    """
    path, *part = file.split(" » ")
    return " » ".join([Path(path).name, *part])


def _shown(reject: Reject) -> str:
    value = mask_text(reject.value) if reject.personal else mask_within(reject.value)
    return value[:_VALUE_KEPT]


def mend(work: Warehouse, landing: Landing, draft: Draft, came_back: Collection[str]) -> int:
    """Write which rows of quarantine a mended file has brought in; how many comes back."""
    waiting = _named(work, landing.segments("rejects")) - _named(work, landing.segments("mended"))
    mended = sorted(waiting.intersection(came_back))
    if mended:
        pq.write_table(pa.table([mended], schema=MENDED_SCHEMA), draft.path("mended"))
    return len(mended)


def waiting(landing: Landing, columns: Sequence[str]) -> pa.Table:
    """The rows in quarantine that no mended file has brought in yet, in order, as they are now."""
    names = list(dict.fromkeys([*columns, "row_hash"]))
    schema = pa.schema([SCHEMA.field(name) for name in names])
    parts = [pq.read_table(path, columns=names) for path in landing.segments("rejects")]
    table = pa.concat_tables(parts).cast(schema) if parts else schema.empty_table()
    rows = table["row_hash"].to_pylist()
    last = {row: place for place, row in enumerate(rows)}
    for path in landing.segments("mended"):
        for row in pq.read_table(path)["row_hash"].to_pylist():
            last.pop(row, None)
    if len(last) < len(rows):
        table = table.take(pa.array(sorted(last.values()), pa.int64()))
    return table.select(list(columns))


def _named(work: Warehouse, segments: Sequence[Path]) -> set[str]:
    if not segments:
        return set()
    return set(work.sql(f"SELECT row_hash FROM {parquet(segments)}")["row_hash"].to_pylist())


def _latest(work: Warehouse, segments: Sequence[Path]) -> dict[str, _Waiting]:
    if not segments:
        return {}
    found = work.sql(
        "SELECT row_hash, any_value(file) AS file, any_value(line) AS line,"
        f" arg_max(state, import_no) AS state FROM {parquet(segments)} GROUP BY row_hash"
    )
    return {one.pop("row_hash"): _Waiting(**one) for one in found.to_pylist()}
