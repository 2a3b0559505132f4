"""The snippet as a file: small, old enough a language, speaking to nobody by name."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from regulars.edges.serve import snippet as package
from regulars.edges.serve.snippet import PARTS, snippet, snippet_gzipped

FOLDER = Path(package.__file__).parent / "parts"
SOURCE = "".join((FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)


def test_it_is_small() -> None:
    assert len(snippet()[0]) <= 21_500
    assert len(snippet_gzipped()) <= 7_800


def test_what_is_served_is_the_source_without_its_comments() -> None:
    assert sorted(PARTS) == sorted(path.stem for path in FOLDER.glob("*.js"))
    text, tag = snippet()
    source = [line.strip() for line in SOURCE.splitlines()]
    served = text.decode().splitlines()
    assert served[3:-2] == [line for line in source if line and not line.startswith("//")]
    assert (served[0][:9], served[1], served[-1][:3]) == ("(function", '"use strict";', "})(")
    assert (served[2], served[-2][:7]) == ("try {", "} catch")
    assert gzip.decompress(snippet_gzipped()) == text
    assert re.fullmatch(r'"[0-9a-f]{20}"', tag)


def test_it_names_no_server_and_evaluates_no_text() -> None:
    text = snippet()[0].decode()
    assert not re.search(r"https?:|\beval\b|new Function|document\.write|innerHTML|cookie", text)


def test_old_web_views_can_read_it() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on the PATH")
    program = (
        "const {parse} = require('internal/deps/acorn/acorn/dist/acorn');"
        "parse(require('fs').readFileSync(0, 'utf8'), {ecmaVersion: 2015});"
    )
    ran = subprocess.run(
        [node, "--expose-internals", "-e", program], input=snippet()[0], capture_output=True,
        check=False,
    )  # fmt: skip
    if b"Cannot find module" in ran.stderr:
        pytest.skip("this node has no parser of its own")
    assert ran.returncode == 0, ran.stderr.decode()


@pytest.mark.parametrize("word", ["page", "track", "identify", "reset", "consent", "product"])
def test_every_call_is_documented(word: str) -> None:
    manual = Path(__file__).parents[4] / "docs" / "snippet.md"
    assert f"regulars.{word}(" in manual.read_text(encoding="utf-8")


def test_every_event_and_setting_is_documented() -> None:
    manual = (Path(__file__).parents[4] / "docs" / "snippet.md").read_text(encoding="utf-8")
    events = set(re.findall(r'"((?:Products?|Page|Cart|Checkout) [A-Z][A-Za-z ]+)"', SOURCE))
    assert len(events) >= 12
    assert {name for name in events if f"`{name}`" not in manual} == set()
    settings = re.findall(r'setting\("(\w+)"', SOURCE)
    assert len(settings) == 8
    assert {name for name in settings if f"`data-{name}`" not in manual} == set()
