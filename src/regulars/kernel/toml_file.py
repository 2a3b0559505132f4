'''TOML into typed objects, with the line of every mistake.

`tomllib` tells no positions, so `positions` scans the text once more for the line of each key, and
`read_toml` turns what `msgspec` says about a path ("$.play[2].lever") into file, line, value and
what is allowed there, with the nearest name.

>>> positions("""a = 1
...
... [[play]]
... id = "x"
... offer = {kind = "gift"}
... """)
{('a',): 1, ('play',): 3, ('play', 0): 3, ('play', 0, 'id'): 4, ('play', 0, 'offer'): 5, \
('play', 0, 'offer', 'kind'): 5}
'''

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import msgspec.inspect

from regulars.errors import SettingsError, Where
from regulars.kernel.toml_lines import Key, positions

__all__ = [
    "Key",
    "TomlFile",
    "allowed_in_words",
    "decode_toml",
    "open_toml",
    "parse_toml",
    "positions",
    "read_text",
    "read_toml",
]

T = TypeVar("T")

_PATH_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|(\[\.\.\.\])")
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "datetime": "a time",
    "date": "a date",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True)
class TomlFile(Generic[T]):
    """A file read into its type, that still knows the line of everything in it."""

    name: str
    value: T
    lines: dict[Key, int]

    def where(self, path: Key, value: object = None) -> Where:
        """The place of a path in the file; of the nearest table above it that stands there."""
        return Where(
            file=self.name,
            line=_line(self.lines, path),
            column=_column(path),
            value=None if value is None else str(value),
        )

    def mistake(
        self, path: Key, message: str, todo: str = "", value: object = None
    ) -> SettingsError:
        """An error about what stands at the path, for checks that a type cannot express."""
        return SettingsError(message, where=self.where(path, value), todo=todo)


def read_toml(path: Path, kind: type[T]) -> T:
    """The file as an object of a msgspec type.

    Raises:
        SettingsError: with file, line and value, when the file is missing, is no TOML, or does not
            fit the type.
    """
    return open_toml(path, kind).value


def open_toml(path: Path, kind: type[T]) -> TomlFile[T]:
    """The file as an object of a msgspec type, with its lines; errors as in `read_toml`."""
    return parse_toml(read_text(path), kind, str(path))


def read_text(path: Path) -> str:
    """The text of a file, without a byte order mark; a `SettingsError` where there is none."""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise SettingsError(
            f"cannot be read ({why})", where=Where(file=str(path)), todo="check the file"
        ) from error


def decode_toml(text: str, kind: type[T], file: str) -> T:
    """The text of a TOML document as an object of a msgspec type; errors as in `read_toml`."""
    return parse_toml(text, kind, file).value


