"""Baskets and addresses that verbs of benefits read from a file or from stdin."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from regulars.errors import UnreadableFile, Where

if TYPE_CHECKING:
    from regulars.benefit.quote.basket import Basket

_Line = Annotated[str, msgspec.Meta(max_length=500)]


def basket_in(file: Path) -> Basket:
    """The basket of a file; `-` is stdin.

    Raises:
        UnreadableFile: there is none, or it is no basket.
    """
    from regulars.benefit.quote.basket import Basket

    found: Basket = _read(
        file,
        Basket,
        "this is no basket",
        'write {"lines": [{"id": "1", "product": "tea", "quantity": 1, "unit_price": 2500}],'
        ' "shipping": 800}, prices in the smallest coin',
    )
    return found


def address_in(file: Path) -> dict[str, str]:
    """The address of a file; `-` is stdin.

    Raises:
        UnreadableFile: there is none, or it is no address.
    """
    found: dict[str, str] = _read(
        file,
        dict[str, _Line],
        "this is no address",
        'write {"name": "…", "phone": "…", "street": "…"}, each of 500 characters at most',
    )
    return found


def _read(file: Path, kind: Any, what: str, todo: str) -> Any:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return msgspec.json.decode(raw, type=kind)
    except OSError as error:
        raise UnreadableFile(
            f"cannot be read ({error.strerror})", where=Where(file=str(file)), todo="check the file"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = str(error).replace(" - at `$.", " at `").replace(" - at `$", " at `")
        raise UnreadableFile(f"{what} ({told})", where=Where(file=str(file)), todo=todo) from error
