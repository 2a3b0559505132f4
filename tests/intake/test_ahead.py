"""Reading ahead: the same items, the same errors, and no thread left behind."""

from __future__ import annotations

import threading

import pytest

from regulars.intake.files.reading import chunks
from regulars.intake.files.sheet import look
from regulars.kernel.ahead import ahead


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("regulars-")]


def test_items_come_in_order_and_one_is_made_before_it_is_asked_for():
    made: list[int] = []
    second = threading.Event()

    def make():
        for number in range(5):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    found = ahead(make())
    assert next(found) == 0
    assert second.wait(10)
    assert list(found) == [1, 2, 3, 4]
    assert threads() == []


def test_no_more_is_made_than_there_is_room_for():
    made: list[int] = []
    third = threading.Event()

    def make():
        for number in range(100):
            made.append(number)
            if number == 2:
                third.set()
            yield number

    found = ahead(make(), depth=1)
    next(found)
    assert third.wait(10)  # one on the shelf, and one in hand for which there is no room
    found.close()
    assert len(made) == 3


def test_an_error_comes_where_the_item_would_have_come():
    def make():
        yield 1
        raise ValueError("broken")

    found = ahead(make())
    assert next(found) == 1
    with pytest.raises(ValueError, match="broken"):
        next(found)
    assert threads() == []


def test_who_stops_early_stops_the_making_and_its_files_are_closed():
    closed = threading.Event()

    def make():
        try:
            while True:
                yield 1
        finally:
            closed.set()

    for _ in ahead(make()):
        break
    assert closed.wait(10)
    found = ahead(make())
    next(found)
    found.close()
    assert threads() == []


def test_a_file_that_is_not_read_to_its_end_leaves_no_thread_and_no_open_file(put):
    path = put("x.csv", "a,b\n" + "1,2\n" * 2_000_000)
    for _ in chunks(look(path)):
        break
    assert threads() == []


def test_an_error_of_the_caller_leaves_no_thread(put):
    path = put("x.csv", "a,b\n" + "1,2\n" * 2_000_000)

    def fail():
        for _ in chunks(look(path)):
            raise RuntimeError("an error of the caller")

    with pytest.raises(RuntimeError, match="of the caller"):
        fail()
    assert threads() == []


def test_progress_is_told_in_the_thread_of_the_caller(put):
    path = put("x.csv", "a,b\n" + "1,2\n" * 1000)
    where = set()
    list(chunks(look(path), lambda *_: where.add(threading.current_thread())))
    assert where == {threading.current_thread()}
