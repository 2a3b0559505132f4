"""Frames of the inbox: what was received together, encrypted, with a sum to tell a torn end.

    file    = MAGIC frame*
    frame   = MARK length (u32, of what follows) crc32 (u32, of it) nonce (12) ciphertext
    text    = msgpack of a list of `Received`

The mark lets a frame be found behind bytes that are none: after a crash the end of a file may be
anything, zeros too, but never has a whole frame behind it; where there is one, the file is damaged.

A frame is bound to its file and its place in it, so that none can be moved or told twice. A file is
encrypted under a key of its own, which is shredded with the file: fields of persons are only sealed
one by one when what came in is settled into landing.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Sequence

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"RGINBOX1"
MARK = b"RGF1"
HEAD = struct.Struct("<4sII")
_NONCE = 12

LONGEST = 1 << 28
"""No frame is longer: a length above it is no length."""


PUBLIC: dict[str, str] = {"key": "public"}
"""Headers of a request by a public key: anybody may have written it."""


class Received(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One request that a server has accepted, as it came."""

    connection: str
    """The name of the connection whose key it carried."""
    route: str
    """What it is: `batch`, `track`…, `products`…, or `shopify:orders/create`."""
    at: int
    """When it was received (UTC microseconds)."""
    body: bytes
    """As it came, decompressed; JSON in UTF-8, checked before it is accepted."""
    headers: dict[str, str] = {}
    """Of webhooks: what tells one delivery from another, in lower case; `PUBLIC` of events."""

    @property
    def is_public(self) -> bool:
        """Whether its key was one that all may see, when it came."""
        return self.headers == PUBLIC


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(list[Received]).decode


def pack(received: Sequence[Received], cipher: AESGCM, file: str, offset: int) -> bytes:
    """The frame of what was received together, for this place of this file."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + cipher.encrypt(nonce, _ENCODE(received), _place(file, offset))
    return HEAD.pack(MARK, len(sealed), zlib.crc32(sealed)) + sealed


def unpack(sealed: bytes, cipher: AESGCM, file: str, offset: int) -> list[Received]:
    """What was received together; raises `InvalidTag` if it is not what was written there."""
    return _DECODE(cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(file, offset)))


def _place(file: str, offset: int) -> bytes:
    return f"{file}:{offset}".encode()
