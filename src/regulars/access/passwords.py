"""Passwords: Argon2id, by what OWASP asks for at the least (19 MiB, two passes, one lane).

>>> kept = hash_password("correct horse battery")
>>> is_right(kept, "correct horse battery"), is_right(kept, "Correct horse battery")
(True, False)
>>> check_password("zhangwei-zhangwei", name="zhangwei")
Traceback (most recent call last):
    ...
regulars.errors.AccessInvalid: password: it is the name over again. Take four words that have \
nothing to do with each other, or let a password manager make one.
"""

from __future__ import annotations

import re
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from regulars.errors import AccessInvalid, Where

SHORTEST, LONGEST = 12, 256

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 << 10, parallelism=1, type=Type.ID)
_COMMON = frozenset({
    "password", "passw0rd", "qwerty", "letmein", "welcome", "admin", "iloveyou", "dragon",
    "monkey", "abc", "regulars", "changeme", "secret", "login", "master", "woaini", "mima",
})  # fmt: skip
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "1234567890qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm1234567890",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "q1w2e3r4t5y6u7i8o9p0",
)
_LETTER_LIKE = str.maketrans("013457", "oleast")
_LEAST_DIFFERENT = 5


def hash_password(password: str) -> str:
    """The password as it is kept: salted, with its parameters."""
    return _HASHER.hash(_normal(password))


def is_right(kept: str, password: str) -> bool:
    """Whether this is the password that was kept."""
    try:
        return _HASHER.verify(kept, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether it was kept by weaker parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


_NOBODYS = ""


def nobodys() -> str:
    """A kept password that nobody knows, so that an unknown name costs what a known one does."""
    global _NOBODYS
    if not _NOBODYS:
        import secrets

        _NOBODYS = hash_password(secrets.token_hex(16))
    return _NOBODYS


def check_password(password: str, name: str, shop: str = "") -> None:
    """Whether it may be taken as a password.

    Args:
        password: as it was typed.
        name: the operator's, which it must not repeat.
        shop: the shop's, likewise.

    Raises:
        AccessInvalid: why not.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise _weak(f"it has {len(password)} characters, not {SHORTEST} to {LONGEST}")
    bare = re.sub(r"[\W_]+", "", _normal(password).casefold())
    if len(set(bare)) < _LEAST_DIFFERENT:
        raise _weak("it repeats a few characters")
    for word, what in ((name, "the name"), (shop, "the shop's name")):
        known = re.sub(r"[\W_]+", "", word.casefold())
        if known and not re.sub(r"\d+", "", bare.replace(known, "")):
            raise _weak(f"it is {what} over again")
    if _is_tried_first(bare):
        raise _weak("it is one that is tried first")


def _is_tried_first(bare: str) -> bool:
    """Whether it is digits, a row of keys, or a common word with digits in it or around it."""
    if bare.isdigit() or any(bare in row or bare[::-1] in row for row in _ROWS):
        return True
    without = re.sub(r"\d+", "", bare)
    spelled = bare.strip("0123456789").translate(_LETTER_LIKE)
    return any(
        re.fullmatch(rf"(?:{word})+", form) for word in _COMMON for form in (without, spelled)
    )


def _normal(password: str) -> str:
    """The same whichever way a keyboard composed it (RFC 8265: NFC)."""
    return unicodedata.normalize("NFC", password)


def _weak(message: str) -> AccessInvalid:
    return AccessInvalid(
        message,
        where=Where(column="password"),
        todo="take four words that have nothing to do with each other, or let a password manager"
        " make one",
    )
