"""`identity` on the command line: one word tells, two words change, and all are plain."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import as_json, regulars
from regulars import Shop

ORDERS = """order_id,customer_id,phone,placed_at,paid
1,ann,13812345678,2026-01-05,10
2,,13812345678,2026-02-05,20
3,cy,13712345678,2026-03-07,5
4,dee,13712345678,2026-03-08,6
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("identity")
    (folder / "orders.csv").write_text(ORDERS)
    with Shop.create(folder / "shop", name="made", language="en") as shop:
        shop.import_files(folder / "orders.csv")
        shop.understand()
    return folder / "shop"


def test_a_customer_is_told_by_any_id_with_reasons_and_masks(home: Path) -> None:
    told = regulars("--home", home, "identity", "138-1234-5678").stdout
    assert "Customer 1 (2 is one of its numbers)" in told
    assert "138****5678  came with this customer and no other" in told
    assert "13812345678" not in told
    assert as_json("--home", home, "identity", "ann")["customer_id"] == 1


def test_an_id_may_be_written_with_its_platform(home: Path) -> None:
    for told in ("shop:ann", "phone:13812345678", "c:1"):
        assert as_json("--home", home, "identity", told)["customer_id"] == 1
        assert as_json("--home", home, "people", "--customer", told)["rows"][0]["ref"] == "ann"
        assert as_json("--home", home, "timeline", told)["customer_id"] == 1
    assert "No customer has" in regulars("--home", home, "identity", "jd:ann", code=1).stderr


def test_shared_keys_are_listed_with_what_follows(home: Path) -> None:
    (row,) = as_json("--home", home, "identity", "shared")["rows"]
    assert (row["kind"], row["why"], row["others"]) == ("phone", "shared", 2)
    assert (
        "several share it: joins nothing" in regulars("--home", home, "identity", "shared").stdout
    )


def test_join_and_split_say_what_came_of_them_and_take_each_other_back(home: Path) -> None:
    said = as_json("--home", home, "identity", "join", "cy", "dee")
    assert said == {"customers": [3, 3], "words": 1}
    assert "joined by the operator" in regulars("--home", home, "identity", "dee").stdout
    said = as_json("--home", home, "identity", "split", "dee", "cy")
    assert sorted(said["customers"]) == [3, 4]
    assert as_json("--home", home, "identity", "cy")["ids"][1:] == []


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["zoe"], 1, "No customer has the id 'zoe'"),
        (["13712345678"], 1, "is an id of several customers: 3, 4"),
        (["join", "ann", "2"], 1, "are one customer already"),
        (["split", "ann", "cy"], 1, "are not two ids of one customer"),
        (["join", "ann"], 2, "join ONE OTHER"),
        ([], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_is_refused_in_words(home: Path, words, code, says) -> None:
    assert says in regulars("--home", home, "identity", *words, code=code).stderr


def test_the_people_verb_finds_the_survivor_and_says_so(home: Path) -> None:
    regulars("--home", home, "understand")
    told = regulars("--home", home, "people", "--customer", "c:2").stdout
    assert "Customer 2 is customer 1 by now" in told


def test_the_doctor_and_understand_tell_how_many_numbers_are_joined(home: Path) -> None:
    notes = as_json("--home", home, "understand")["notes"]
    assert any(note.startswith("Numbers of one person joined: 1, to 1 of") for note in notes)
    findings = as_json("--home", home, "doctor")["findings"]
    assert any(one["subject"] == "identity" for one in findings)
