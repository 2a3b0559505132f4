"""Hostile files out of kept seeds (`tests/soak/fuzz.py`); thousands more with `make soak`."""

from __future__ import annotations

import pytest

from soak.fuzz import case_of, run
from soak.kept import seeds


@pytest.mark.parametrize("seed", seeds("fuzz"))
def test_a_hostile_file_comes_to_an_exact_report_or_one_sentence(tmp_path, seed):
    case = case_of(seed)
    try:
        run(case, tmp_path)
    except BaseException as error:
        error.add_note(f"{seed}: {'; '.join(case.done)}")
        raise


def test_a_seed_always_makes_the_same_file():
    assert case_of("plain:7") == case_of("plain:7")
    assert case_of("plain:7").content != case_of("plain:8").content
