"""Every bug that `make soak` plants fits the source as it is now, and makes a program of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import regulars
from soak.planted.benefit_bugs import BENEFIT_BUGS
from soak.planted.bugs import BUGS, Bug

SOURCE = Path(regulars.__file__).parent


@pytest.mark.parametrize("bug", [*BUGS, *BENEFIT_BUGS], ids=lambda bug: bug.name)
def test_it_can_be_planted(bug: Bug) -> None:
    planted: dict[str, str] = {}
    for file, stands, is_to_stand in bug.edits:
        text = planted.get(file) or (SOURCE / file).read_text()
        assert stands in text, f"{file} has changed"
        planted[file] = text.replace(stands, is_to_stand)
    for file, text in planted.items():
        compile(text, file, "exec")
