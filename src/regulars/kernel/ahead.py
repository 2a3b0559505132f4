"""Reading ahead: while one chunk is worked on, the next one is made in another thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T], depth: int = 1) -> Iterator[T]:
    """The same items in order, up to `depth` of them made before they are asked for.

    An error in the making is raised where the item would have come. When the caller stops early,
    so does the making: the thread has ended, and `items` is closed, when this generator is.

    >>> list(ahead(iter(range(4))))
    [0, 1, 2, 3]
    """
    shelf: _Shelf[T] = _Shelf(depth)
    maker = threading.Thread(target=_make, args=(items, shelf), name="regulars-read", daemon=True)
    maker.start()
    try:
        while (found := shelf.take()) is not None:
            yield found[0]
    finally:
        shelf.stop()
        maker.join()


class _Shelf(Generic[T]):
    """Room for a few items between the one who makes them and the one who takes them."""

    def __init__(self, depth: int) -> None:
        self._changed = threading.Condition()
        self._items: deque[tuple[T]] = deque()
        self._depth = depth
        self._ended = self._stopped = False
        self._error: BaseException | None = None

    def put(self, item: T) -> bool:
        """Wait for room and leave the item there; False if nobody wants it any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or len(self._items) < self._depth)
            if self._stopped:
                return False
            self._items.append((item,))
            self._changed.notify_all()
            return True

    def end(self, error: BaseException | None) -> None:
        """Nothing more comes, because of the error if there is one."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def take(self) -> tuple[T] | None:
        """Wait for the next item; None after the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._ended)
            if self._items:
                item = self._items.popleft()
                self._changed.notify_all()
                return item
            if self._error is not None:
                raise self._error
            return None

    def stop(self) -> None:
        """Want nothing more."""
        with self._changed:
            self._stopped = True
            self._items.clear()
            self._changed.notify_all()


def _make(items: Iterator[T], shelf: _Shelf[T]) -> None:
    error: BaseException | None = None
    try:
        try:
            for item in items:
                if not shelf.put(item):
                    break
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()
    except BaseException as caught:
        error = caught
    shelf.end(error)
