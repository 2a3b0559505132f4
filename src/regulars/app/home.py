"""A shop's home: the folder that is the whole shop.

regulars.toml playbook.toml benefits.toml landing/ warehouse.duckdb store.sqlite keys/ reports/
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from regulars.errors import HomeError, Where
from regulars.intake.landing import INBOX
from regulars.kernel.toml_file import decode_toml
from regulars.settings import Settings, check_settings, read_settings

SETTINGS_FILE = "regulars.toml"
PLAYBOOK_FILE = "playbook.toml"
BENEFITS_FILE = "benefits.toml"


@dataclass(frozen=True, slots=True)
class Home:
    """The places of a shop's home and its settings."""

    folder: Path
    settings: Settings

    @classmethod
    def open(cls, folder: Path) -> Home:
        """The home in the folder.

        Raises:
            HomeError: there is none.
            SettingsError: its settings hold a mistake.
        """
        path = folder / SETTINGS_FILE
        if not path.is_file():
            raise HomeError(
                f"there is no {SETTINGS_FILE}, so this is no shop's home",
                where=Where(file=str(folder)),
                todo=f"make one with `regulars init {folder}`, or name one with --home",
            )
        return cls(folder, read_settings(path))

    @property
    def landing(self) -> Path:
        """The append-only log of all that came in."""
        return self.folder / "landing"

    @property
    def inbox(self) -> Path:
        """What servers have acknowledged and the warehouse has not settled into landing yet."""
        return self.landing / INBOX

    @property
    def running(self) -> Path:
        """What a running server leaves for others to find it by."""
        return self.folder / "run"

    @property
    def warehouse(self) -> Path:
        """The derived tables."""
        return self.folder / "warehouse.duckdb"

    @property
    def store(self) -> Path:
        """The book of record."""
        return self.folder / "store.sqlite"

    @property
    def keys(self) -> Path:
        """The keys of the vault."""
        return self.folder / "keys"

    @property
    def reports(self) -> Path:
        """Where reports go."""
        return self.folder / "reports"

    @property
    def benefits(self) -> Path:
        """The rules of the shop's benefits."""
        return self.folder / BENEFITS_FILE

    @property
    def playbook(self) -> Path:
        """The shop's plays."""
        return self.folder / PLAYBOOK_FILE


def make_home(
    folder: Path,
    *,
    name: str | None = None,
    time_zone: str = "Asia/Shanghai",
    currency: str = "CNY",
    language: str = "zh",
    shop_id: str | None = None,
) -> Home:
    """Make a shop's home in the folder; settings, playbook and benefits are commented files.

    `shop_id` salts the draw of hold-outs; without one a random one is made.

    Raises:
        HomeError: the folder is a home already, or cannot be made.
        SettingsError: time zone or currency are none.
    """
    from regulars.intake.vault import Vault

    if (folder / SETTINGS_FILE).exists():
        raise HomeError(
            "this is a shop's home already",
            where=Where(file=str(folder)),
            todo="use it as it is, or choose another folder",
        )
    settings = Template(
        (resources.files("regulars.app") / "regulars.toml").read_text("utf-8")
    ).substitute(
        id=shop_id or secrets.token_hex(8),
        name=json.dumps(name or folder.resolve().name, ensure_ascii=False),
        time_zone=time_zone,
        currency=currency,
        language=language,
    )
    if "?" in str(folder.resolve()):
        raise HomeError(
            "the warehouse's engine cannot keep a file under a path with a question mark",
            where=Where(file=str(folder)),
            todo="choose another folder",
        )
    check_settings(decode_toml(settings, Settings, SETTINGS_FILE), SETTINGS_FILE)
    try:
        for part in (folder, folder / "landing", folder / "reports"):
            part.mkdir(parents=True, exist_ok=True)
        default = resources.files("regulars.campaign") / "default_playbook.toml"
        if not (folder / PLAYBOOK_FILE).exists():
            _write(folder / PLAYBOOK_FILE, default.read_text("utf-8"))
        if not (folder / BENEFITS_FILE).exists():
            rules = resources.files("regulars.app") / BENEFITS_FILE
            _write(folder / BENEFITS_FILE, rules.read_text("utf-8"))
        Vault.open(folder / "keys", make=True).close()
        _write(folder / SETTINGS_FILE, settings)  # last: with it the folder is a home
    except OSError as error:
        raise HomeError(
            f"the home cannot be made ({error.strerror})",
            where=Where(file=str(error.filename or folder)),
            todo="choose a folder that you may write to",
        ) from error
    return Home.open(folder)


def _write(path: Path, text: str) -> None:
    aside = path.with_suffix(f".{os.getpid()}")
    aside.write_text(text, "utf-8")
    aside.replace(path)
