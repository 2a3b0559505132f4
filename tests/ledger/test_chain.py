"""The chain of hashes, worked out beside it with nothing but `hashlib` and `json`."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from regulars.ledger.chain import BEGINNING, Row, link

ROW = Row(2, 1_700_000_000_000_000, "post", "key:web", "k1", '{"about":{"order":7}}', 4)


def test_a_rows_hash_is_sha256_of_the_hash_before_and_of_all_its_fields_as_a_json_array() -> None:
    told = json.dumps(list(ROW), separators=(",", ":")).encode()
    assert link(BEGINNING, ROW) == sha256(bytes(32) + told).digest()


@pytest.mark.parametrize("field", Row._fields)
def test_no_field_can_be_changed_without_changing_the_hash(field: str) -> None:
    was = getattr(ROW, field)
    other = was + 1 if isinstance(was, int) else was + " "
    assert link(BEGINNING, ROW._replace(**{field: other})) != link(BEGINNING, ROW)


def test_a_row_cannot_stand_after_another_one() -> None:
    assert link(link(BEGINNING, ROW), ROW) != link(BEGINNING, ROW)


def test_what_stands_in_one_field_cannot_be_moved_into_the_next() -> None:
    one, other = ROW._replace(actor="ab", key="c"), ROW._replace(actor="a", key="bc")
    assert link(BEGINNING, one) != link(BEGINNING, other)
