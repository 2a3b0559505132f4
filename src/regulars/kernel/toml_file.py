'''TOML into typed objects, with the line of every mistake.

`tomllib` tells no positions, so `positions` finds the line of each key, and `read_toml` turns what
`msgspec` says about a path ("$.play[2].lever") into file, line, value and what is allowed.

>>> positions("""a = 1
...
... [[play]]
... id = "x"
... """)
{('a',): 1, ('play', 0): 3, ('play', 0, 'id'): 4}
'''

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import msgspec.inspect

from regulars.errors import SettingsError, Where

T = TypeVar("T")
Key = tuple[str | int, ...]

_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=(.*)$"""
)
_PATH_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]|\[(?:\.\.\.|'([^']*)')\]")


def positions(text: str) -> dict[Key, int]:
    """The line, counted from 1, of every table header and key of a TOML document."""
    lines: dict[Key, int] = {}
    table: Key = ()
    counts: dict[Key, int] = {}
    closing = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            if closing in line:
                closing = ""
            continue
        if header := _TABLE.match(line):
            table = _header_key(header[1] == "[[", _split(header[2]), counts)
            lines[table] = number
        elif pair := _KEY.match(line):
            lines[table + _split(pair[1])] = number
            for quotes in ('"""', "'''"):
                if pair[2].count(quotes) % 2:
                    closing = quotes
    return lines


def _split(dotted: str) -> Key:
    return tuple(part.strip().strip("\"'") for part in re.split(r"\s*\.\s*", dotted.strip()))


def _header_key(is_array: bool, path: Key, counts: dict[Key, int]) -> Key:
    key: Key = ()
    for depth, part in enumerate(path):
        key += (part,)
        if depth == len(path) - 1 and is_array:
            counts[key] = counts.get(key, -1) + 1
        if key in counts:
            key += (counts[key],)
    return key


def read_toml(path: Path, kind: type[T]) -> T:
    """The file as an object of a msgspec type.

    Raises:
        SettingsError: with file, line and value, when the file is missing, is no TOML, or does not
            fit the type.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"cannot be read ({error})", where=Where(file=str(path)), todo="check the file"
        ) from error
    return decode_toml(text, kind, str(path))


def decode_toml(text: str, kind: type[T], file: str) -> T:
    """The text of a TOML document as an object of a msgspec type; errors as in `read_toml`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise SettingsError(
            f"is no valid TOML: {re.sub(r' *[(]at .*[)]$', '', str(error))}",
            where=Where(file=file, line=int(found[1]) if found else None),
            todo="mend this line; TOML is described at toml.io",
        ) from error
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise _explain(error, data, positions(text), kind, file) from error


def _explain(
    error: msgspec.ValidationError,
    data: dict[str, Any],
    lines: dict[Key, int],
    kind: type[Any],
    file: str,
) -> SettingsError:
    message, _, path_text = str(error).partition(" - at `$")
    path: Key = tuple(
        int(step[2]) if step[2] else step[1] or step[3] or ""
        for step in _PATH_STEP.finditer(path_text.rstrip("`"))
    )
    todo = _allowed(kind, path)
    if unknown := re.search(r"unknown field `([^`]+)`", message):
        path += (unknown[1],)
        message = f"there is no setting {unknown[1]!r} here"
    elif missing := re.search(r"missing required field `([^`]+)`", message):
        message = f"the setting {missing[1]!r} is missing"
    line = next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)
    value: Any = data
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
            break
    shown = None if value is None or isinstance(value, dict | list) else str(value)
    column = ".".join(str(step) for step in path if isinstance(step, str)) or None
    return SettingsError(
        message[:1].lower() + message[1:],
        where=Where(file=file, line=line, column=column, value=shown),
        todo=todo,
    )


def _allowed(kind: type[Any], path: Key) -> str:
    """What may stand at the path, in words, from the types themselves."""
    node = msgspec.inspect.type_info(kind)
    for step in path:
        node = _step_into(node, step)
    node = _unwrap(node)
    if isinstance(node, msgspec.inspect.StructType):
        return "allowed here: " + ", ".join(field.encode_name for field in node.fields)
    if isinstance(node, msgspec.inspect.LiteralType):
        return "allowed: " + ", ".join(str(value) for value in node.values)
    if isinstance(node, msgspec.inspect.EnumType):
        return "allowed: " + ", ".join(str(member.value) for member in node.cls)
    bounds = [
        f"{word} {limit}"
        for word, limit in (
            ("at least", getattr(node, "ge", None)),
            ("more than", getattr(node, "gt", None)),
            ("at most", getattr(node, "le", None)),
            ("less than", getattr(node, "lt", None)),
        )
        if limit is not None
    ]
    word = type(node).__name__.removesuffix("Type").lower()
    noun = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}
    return f"write {noun.get(word, 'a ' + word)}" + (
        " of " + " and ".join(bounds) if bounds else ""
    )


def _unwrap(node: Any) -> Any:
    if isinstance(node, msgspec.inspect.Metadata):
        return _unwrap(node.type)
    if isinstance(node, msgspec.inspect.UnionType):
        kinds = [kind for kind in node.types if not isinstance(kind, msgspec.inspect.NoneType)]
        return _unwrap(kinds[0])
    return node


def _step_into(node: Any, step: str | int) -> Any:
    node = _unwrap(node)
    if isinstance(node, msgspec.inspect.StructType):
        return next((field.type for field in node.fields if field.encode_name == step), node)
    if isinstance(node, msgspec.inspect.DictType):
        return node.value_type
    return getattr(node, "item_type", node)
