"""Personal fields set aside during an import, until it is known which rows are new.

They are kept in files of the draft, encrypted under a key that exists in memory only: what a killed
import leaves on the disk can be read by nobody. Sealing a field under its customer's key is dear,
so only what comes to stay is sealed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class SetAside:
    """Tables written away and read back in order."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._paths: list[Path] = []

    def put(self, table: pa.Table) -> None:
        """Write a table away."""
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
            stream.write_table(table)
        nonce = os.urandom(_NONCE)
        path = self._folder / f"aside_{self._name}_{len(self._paths)}"
        path.write_bytes(nonce + self._cipher.encrypt(nonce, sink.getvalue().to_pybytes(), None))
        self._paths.append(path)

    def tables(self) -> Iterator[pa.Table]:
        """What was put, in order; each is gone when the next one is asked for."""
        for path in self._paths:
            data = path.read_bytes()
            path.unlink()
            plain = self._cipher.decrypt(data[:_NONCE], data[_NONCE:], None)
            yield pa.ipc.open_stream(plain).read_all()
        self._paths.clear()