def parse_toml(text: str, kind: type[T], file: str) -> TomlFile[T]:
    """The text of a TOML document as an object of a msgspec type, with its lines."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise SettingsError(
            f"is no valid TOML: {re.sub(r' *[(]at .*[)]$', '', str(error))}",
            where=Where(file=file, line=int(found[1]) if found else max(1, len(text.splitlines()))),
            todo="mend this line; TOML is described at toml.io",
        ) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(
            "cannot be read as TOML",
            where=Where(file=file),
            todo="shorten what is very long or nested very deep",
        ) from error
    lines = positions(text)
    for path, number in _not_finite(data):
        raise SettingsError(
            "is no amount that can be reckoned with",
            where=Where(
                file=file, line=_line(lines, path), column=_column(path), value=str(number)
            ),
            todo="write a finite number",
        )
    try:
        return TomlFile(file, msgspec.convert(data, kind), lines)
    except msgspec.ValidationError as error:
        raise _explain(error, data, lines, kind, file) from error


def _not_finite(node: Any, path: Key = ()) -> Iterator[tuple[Key, float]]:
    """TOML writes nan and inf, and nan passes every bound."""
    if isinstance(node, float) and not math.isfinite(node):
        yield path, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _not_finite(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _not_finite(value, (*path, index))


def _line(lines: dict[Key, int], path: Key) -> int | None:
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)


def _column(path: Key) -> str | None:
    return ".".join(str(step) for step in path if isinstance(step, str)) or None


def _explain(
    error: msgspec.ValidationError,
    data: dict[str, Any],
    lines: dict[Key, int],
    kind: type[Any],
    file: str,
) -> SettingsError:
    message, _, path_text = str(error).partition(" - at `$")
    path = _path(path_text.rstrip("`"), data, str(error), kind)
    near = ""
    if unknown := re.search(r"unknown field `([^`]+)`", message):
        todo = _allowed(kind, path, unknown[1])
        path += (unknown[1],)
        message = f"there is no setting {unknown[1]!r} here"
    elif missing := re.search(r"missing required field `([^`]+)`", message):
        todo = f"write it; {_allowed(kind, (*path, missing[1]))}"
        path += (missing[1],)
        message = f"the setting {missing[1]!r} is missing"
    else:
        if message.startswith("Invalid enum value"):
            near = str(_value(data, path))
            message = f"{near!r} is not known here"
        todo = _allowed(kind, path, near)
    value = _value(data, path)
    shown = None if value is None or isinstance(value, dict | list) else str(value)
    message = re.sub(r"`(\w+)`", lambda word: _WORDS.get(word[1], word[0]), message)
    return SettingsError(
        message[:1].lower() + message[1:],
        where=Where(file=file, line=_line(lines, path), column=_column(path), value=shown),
        todo=todo,
    )


def _path(text: str, data: dict[str, Any], error: str, kind: type[Any]) -> Key:
    path: Key = ()
    for step in _PATH_STEP.finditer(text):
        if step[3]:  # msgspec does not say which key of a free table is wrong: try each alone
            path += (_key_at_fault(path, data, error, kind),)
        else:
            path += (int(step[2]) if step[2] else step[1],)
    return path


def _key_at_fault(path: Key, data: dict[str, Any], error: str, kind: type[Any]) -> str:
    table: dict[str, Any] = _value(data, path)
    whole = dict(table)
    try:
        for key, value in whole.items():
            table.clear()
            table[key] = value
            try:
                msgspec.convert(data, kind)
            except msgspec.ValidationError as again:
                if str(again) == error:
                    return key
        return next(iter(whole), "")
    finally:
        table.clear()
        table.update(whole)


def _value(data: dict[str, Any], path: Key) -> Any:
    value: Any = data
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _allowed(kind: type[Any], path: Key, wrong: str = "") -> str:
    """What may stand at the path, in words, from the types themselves."""
    node: Any = msgspec.inspect.type_info(kind)
    for step in path:
        node = _step_into(node, step)
    names = _names(node)
    if names:
        near = get_close_matches(wrong, names, n=1) if wrong else []
        hint = f"did you mean {near[0]!r}? Allowed: " if near else "allowed: "
        return hint + ", ".join(names) + _or_else(node)
    return f"write {_noun(node)}"


def allowed_in_words(kind: type[Any], path: Key) -> str:
    """What may stand at a path of the type, in words, for documentation.

    >>> class Size(msgspec.Struct):
    ...     width: int
    >>> allowed_in_words(Size, ("width",))
    'a whole number'
    """
    node: Any = msgspec.inspect.type_info(kind)
    for step in path:
        node = _step_into(node, step)
    parts = _parts(node)
    if len(parts) == 1 and hasattr(parts[0], "item_type"):
        return "a list of " + _each(parts[0].item_type)
    return _each(node)


def _each(node: Any) -> str:
    names = _names(node)
    if not names:
        return _noun(node)
    if any(isinstance(part, msgspec.inspect.StructType) for part in _parts(node)):
        return "a table of " + ", ".join(f"`{name}`" for name in names)
    return ", ".join(f"`{name}`" for name in names) + _or_else(node)


def _names(node: Any) -> list[str]:
    """The names that a place is limited to, or the keys of its table; empty where it is free."""
    for part in _parts(node):
        if isinstance(part, msgspec.inspect.StructType):
            return [field.encode_name for field in part.fields]
        if isinstance(part, msgspec.inspect.LiteralType):
            return [str(value) for value in part.values]
        if isinstance(part, msgspec.inspect.EnumType):
            return [str(member.value) for member in part.cls]
    return []


def _or_else(node: Any) -> str:
    """A union such as 0-23 or "usual" also takes what has no list of names."""
    listed = (
        msgspec.inspect.StructType,
        msgspec.inspect.LiteralType,
        msgspec.inspect.EnumType,
    )
    free = [_noun(part) for part in _parts(node) if not isinstance(part, listed)]
    return f", or {' or '.join(free)}" if free else ""


def _noun(node: Any) -> str:
    parts = _parts(node)
    if len(parts) > 1:
        return " or ".join(_noun(part) for part in parts)
    node = parts[0]
    word = type(node).__name__.removesuffix("Type").lower()
    nouns = {"list": "a list", "vartuple": "a list", "tuple": "a list", "dict": "a table"}
    noun = nouns.get(word) or _WORDS.get(word, f"a {word}")
    if word == "tuple":
        noun = f"a list of {len(node.item_types)} values"
    bounds = [
        f"{words} {limit:,.12g}"
        for words, limit in (
            ("at least", getattr(node, "ge", None)),
            ("more than", getattr(node, "gt", None)),
            ("at most", getattr(node, "le", None)),
            ("less than", getattr(node, "lt", None)),
        )
        if limit is not None
    ]
    noun += " of " + " and ".join(bounds) if bounds else ""
    lengths = [
        f"{words} {limit}"
        for words, limit in (
            ("at least", getattr(node, "min_length", None)),
            ("at most", getattr(node, "max_length", None)),
        )
        if limit is not None
    ]
    unit = "characters" if word == "str" else "entries"
    noun += f" of {' and '.join(lengths)} {unit}" if lengths else ""
    return noun + (f" like {node.pattern}" if getattr(node, "pattern", None) else "")


def _parts(node: Any) -> list[Any]:
    if isinstance(node, msgspec.inspect.Metadata):
        return _parts(node.type)
    if isinstance(node, msgspec.inspect.UnionType):
        nothing = msgspec.inspect.NoneType
        return [
            part for kind in node.types if not isinstance(kind, nothing) for part in _parts(kind)
        ]
    return [node]


def _step_into(node: Any, step: str | int) -> Any:
    for part in _parts(node):
        if isinstance(part, msgspec.inspect.StructType):
            for field in part.fields:
                if field.encode_name == step:
                    return field.type
        if isinstance(part, msgspec.inspect.DictType):
            return part.value_type
        if isinstance(part, msgspec.inspect.TupleType) and isinstance(step, int):
            return part.item_types[min(step, len(part.item_types) - 1)]
        if hasattr(part, "item_type"):
            return part.item_type
    return node
