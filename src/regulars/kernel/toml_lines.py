r"""The line of every table and key of a TOML document.

The scanner is only ever given text that `tomllib` has accepted, so it need not judge, only walk:
over comments, the four kinds of strings, arrays and inline tables over any number of lines, dotted
and quoted keys.

>>> positions("[shop]\nname = 'x'")
{('shop',): 1, ('shop', 'name'): 2}
"""

from __future__ import annotations

import re
import tomllib

Key = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)


def positions(text: str) -> dict[Key, int]:
    """The line, counted from 1, of every table, key and array element of a valid document."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Key, int] = {}
        self.arrays: dict[Key, int] = {}
        self._counted_to = 0
        self._line = 1

    def scan(self) -> dict[Key, int]:
        table: Key = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.lines

    def _header(self) -> Key:
        is_array = self.text.startswith("[[", self.at)
        self.at += 2 if is_array else 1
        line, names = self._line_now(), self._names()
        self.at += 2 if is_array else 1
        key: Key = ()
        for depth, name in enumerate(names):
            key += (name,)
            self.lines.setdefault(key, line)
            if is_array and depth == len(names) - 1:
                self.arrays[key] = self.arrays.get(key, -1) + 1
            if key in self.arrays:
                key += (self.arrays[key],)
                self.lines.setdefault(key, line)
        self.lines[key] = line
        return key

    def _pair(self, table: Key) -> None:
        line, key = self._line_now(), table
        for name in self._names():
            key += (name,)
            self.lines.setdefault(key, line)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(key)

    def _names(self) -> list[str]:
        """A dotted key, up to the sign that ends it."""
        names = []
        while True:
            self._skip(_SPACE)
            if self.text[self.at] in "\"'":
                quoted = self._skip(_STRING)
                names.append(next(iter(tomllib.loads(f"{quoted} = 0"))))  # it knows all escapes
            else:
                names.append(self._skip(_BARE_KEY))
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return names
            self.at += 1

    def _value(self, key: Key) -> None:
        first = self.text[self.at]
        if first in "\"'":
            self._skip(_STRING)
        elif first == "[":
            self._array(key)
        elif first == "{":
            self._inline_table(key)
        else:
            self._skip(_BARE_VALUE)

    def _array(self, key: Key) -> None:
        self.at += 1
        index = 0
        self._skip(_BLANK)
        while not self.text.startswith("]", self.at):
            self.lines[(*key, index)] = self._line_now()
            self._value((*key, index))
            index += 1
            self._comma()
        self.at += 1

    def _inline_table(self, key: Key) -> None:
        self.at += 1
        self._skip(_BLANK)
        while not self.text.startswith("}", self.at):
            self._pair(key)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1
            self._skip(_BLANK)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:  # never on text that tomllib accepts; better loud than for ever
            raise ValueError(f"no TOML at character {self.at}")
        self.at = found.end()
        return found[0]

    def _line_now(self) -> int:
        self._line += self.text.count("\n", self._counted_to, self.at)
        self._counted_to = self.at
        return self._line
