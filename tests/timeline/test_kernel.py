"""A kernel gives the same as it is written and compiled, and is compiled only where that pays."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.timeline import kernel as subject
from regulars.timeline.kernel import Kernel, kernel


@kernel
def _twice(values):  # type: ignore[no-untyped-def]
    """Each value twice."""
    return values * 2


@kernel
def _sum_of_twice(values, least):  # type: ignore[no-untyped-def]
    total = 0
    for value in _twice(values):
        if value >= least:
            total += value
    return total


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "SMALL", 100)


def _fresh(one: Kernel) -> Kernel:
    return Kernel(one.plain)


def test_few_elements_are_looped_over_as_written() -> None:
    total = _fresh(_sum_of_twice)
    assert total(np.arange(10), 4) == 88
    assert total._compiled is None


def test_many_are_compiled_with_all_that_is_called_and_give_the_same() -> None:
    total = _fresh(_sum_of_twice)
    values = np.arange(1_000)
    assert total(values, 4) == total.plain(values, 4) == 2 * sum(range(2, 1_000))
    assert total._compiled is not None
    assert total.compiled(np.arange(10), 4) == 88


def test_few_elements_many_times_are_many() -> None:
    total = _fresh(_sum_of_twice)
    for _ in range(12):
        assert total(np.arange(10), 4) == 88
    assert total._compiled is not None


def test_a_kernel_is_told_of_as_the_function_that_it_is() -> None:
    assert _twice.__name__ == "_twice"
    assert _twice.__doc__ == "Each value twice."
