"""Quarantine: every row that was not taken in, with its reason, its cells sealed.

Values of personal columns are masked; the whole row is sealed under the import's key, so that it
can be mended and imported again, and forgotten. The same bad row in the same file is kept once.

A row keeps its `row_hash` for good. Where it comes back in a mended file (see `mending`) and is
taken in, a segment `mended` names it and it is no longer shown; where it comes back and is still
bad, what it says now takes the place of what it said, under the file and line that it first had.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.engines.duckdb import Warehouse, parquet
from regulars.intake.landing import Draft, Landing

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
    "in_the_future": ("nothing can come from the future", "时间在未来"),
    "not_a_date": ("this is no date that we can read", "无法识别的日期"),
    "not_yes_or_no": ("write yes or no", "请写是或否"),
    "not_text": ("this is no text", "不是文本"),
    "unknown_status": ("a status that this format does not know", "未知的订单状态"),
    "unknown_event": ("a sort of event that this format does not know", "未知的事件类型"),
    "no_identity": ("neither customer number, phone nor e-mail", "没有客户编号、手机或邮箱"),
    "nothing_told": ("the row names no order, line or other thing", "该行没有订单或商品信息"),
    "total_row": ("a row that adds the others up", "合计行，不是订单或花费"),
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
    "unknown_column": ("there is no such column", "没有这个字段"),
    "unknown_topic": ("no webhook that we understand", "无法识别的推送类型"),
    "unknown_receipt": ("no sort of receipt that we know", "未知的回执类型"),
    "not_an_object": ("this is no JSON object", "不是 JSON 对象"),
    "test_record": ("a test of the platform, no real record", "平台的测试数据"),
    "not_json": ("this line is no JSON object", "该行不是 JSON 对象"),
    "poison": (
        "this cannot be taken in; please report it as a bug",
        "无法处理，请作为缺陷报告",
    ),
    "unknown_type": (
        "no type of message of the Segment spec: identify, track, page, screen, group, alias",
        "不是 Segment 规范的消息类型",
    ),
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


def mend(work: Warehouse, landing: Landing, draft: Draft, came_back: Collection[str]) -> int:
    """Write which rows of quarantine a mended file has brought in; how many comes back."""
    quarantined = landing.segments("rejects")
    if not quarantined:
        return 0
    earlier = landing.segments("mended")
    done = f" AND row_hash NOT IN (SELECT row_hash FROM {parquet(earlier)})" if earlier else ""
    work.register("_back", pa.table([sorted(came_back)], schema=MENDED_SCHEMA))
    mended = work.sql(
        f"SELECT DISTINCT row_hash FROM {parquet(quarantined)}"
        f" WHERE row_hash IN (SELECT row_hash FROM _back){done} ORDER BY row_hash"
    )
    work.unregister("_back")
    if mended.num_rows:
        pq.write_table(mended.cast(MENDED_SCHEMA), draft.path("mended"))
    return int(mended.num_rows)


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
