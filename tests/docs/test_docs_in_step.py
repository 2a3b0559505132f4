"""Pages made from the code are in step with it, and what they link to is there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def test_generated_pages_are_in_step():
    done = subprocess.run(
        [sys.executable, CHECKOUT / "scripts" / "write_docs.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "page", sorted(CHECKOUT.glob("*.md")) + sorted((CHECKOUT / "docs").rglob("*.md")), ids=str
)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name} → {link}"


def test_both_readmes_show_the_same_commands():
    blocks = [
        "\n".join(commands(text.replace("--lang zh", "--lang en")))
        for text in ((CHECKOUT / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))
    ]
    assert blocks[0] == blocks[1]


def commands(text: str) -> Iterator[str]:
    """What is to be typed, without comments: what it prints is in the language of the page."""
    for kind, block in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if kind != "console" or line.startswith("$ "):
                yield re.sub(r"\s+#.*", "", line)


def test_the_readme_names_every_verb():
    from regulars.edges.cli import entry, intake_verbs, people_verbs, plan_verbs, shop_verbs

    for verbs in (shop_verbs, intake_verbs, people_verbs, plan_verbs):
        verbs.register(entry.app)
    names = {command.name or command.callback.__name__ for command in entry.app.registered_commands}
    text = (CHECKOUT / "README.md").read_text("utf-8")
    assert {name for name in names if f"\n| `{name}" in text} == names
