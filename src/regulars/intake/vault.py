"""The vault: personal fields are sealed under a key per subject and looked up by keyed hash.

A subject is a customer ("c:17"), an import ("i:3", for rows that never became a customer's), or a
file of the inbox ("b:NAME"). Erasing a
customer shreds the key, and landing, quarantine, warehouse and backups forget at once. Look-up
hashes are HMAC-SHA256 under a key that never leaves `keys/`, cut to 128 bits.

>>> import tempfile, pathlib
>>> with Vault.open(pathlib.Path(tempfile.mkdtemp()) / "keys", make=True) as vault:
...     sealed = vault.seal([("c:1", {"phone": "13812345678"})])[0]
...     opened = vault.unseal([("c:1", sealed)])[0]
...     shredded = vault.shred(["c:1"])
...     opened, vault.unseal([("c:1", sealed)])[0]
({'phone': '13812345678'}, None)
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from regulars.engines.keyring import Keyring
from regulars.errors import VaultError, Where
from regulars.kernel.closing import Closing

_LOOKUP_FILE = "lookup.key"
_KEYRING_FILE = "subjects.sqlite"
_NONCE = 12
_PRINT = 4
_HASH_HEX = 32


class Vault(Closing):
    """Seals, opens and looks up personal fields."""

    def __init__(self, lookup_key: bytes, keyring: Keyring) -> None:
        # HMAC by hand, since its two halves need be keyed only once (RFC 2104).
        padded = lookup_key.ljust(64, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in padded))
        self._keyring = keyring

    @classmethod
    def open(cls, folder: Path, *, make: bool = False) -> Vault:
        """The vault in the folder `keys/` (readable by its owner only).

        Args:
            folder: where the keys are.
            make: whether to make new keys where there are none; only for a home that is being made,
                since new keys would not know the customers of old ones.

        Raises:
            VaultError: keys are missing or damaged.
        """
        path = folder / _LOOKUP_FILE
        if make and not path.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_key(path)
        if not path.exists():
            raise VaultError(
                "the look-up key is missing",
                where=Where(file=str(path)),
                todo="restore keys/ from its backup; a new key would not know the old customers",
            )
        key = path.read_bytes()
        if len(key) != 32:
            raise VaultError(
                "the look-up key is damaged",
                where=Where(file=str(path)),
                todo="restore keys/ from its backup; a new key would not know the old customers",
            )
        return cls(key, Keyring(folder / _KEYRING_FILE))

    def close(self) -> None:
        """Let go of the keys."""
        self._keyring.close()

    def lookup(self, namespace: str, value: str) -> str:
        """The keyed hash of a personal value: equal values meet, nobody can read them back."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(f"{namespace}\x1f{value}".encode())
        outer.update(inner.digest())
        return outer.hexdigest()[:_HASH_HEX]

    def seal(self, items: Sequence[tuple[str, dict[str, str]]]) -> list[bytes]:
        """Each subject's fields encrypted (AES-256-GCM, bound to the subject), in order."""
        keys = self._keyring.find_or_make(subject for subject, _ in items)
        ciphers = {one: (_fingerprint(key), AESGCM(key)) for one, key in keys.items()}
        nonces = os.urandom(_NONCE * len(items))
        sealed = []
        for place, (subject, fields) in enumerate(items):
            print_, cipher = ciphers[subject]
            nonce = nonces[place * _NONCE : (place + 1) * _NONCE]
            text = msgspec.json.encode(fields)
            sealed.append(print_ + nonce + cipher.encrypt(nonce, text, subject.encode()))
        return sealed

    def unseal(self, items: Sequence[tuple[str, bytes]]) -> list[dict[str, str] | None]:
        """The fields of each item in order; None where the subject's key has been shredded.

        Raises:
            VaultError: a sealed value was altered or belongs to another subject.
        """
        keys = self._keyring.find(subject for subject, _ in items)
        opened: list[dict[str, str] | None] = []
        for subject, sealed in items:
            key = keys.get(subject)
            # A customer who was forgotten and came back has a new key; the old fields stay closed.
            if key is None or not sealed.startswith(_fingerprint(key)):
                opened.append(None)
                continue
            try:
                nonce, ciphered = sealed[_PRINT : _PRINT + _NONCE], sealed[_PRINT + _NONCE :]
                text = AESGCM(key).decrypt(nonce, ciphered, subject.encode())
            except InvalidTag as error:
                raise VaultError(
                    f"a sealed field of {subject} does not open",
                    todo="restore landing/ and keys/ from backups of the same time",
                ) from error
            opened.append(msgspec.json.decode(text, type=dict[str, str]))
        return opened

    def cipher(self, subject: str) -> AESGCM:
        """The cipher of a subject, for what is sealed as a whole; its key is made if need be."""
        return AESGCM(self._keyring.find_or_make([subject])[subject])

    def shred(self, subjects: Sequence[str]) -> int:
        """Forget the subjects: their keys are overwritten. How many had one comes back."""
        return self._keyring.shred(subjects)


def _fingerprint(key: bytes) -> bytes:
    """Tells which key sealed a field, and nothing about the key."""
    return sha256(b"fingerprint" + key).digest()[:_PRINT]


def _write_key(path: Path) -> None:
    # Written aside and renamed, so that two first imports at once cannot each keep another key.
    aside = path.with_suffix(f".new-{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(32))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
