"""Quarantine: every row that was not taken in, with its reason, its cells sealed.

Values of personal columns are masked; the whole row is sealed under the import's key, so that it
can be mended and imported again, and forgotten. The same bad row in the same file is kept once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.engines.duckdb import Warehouse, parquet
from regulars.intake.landing import Draft
from regulars.intake.normalise import Reject
from regulars.intake.reading import Malformed
from regulars.intake.vault import Vault
from regulars.kernel.mask import mask_text, mask_within

_VALUE_KEPT = 200

REASON_TEXTS: dict[str, tuple[str, str]] = {
    "missing": ("a value is needed here", "此处必须有值"),
    "not_an_amount": ("this is no amount", "不是金额"),
    "not_a_time": ("this is no time that we can read", "无法识别的时间"),
    "another_currency": ("not in the shop's currency", "不是本店币种"),
    "too_large": ("too large to be true", "数值过大"),
    "in_the_future": ("an order cannot come from the future", "订单时间在未来"),
    "not_a_date": ("this is no date that we can read", "无法识别的日期"),
    "not_yes_or_no": ("write yes or no", "请写是或否"),
    "not_text": ("this is no text", "不是文本"),
    "unknown_status": ("a status that this format does not know", "未知的订单状态"),
    "no_identity": ("neither customer number, phone nor e-mail", "没有客户编号、手机或邮箱"),
    "wrong_cell_count": ("not as many cells as headers", "单元格数量与表头不符"),
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
        ("sealed", pa.binary()),
    ]
)


def quarantine(
    work: Warehouse,
    vault: Vault,
    earlier: Sequence[Path],
    draft: Draft,
    file: str,
    rejects: Sequence[Reject],
    malformed: Sequence[Malformed],
) -> int:
    """Write the rows into the draft; how many were not in quarantine already comes back."""
    rows = [
        *(
            (
                reject.line,
                reject.column,
                mask_text(reject.value) if reject.personal else mask_within(reject.value),
                reject.reason,
                reject.row,
            )
            for reject in rejects
        ),
        *(
            (
                bad.line,
                "",
                f"{bad.found} cells, {bad.expected} headers",
                "wrong_cell_count",
                {"": bad.text},
            )
            for bad in malformed
        ),
    ]
    if not rows:
        return 0
    known = _known(work, earlier)
    name = Path(file).name
    kept = []
    for line, column, value, reason, row in sorted(rows, key=lambda item: item[0]):
        content = "\x1f".join(f"{header}={cell}" for header, cell in row.items())
        digest = vault.lookup("quarantine", f"{name}\x1f{line}\x1f{content}")
        if digest not in known:
            kept.append((line, column, value[:_VALUE_KEPT], reason, digest, row))
    if not kept:
        return 0
    subject = f"i:{draft.number}"
    sealed = vault.seal([(subject, item[5]) for item in kept])
    table = pa.table(
        [
            [draft.number] * len(kept),
            [file] * len(kept),
            *([item[place] for item in kept] for place in range(5)),
            sealed,
        ],
        schema=SCHEMA,
    )
    pq.write_table(table, draft.path("rejects"))
    return len(kept)


def _known(work: Warehouse, earlier: Sequence[Path]) -> set[str]:
    if not earlier:
        return set()
    return set(work.sql(f"SELECT row_hash FROM {parquet(earlier)}")["row_hash"].to_pylist())
