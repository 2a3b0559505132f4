"""Codes: made so that nobody guesses one, read however people write it, kept only as a hash.

A code has 18 letters of Crockford's alphabet, 90 random bits: with 10⁹ codes made, the chance that
10⁹ guesses hit one is below 10⁻⁹. The alphabet has no I, L, O and U: who writes I or L means 1, who
writes O means 0, in capitals or not, with or without spaces and hyphens, in full-width letters too.

What the store keeps is the code's keyed hash (`intake.vault.Vault.lookup`): who reads the store
cannot make a code of it. A code that does not exist, one that is used up, one that is not valid now
and one that this customer may not use (again) have the same answer, word for word.

>>> normalise("o1l2-3456 78abcdefghjk"), normalise("Ｋ7")
('0112345678ABCDEFGHJK', 'K7')
>>> code = new_code()
>>> len(code), normalise(code.lower()) == code.replace("-", "")
(20, True)
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable

from regulars.errors import WrongCode

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32."""
LETTERS = 18
BITS = 5 * LETTERS
_GROUP = 6
_LONGEST = 64
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})

Lookup = Callable[[str, str], str]
"""A keyed hash in hexadecimal, of a namespace and a text: `Vault.lookup`."""


def new_code() -> str:
    """A code as it is given to people, in groups: `XXXXXX-XXXXXX-XXXXXX`."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    return "-".join(letters[at : at + _GROUP] for at in range(0, LETTERS, _GROUP))


def new_codes(count: int) -> tuple[str, ...]:
    """So many codes, all different."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes[new_code()] = None
    return tuple(codes)


def normalise(text: str) -> str:
    """The code that is meant, without its groups; what is no code stays none."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST]).upper()
    return "".join(one for one in plain if one.isalnum()).translate(_MEANT)


def digest_of_code(text: str, lookup: Lookup) -> str:
    """What the store keeps of a code, however it is written: 32 hexadecimal digits."""
    return lookup("code", normalise(text))


def wrong_code() -> WrongCode:
    """The one answer to all who have no good code."""
    return WrongCode(
        "there is no such code, or it is used up, or it is not for this customer now",
        todo="look whether it is written as it was given",
    )
