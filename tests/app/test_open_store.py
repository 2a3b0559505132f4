"""Which database keeps the shop's book of record: the settings say it, or the environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from postgres import PostgresServer
from regulars.app.doctor import examine
from regulars.app.home import Home, make_home
from regulars.app.store import URL_VARIABLE, has_store, open_store
from regulars.errors import MissingDependency, SettingsError, StoreAway


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    return make_home(tmp_path / "shop")


def named(home: Home, url: str) -> Home:
    """The home with an address in its settings."""
    path = home.folder / "regulars.toml"
    path.write_text(path.read_text("utf-8").replace('# url = ""', f'url = "{url}"'), "utf-8")
    return Home.open(home.folder)


def findings(home: Home) -> list[tuple[str, str]]:
    return [(one.level, one.message) for one in examine(home) if one.subject == "store"]


def test_without_an_address_the_store_is_a_file_of_the_home(home: Home):
    assert not has_store(home)
    with open_store(home) as store:
        assert (store.dialect, store.place) == ("sqlite", str(home.store))
    assert has_store(home)


def test_an_address_in_the_settings_names_the_database(home: Home, postgres_url: str):
    shop = named(home, postgres_url)
    assert has_store(shop)
    with open_store(shop) as store:
        assert store.dialect == "postgresql"
    assert not home.store.exists()


def test_the_environment_wins_over_the_file(
    home: Home, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    shop = named(home, "postgresql://li@nowhere.invalid/regulars")
    monkeypatch.setenv(URL_VARIABLE, postgres_url)
    with open_store(shop) as store:
        assert store.dialect == "postgresql"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://li:s3cret@db/regulars", "a password does not belong into this file"),
        ("postgresql://li@db/regulars?password=s3cret", "a password does not belong"),
        ("mysql://li:s3cret@db/regulars", "no address of a PostgreSQL database"),
        ("postgresql://li:s3cret@db:port/regulars", "no address of a PostgreSQL database"),
        ("postgresql://li@db", "names no database"),
        ("store.sqlite", "no address of a PostgreSQL database"),
    ],
)
def test_a_mistake_in_the_address_is_told_with_its_line_and_without_its_password(
    home: Home, url: str, told: str
):
    with pytest.raises(SettingsError, match=told) as caught:
        named(home, url)
    lines = (home.folder / "regulars.toml").read_text("utf-8").splitlines()
    assert lines[(caught.value.where.line or 0) - 1].startswith("url = ")
    assert caught.value.where.column == "store.url"
    assert "s3cret" not in str(caught.value)
    assert caught.value.todo


def test_a_mistake_in_the_environment_is_told_by_its_name(
    home: Home, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(URL_VARIABLE, "mysql://li:s3cret@db/regulars")
    with pytest.raises(SettingsError) as caught:
        open_store(home)
    assert caught.value.where.column == URL_VARIABLE
    assert "s3cret" not in str(caught.value)
    ((level, message),) = findings(home)
    assert level == "error"
    assert "s3cret" not in message


def test_without_the_driver_the_install_line_is_told(home: Home, monkeypatch: pytest.MonkeyPatch):
    shop = named(home, "postgresql://li@db/regulars")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingDependency) as caught:
        open_store(shop)
    assert "regulars[postgres]" in caught.value.todo


def test_the_check_up_says_which_store_and_what_could_lose_it(
    home: Home, postgres_server: PostgresServer, postgres_url: str
):
    assert findings(home) == [("ok", "not made yet: `regulars plan` makes it")]
    open_store(home).close()
    ((level, message),) = findings(home)
    assert level == "ok"
    assert "SQLite 3." in message
    shop = named(home, postgres_url)
    ((level, message),) = findings(shop)
    assert level == "ok"
    assert "PostgreSQL 18" in message
    assert "synchronous_commit on" in message
    postgres_server.stop("fast")
    ((level, message),) = findings(shop)
    assert level == "error"
    assert "does not answer" in message
    with pytest.raises(StoreAway):
        open_store(shop)
    postgres_server.start("fsync=off")
    try:
        assert [level for level, _ in findings(shop)] == ["ok", "warning"]
    finally:
        postgres_server.stop("fast")
        postgres_server.start()
