"""Reading JSON of any numbers: one that no machine number can hold is kept as its text.

A message may not cost the others behind it, whatever numbers it tells.

>>> read(b'{"a": 1e400, "b": 2.5, "c": 3}')
{'a': '1e400', 'b': 2.5, 'c': 3}
"""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

_DECODE = msgspec.json.Decoder().decode
_DIGITS = 18
"""An integer of so many digits certainly fits 64 bits."""


def read(raw: bytes | msgspec.Raw) -> Any:
    """The value in the bytes.

    Raises:
        msgspec.DecodeError: they are no JSON.
    """
    try:
        return _DECODE(raw)
    except msgspec.ValidationError:  # it is JSON, but a number is out of range
        return json.loads(bytes(raw), parse_int=_whole, parse_float=_broken)


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= _DIGITS else text


def _broken(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text
