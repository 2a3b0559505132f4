"""Writes the generated pages of docs/. With --check, only tells which are out of step (exit 1)."""

from __future__ import annotations

import sys
from pathlib import Path

from regulars.campaign.playbook_page import page as playbook_page
from regulars.edges.reference_pages import metrics_page, people_page, pictures_page, sources_tables

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- generated: make docs -->", "<!-- end of generated -->"


def pages() -> dict[Path, str]:
    """Every page with generated content, as it should be."""
    sources = DOCS / "sources.md"
    text = sources.read_text("utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return {
        DOCS / "playbook.md": playbook_page(),
        DOCS / "people.md": people_page(),
        DOCS / "metrics.md": metrics_page(),
        DOCS / "pictures.md": pictures_page(),
        sources: f"{before}{BEGIN}\n{sources_tables()}{END}{after}",
    }


def main() -> int:
    """Write or check; how many pages were out of step decides the exit code of a check."""
    check = "--check" in sys.argv
    stale = [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    for path in stale:
        print(("out of step: " if check else "wrote ") + path.name)
        if not check:
            path.write_text(pages()[path], "utf-8")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
