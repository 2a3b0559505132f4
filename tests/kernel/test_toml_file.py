"""Every mistake in a TOML file is told with file, line, value and what is allowed there."""

from __future__ import annotations

import enum
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.errors import SettingsError
from regulars.kernel.toml_file import decode_toml, open_toml, positions, read_toml


class Colour(enum.StrEnum):
    RED = "red"
    GREEN = "green"


class Table(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class Offer(Table):
    kind: Literal["gift", "coupon"]
    value: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.0


class Play(Table):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=5)]
    offer: Offer | None = None
    hour: Annotated[int, msgspec.Meta(ge=8, le=21)] | Literal["usual"] = 10
    traits: dict[str, str] = {}
    colours: tuple[Colour, ...] = ()


class Book(Table):
    title: str = ""
    span: tuple[int, int] = (1, 2)
    play: list[Play] = []


DOCUMENT = '''\
title = """a text
with id = "not a key"
[[not_a_table]] \\""" still text
""" # a comment = with an equals sign

span = [ # over
  1,     # several
  2,
]

[[play]]
id = "one"
offer = { kind = "gift", value = 3 }
"traits".'a.b # = "' = 'x # y'
colours = ["red",
           "green"]

[[play]]
id = 'two'
offer.kind = "coupon"

[play.traits] # of the second play
vip = """yes"""
'''


def test_the_line_of_every_key_of_a_document_with_all_that_toml_can_do():
    lines = positions(DOCUMENT)
    assert lines[("title",)] == 1
    assert lines[("span",)] == 6
    assert lines[("span", 1)] == 8
    assert lines[("play", 0)] == 11
    assert lines[("play", 0, "id")] == 12
    assert lines[("play", 0, "offer", "value")] == 13
    assert lines[("play", 0, "traits", 'a.b # = "')] == 14
    assert lines[("play", 0, "colours", 1)] == 16
    assert lines[("play", 1)] == 18
    assert lines[("play", 1, "offer")] == lines[("play", 1, "offer", "kind")] == 20
    assert lines[("play", 1, "traits")] == 22
    assert lines[("play", 1, "traits", "vip")] == 23
    assert not any("not_a_table" in key for key in lines)


def paths(node: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {path} if path else set()
    if isinstance(node, dict | list):
        children = node.items() if isinstance(node, dict) else enumerate(node)
        for step, child in children:
            found |= paths(child, (*path, step))
    return found


def test_the_scanner_finds_exactly_the_paths_that_the_parser_finds():
    assert set(positions(DOCUMENT)) == paths(tomllib.loads(DOCUMENT))


texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=12
)
scalars = st.one_of(st.integers(-9, 9), st.booleans(), texts)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def written(value: Any) -> str:
    """TOML of a value, by the shortest rules: JSON strings are TOML strings."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return msgspec.json.encode(value).decode()
    if isinstance(value, list):
        return "[\n" + "".join(f"  {written(item)}, # ]\n" for item in value) + "]"
    return "{" + ", ".join(f"{written(k)} = {written(v)}" for k, v in value.items()) + "}"


@given(st.dictionaries(st.from_regex(r"\A[a-z]{1,4}\Z"), values, max_size=5))
def test_whatever_the_document_scanner_and_parser_see_the_same_keys(data):
    text = "".join(f"{key} = {written(value)}\n" for key, value in data.items())
    assert set(positions(text)) == paths(tomllib.loads(text))


MISTAKES = [
    # the file, the line, the column, words of the message, words of what to do
    ("tilte = 'x'", 1, "tilte", "no setting 'tilte'", "did you mean 'title'?"),
    ("title = 3", 1, "title", "expected text, got a whole number", "write text"),
    ("title = 'x'\nspan = [1, 'y']", 2, "span", "got text", "whole number"),
    ("span = [1]", 1, "span", "length 2", "a list of 2 values"),
    ("\n[[play]]\nhour = 9", 2, "play.id", "'id' is missing", "write text"),
    ("[[play]]\nid = ''", 2, "play.id", "length >= 1", "at least 1 and at most 5 characters"),
    ("[[play]]\nid = 'a'\nhour = 30", 3, "play.hour", "<= 21", "at least 8 and at most 21"),
    ("[[play]]\nid = 'a'\nhour = 'never'", 3, "play.hour", "'never'", "usual, or a whole number"),
    ("[[play]]\nid='a'\ncolours = ['red',\n'gren']", 4, "play.colours", "gren", "mean 'green'?"),
    ("[[play]]\nid='a'\n[play.offer]\nkind='gft'", 4, "play.offer.kind", "gft", "mean 'gift'?"),
    ("[[play]]\nid='a'\noffer={kind='gift',value=99}", 3, "play.offer.value", "<= 10", "most 10"),
    ("[[play]]\nid='a'\noffer.value = 1", 3, "play.offer.kind", "missing", "coupon, gift"),
    ("[[play]]\nid='a'\n[play.traits]\na='x'\nb=1", 5, "play.traits.b", "got a whole", "text"),
    ("[[play]]\nid='a'\noffer.value = nan", 3, "play.offer.value", "no amount", "finite"),
    ("[[play]]\nid='a'\noffer.value = inf", 3, "play.offer.value", "no amount", "finite"),
    ("title = 'x'\ntitle =", 2, None, "no valid TOML", "mend this line"),
    ("title = 'x'\n\n[[play]\n", 3, None, "no valid TOML", "mend this line"),
]


@pytest.mark.parametrize(("text", "line", "column", "message", "todo"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(text, line, column, message, todo):
    with pytest.raises(SettingsError) as caught:
        decode_toml(text, Book, "book.toml")
    error = caught.value
    assert (error.where.file, error.where.line, error.where.column) == ("book.toml", line, column)
    assert message in error.message
    assert todo in error.todo


def test_a_file_that_is_absent_or_not_utf8_is_told_by_name(tmp_path: Path):
    latin = tmp_path / "latin.toml"
    latin.write_bytes("title = 'é'".encode("latin-1"))
    for path in (tmp_path / "absent.toml", latin):
        with pytest.raises(SettingsError) as caught:
            read_toml(path, Book)
        assert caught.value.where.file == str(path)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path):
    path = tmp_path / "book.toml"
    path.write_bytes(b"\xef\xbb\xbf" + b'title = "x"\r\n\r\n[[play]]\r\nid = "a"\r\n')
    file = open_toml(path, Book)
    assert file.value.play[0].id == "a"
    assert file.lines[("play", 0, "id")] == 4


def test_a_check_of_our_own_speaks_like_a_check_of_the_types(tmp_path: Path):
    path = tmp_path / "book.toml"
    path.write_text("\n[[play]]\nid = 'a'\n")
    mistake = open_toml(path, Book).mistake(("play", 0, "hour"), "too early", "write 9", 8)
    assert str(mistake) == f"{path}, line 2, play.hour = '8': too early. Write 9."
