"""The report of a shop, from its tables to a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.errors import HomeError, Where

if TYPE_CHECKING:
    from regulars.edges.report.page import Note
    from regulars.edges.shop import Shop

_DAYS_SHOWN = 30
"""The horizon of the chances that the report shows; another is taken where it was not judged."""


def write_report(
    shop: Shop, out: Path | None, language: str | None, step: Callable[[str], None]
) -> Path:
    """Write the report as of the people table's date; the file's path comes back.

    Raises:
        NotUnderstood: `understand` has not run yet.
        HomeError: the file cannot be written.
    """
    from regulars.app.as_of import understood_as_of
    from regulars.app.backtest import kept_card
    from regulars.app.benefits.figures import benefit_figures
    from regulars.app.drawing import told_by_home
    from regulars.app.pictures import gather
    from regulars.app.plan_summary import plan_summary
    from regulars.edges.report.page import ReportData, render

    settings = shop.home.settings
    language = language or settings.shop.language
    as_of = understood_as_of(shop.warehouse)
    pictures = gather(
        shop.warehouse, settings, as_of, step, further=partial(told_by_home, shop.home)
    )
    step("plan")
    plan = shop.plan()
    step("benefits")
    benefits = benefit_figures(shop.warehouse, shop.home)
    step("page")
    page = render(
        ReportData(
            shop=settings.shop.name,
            currency=settings.shop.currency,
            pictures=pictures,
            imported=_imported(shop),
            caveats=_caveats(shop),
            plan=plan.table,
            plan_summary=plan_summary(plan),
            backtest=kept_card(shop.home, _DAYS_SHOWN),
            benefits=benefits,
        ),
        language,
    )
    path = out or shop.home.reports / f"{as_of}.{language}.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(path.name + ".part")
        aside.write_text(page, "utf-8")
        aside.replace(path)
    except OSError as error:
        raise HomeError(
            f"the report cannot be written ({error.strerror})",
            where=Where(file=str(path)),
            todo="check the path, or name another with --out",
        ) from error
    return path


def _imported(shop: Shop) -> tuple[Note, ...]:
    from regulars.intake.landing import Landing

    notes, new, refused = [], 0, 0
    for entry in Landing(shop.home.landing).entries():
        told = entry.report
        if told.get("file"):
            name = Path(told["file"]).name
            notes.append(_taken_in(name, name, told["accepted"], told["rejected"]))
        elif "accepted" in told:  # what a server settled, many times a day: one line for all
            new, refused = new + told["accepted"], refused + told["rejected"]
    if new or refused:
        zh, en = "服务器收到的消息", "messages sent to the server"
        notes.append(_taken_in(zh, en, new, refused, unit="条"))
    return tuple(notes)


def _taken_in(zh: str, en: str, accepted: int, rejected: int, unit: str = "行") -> Note:
    from regulars.edges.report.page import Note

    rows = "rows " if unit == "行" else ""
    return Note(
        zh=f"{zh}：{accepted:,} {unit}新增" + (f"，{rejected:,} {unit}被拒" if rejected else ""),
        en=f"{en}: {accepted:,} {rows}new" + (f", {rejected:,} rejected" if rejected else ""),
    )


def _caveats(shop: Shop) -> tuple[Note, ...]:
    from regulars.edges.report.page import Note

    notes = []
    undated = shop.warehouse.sql(
        "SELECT count(DISTINCT order_no) AS n FROM orders WHERE known_until > now()"
        " AND closed_at IS NULL AND (status = 'cancelled' OR refunded > 0) AND status <> 'returned'"
    )["n"][0].as_py()
    if undated:
        notes.append(
            Note(
                zh=f"{undated:,} 笔取消或退款没有自己的时间，按下单时间计入。",
                en=f"{undated:,} cancellations or refunds carry no time of their own and count from"
                " the order's time on.",
            )
        )
    buyers = shop.warehouse.sql("SELECT count(customer_id) AS n FROM purchases")["n"][0].as_py()
    if not buyers:
        notes.append(
            Note(
                zh="没有一笔购买带有买家标识，因此无法了解任何用户；请导出含买家账号的订单。",
                en="No purchase names its buyer, so nothing can be told of customers: export orders"
                " with the buyer's number.",
            )
        )
    guests = shop.warehouse.sql("SELECT count(*) AS n FROM purchases WHERE customer_id IS NULL")[
        "n"
    ][0].as_py()
    if guests:
        notes.append(
            Note(
                zh=f"{guests:,} 笔游客订单计入订单与销售额，不计入用户。",
                en=f"{guests:,} purchases by guests count for orders and sales, not as people.",
            )
        )
    pending = shop.warehouse.sql("SELECT count(*) AS n FROM pending_lines")["n"][0].as_py()
    if pending:
        notes.append(
            Note(
                zh=f"{pending:,} 条订单明细仍在等待其订单。",
                en=f"{pending:,} order lines wait for their orders.",
            )
        )
    return tuple(notes)
