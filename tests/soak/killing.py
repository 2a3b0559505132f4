"""Imports killed at moments measured by what they have done, never by the clock on the wall.

A moment is a share of what an undisturbed import does: `cpu:0.41` of its processor time, or
`call:0.95` of its calls that open, sync, rename or remove something in the home. The first finds
places inside the engine, the second all those of the commit.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forked import Forked, verb
from regulars import Shop
from regulars.app.as_of import refresh
from regulars.intake.landing import Landing
from regulars.intake.report import FileReport


def run_until(die_at: int, home: Path, *arguments: str) -> None:
    """In a process of its own: the verb, up to its call number `die_at`, or to its end.

    Where `die_at` is 0 it tells how many calls there are, on stderr.
    """
    folder, calls = str(home), 0

    def count() -> None:
        nonlocal calls
        calls += 1
        if calls == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def audited(event: str, arguments: tuple[Any, ...]) -> None:
        if event.split(".")[0] not in ("open", "os", "shutil") or not arguments:
            return
        path = arguments[0]
        if isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).startswith(folder):
            count()

    def counted(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            count()  # before and after: what is half done, and what is done and not yet told
            result = original(*arguments, **named)
            count()
            return result

        return call

    for name in ("fsync", "truncate", "replace", "rename"):
        setattr(os, name, counted(getattr(os, name)))
    sys.addaudithook(audited)
    try:
        verb("--home", folder, *arguments)
    finally:
        if die_at == 0:
            sys.stderr.write(f"calls {calls}\n")


HEAD = (
    "order_id,customer_id,phone,email,recipient_name,recipient_address,placed_at,updated_at,status,"
    "product_id,category,quantity,paid,refunded\n"
)


def write_export(path: Path, rows: int, *, first: int = 0, later: bool = False) -> None:
    """Orders with personal columns; every 97th row is bad; `later` tells new states of a third."""
    with path.open("w") as file:
        file.write(HEAD)
        for n in range(first, first + rows):
            who = n % max(rows // 5, 1)
            changed = later and n % 3 == 0
            status, refunded = ("returned", n % 7) if changed else ("paid", 0)
            at = f"2026-02-0{n % 9 + 1}" if changed else f"2026-01-{n % 28 + 1:02d}"
            paid = "ten" if n % 97 == 5 else f"{n % 90 + 7}.50"
            phone = f"138{who:08d}" if n % 4 else ""
            file.write(
                f"o{n},c{who},{phone},u{who}@example.com,王{who},幸福路 {who} 号,"
                f"2026-01-{n % 28 + 1:02d},{at},{status},p{n % 50},茶{n % 6},{n % 3 + 1},{paid},"
                f"{refunded}\n"
            )


@dataclass(frozen=True)
class Effort:
    """Calls that touch the home, and seconds of processor time."""

    calls: int
    cpu: float


@dataclass(frozen=True)
class Undisturbed:
    """What an import that nobody kills comes to, and what it takes."""

    home: Path
    file: Path
    effort: Effort
    report: FileReport
    content: dict[str, Any]


def prepare(folder: Path, rows: int) -> Undisturbed:
    """A home that holds an earlier export, the export that overlaps it, and what comes of it."""
    earlier, file = folder / "earlier.csv", folder / "orders.csv"
    write_export(earlier, rows // 2)
    write_export(file, rows, first=rows // 4, later=True)
    home = folder / "template"
    with Shop.create(home, name="x") as shop:
        shop.import_files(earlier)
    whole = folder / "whole"
    shutil.copytree(home, whole)
    effort = effort_of(whole, "import", str(file))
    report = FileReport(**_report_of(whole))
    return Undisturbed(home, file, effort, report, content_of(whole))


def effort_of(home: Path, *arguments: str) -> Effort:
    """Run a verb to its end; what it took."""
    running = start(home, 0, *arguments)
    cpu = 0.0
    with suppress(OSError):  # it may end between two looks
        while running.poll() is None:
            cpu = cpu_of(running.pid)
            running.wait(0.001)
    _, err = running.communicate()
    assert running.returncode == 0, err
    return Effort(int(err.split()[-1]), cpu)


def _report_of(home: Path) -> dict[str, Any]:
    told = dict(Landing(home / "landing").entries()[-1].report)
    told["from_"] = told.pop("from", None)
    return {name: told[name] for name in FileReport.__dataclass_fields__ if name in told}


def start(home: Path, die_at: int, *arguments: str) -> Forked:
    """A verb of the command line, in a process of its own."""
    return Forked(run_until, die_at, home, *arguments, time_out=600)


def cpu_of(pid: int) -> float:
    """Seconds of processor time that all threads of a process have used (Linux)."""
    return time.clock_gettime((~pid << 3) | 2)


def kill_at(moment: str, home: Path, effort: Effort, *arguments: str) -> bool:
    """Run a verb on the home and kill the process at the moment; whether it was still running."""
    kind, value = moment.split(":")
    share = float(value)
    die_at = max(1, round(share * effort.calls)) if kind == "call" else -1
    running = start(home, die_at, *arguments)
    if kind == "cpu":
        with suppress(OSError):
            while running.poll() is None and cpu_of(running.pid) < share * effort.cpu:
                running.wait(0.001)
        running.send_signal(signal.SIGKILL)
    _, err = running.communicate()
    assert running.returncode in (0, -signal.SIGKILL), err
    return running.returncode != 0


def content_of(home: Path) -> dict[str, Any]:
    """All that the home's landing says, in tables; sealed fields and times of import left out."""
    with Shop(home) as shop:
        refresh(shop.warehouse, shop.home)
        found: dict[str, Any] = {}
        for name in shop.warehouse.tables():
            if name == "warehouse_meta":  # names the head of the log, which holds times
                continue
            columns = [
                column
                for column in shop.warehouse.sql(f'SELECT * FROM "{name}" LIMIT 0').column_names
                if column != "sealed"
            ]
            row = ", ".join(f'"{column}"' for column in columns)
            found[name] = shop.warehouse.sql(
                f"SELECT count(*) AS n, bit_xor(md5_number(ROW({row})::VARCHAR))::VARCHAR AS sum"
                f' FROM "{name}"'
            ).to_pylist()
        found["quarantine"] = shop.rejects().to_pylist()
    return found


def check(moment: str, home: Path, whole: Undisturbed) -> None:
    """Nothing half, nothing lost; the next run completes the import, exactly."""
    landing = Landing(home / "landing")
    assert landing.verify() == [], moment
    done = len(landing.entries()) - 1
    assert done in (0, 1), moment
    with Shop(home) as shop:
        (report,) = shop.import_files(whole.file)
    told = whole.report
    assert report.rows_read == report.accepted + report.duplicate + report.rejected, moment
    assert report.rejected == told.rejected, moment
    if done:
        assert (report.accepted, report.duplicate) == (0, told.accepted + told.duplicate), moment
    else:
        assert (report.accepted, report.duplicate) == (told.accepted, told.duplicate), moment
        assert report.updated == told.updated, moment
    assert landing.verify() == [], moment
    assert {path.name for path in landing.folder.iterdir()} == {
        ".lock", "log.jsonl", "000001", "000002"
    }, moment  # fmt: skip
    content = content_of(home)
    differing = [name for name in whole.content if content.get(name) != whole.content[name]]
    assert differing == [], moment
