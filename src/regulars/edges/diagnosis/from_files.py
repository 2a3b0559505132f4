"""From a stranger's files to a diagnosis: a home of its own, made, looked at, and let go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import msgspec

from regulars.edges.shop import Shop
from regulars.errors import HomeError, Where
from regulars.kernel.sentence import Sentence
from regulars.kernel.step import Step, silent

if TYPE_CHECKING:
    from regulars.insight.diagnosis.diagnose import Diagnosis
    from regulars.intake.report import FileReport

USUAL_CURRENCY = "CNY"


@dataclass(frozen=True, slots=True)
class Told:
    """What files do not tell of their shop, with the usual answers.

    Attributes:
        name: of the shop; the first file's if empty.
        margin: share of what is paid that is profit, where costs are unknown.
        currency: ISO 4217; if None, the one that the files name, else CNY.
        time_zone: of times without one.
        language: zh or en.
    """

    name: str = ""
    margin: float = 0.3
    currency: str | None = None
    time_zone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The outcome.

    Attributes:
        diagnosis: what was found.
        reports: of the files taken in.
        name: of the shop.
        currency: of its amounts.
        guessed: what was taken for granted, since neither the files nor anybody told it.
    """

    diagnosis: Diagnosis
    reports: list[FileReport]
    name: str
    currency: str
    guessed: tuple[Sentence, ...] = ()


def diagnose_files(
    files: Sequence[str | PathLike[str]],
    told: Told | None = None,
    *,
    keep: Path | None = None,
    format: str | None = None,  # noqa: A002 - the word of the command line
    mapping: str | PathLike[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    step: Step = silent,
) -> Diagnosed:
    """Take the files in, understand them, and look.

    Args:
        files: exports of one shop: orders at least; customers, products, spend help.
        told: what the files do not tell.
        keep: the folder of the home, to go on with; by default a temporary one, gone afterwards.
        format: a source's name where it is not to be recognised.
        mapping: a file that tells which header is which.
        progress: told a file's name, bytes done and bytes in all.
        step: told the name of each step.

    Raises:
        HomeError: `keep` is not empty.
        UnreadableFile, UnknownLayout: a file cannot be taken in.
        CannotTell: no purchase names its buyer.
    """
    from regulars.app.taking_in import requests_for

    told = told or Told()
    requests_for(files, format=format, mapping=mapping)  # no home for files that cannot come in
    name = told.name or Path(files[0]).stem
    currency = told.currency or USUAL_CURRENCY
    with _place(keep) as folder:
        for attempt in range(2):
            with _shop(folder / str(attempt), keep, name, currency, told) as shop:
                reports = shop.import_files(
                    *files, format=format, mapping=mapping, progress=progress
                )
                other = None if told.currency or attempt else _currency_of(shop, reports)
                if other is None:
                    found = shop.diagnose(step=step)
                    guessed = () if told.currency or attempt else (_guess(currency),)
                    return Diagnosed(found, reports, name, currency, guessed)
                currency = other
    raise AssertionError("the second attempt always ends")  # pragma: no cover


def _guess(currency: str) -> Sentence:
    return Sentence(
        f"Amounts without a currency of their own are taken as {currency} (--currency says"
        " another).",
        f"没有注明币种的金额按 {currency} 计（可用 --currency 指定）。",
    )


@contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
            raise HomeError(
                "this folder is not empty",
                where=Where(file=str(keep)),
                todo="name a new one with --keep",
            )
        yield keep
        return
    with TemporaryDirectory(prefix="regulars-") as folder:
        yield Path(folder)


@contextmanager
def _shop(folder: Path, keep: Path | None, name: str, currency: str, told: Told) -> Iterator[Shop]:
    """A new home; a second attempt takes the place of a kept first one."""
    import shutil

    home = folder if keep is None else keep
    if keep is not None and home.exists():
        shutil.rmtree(home)
    with Shop.create(
        home, name=name, time_zone=told.time_zone, currency=currency, language=told.language
    ) as shop:
        settings = shop.home.settings
        if settings.shop.margin != told.margin:
            path = home / "regulars.toml"
            text = path.read_text("utf-8")
            path.write_text(text.replace("# margin = 0.3", f"margin = {told.margin:g}", 1), "utf-8")
            shop.home = replace(
                shop.home,
                settings=msgspec.structs.replace(
                    settings, shop=msgspec.structs.replace(settings.shop, margin=told.margin)
                ),
            )
        yield shop


def _currency_of(shop: Shop, reports: Sequence[FileReport]) -> str | None:
    """The currency for which most rows were rejected, where those are more than were accepted."""
    rejected = shop.rejects()
    asked = [
        str(row["value"]).strip().upper()
        for row in rejected.select(["column", "value", "reason"]).to_pylist()
        if "currency" in str(row["reason"]).lower() or "currency" in str(row["column"]).lower()
    ]
    if len(asked) <= sum(report.accepted for report in reports):
        return None
    currency, _ = Counter(asked).most_common(1)[0]
    return currency if len(currency) == 3 and currency.isalpha() else None
