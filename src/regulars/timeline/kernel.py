"""Loops over arrays: run as they are on few rows, compiled on many.

To load the compiler takes a second and to compile a kernel about another; a small shop's question
is answered before that by the plain loop. What is compiled is kept on disk for the next time, so a
kernel and all that it calls stand in one file: the kept one is judged by the file's own date.

>>> import numpy as np
>>> @kernel
... def total(values):
...     found = 0
...     for value in values:
...         found += value
...     return found
>>> int(total(np.arange(4)))
6
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from types import FunctionType
from typing import Any

import numpy as np

SMALL = 300_000
"""Up to so many elements in all, of the longest arrays, the plain loop is the faster one: a second,
which it takes to load the compiler and what it kept, and a third of what it takes to compile."""


class Kernel:
    """A function of arrays that Numba can compile."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.plain = function
        """As it is written."""
        self._compiled: Callable[..., Any] | None = None
        self._seen = 0
        update_wrapper(self, function)

    def __call__(self, *given: Any) -> Any:
        """The function's result, by whichever of the two is there first."""
        longest = max((len(one) for one in given if isinstance(one, np.ndarray)), default=0)
        self._seen += longest
        return self.plain(*given) if self._seen <= SMALL else self.compiled(*given)

    @property
    def compiled(self) -> Callable[..., Any]:
        """The same, compiled; other threads go on while it runs."""
        if self._compiled is None:
            self._compiled = _compile(self.plain)
        return self._compiled


def kernel(function: Callable[..., Any]) -> Kernel:
    """Let the function be compiled where that pays."""
    return Kernel(function)


def _compile(function: Any) -> Callable[..., Any]:
    import numba

    called = {
        name: function.__globals__[name].compiled
        for name in function.__code__.co_names
        if isinstance(function.__globals__.get(name), Kernel)
    }
    if called:
        whole = FunctionType(
            function.__code__, function.__globals__ | called, function.__name__,
            function.__defaults__, function.__closure__,
        )  # fmt: skip
        whole.__qualname__, whole.__module__ = function.__qualname__, function.__module__
        function = whole
    compiled: Callable[..., Any]
    try:
        compiled = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # it stands in no file, or there is no folder where it could be kept
        compiled = numba.njit(nogil=True)(function)
    return compiled
