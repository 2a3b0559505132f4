"""Fingerprints of rows: sums of 128 bits over the cells that a source takes.

They are the engine's hash, which is many times faster than one that would stay the same over its
versions. Each cell is hashed once, to 64 bits, and the row's cells are summed up twice: two rows
that differ in one cell are told apart by 64 bits, others by more. A cell that was filled in from
the row above (see `fill_down`) counts like one that stands there.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from regulars.engines.duckdb import Warehouse, literal
from regulars.intake import digest
from regulars.intake.cells import Locale
from regulars.intake.files.sheet import LINE
from regulars.intake.landing import Landing
from regulars.intake.recognise import Bound
from regulars.intake.records import Kind
from regulars.intake.vault import Vault

_RULES = (
    "cache", "cells", "digest", "event_logs/people", "event_logs/personal", "event_logs/rules",
    "events/personal", "fill_down", "fingerprint", "id_map", "identity/ids", "landed", "normalise",
    "personal", "record_query", "records", "seen", "staging", "vault",
)  # fmt: skip
"""The modules on which it rests what a row becomes."""


def salt_of(
    bound: Bound,
    locale: Locale,
    schema: pa.Schema,
    vault: Vault,
    work: Warehouse,
    landing: Landing,
) -> str:
    """A sum of all that decides what a row becomes; it also keeps fingerprints from being guessed.

    Args:
        bound: the source and the headers that it takes.
        locale: how cells are understood.
        schema: what the file holds in its columns (Parquet keeps types).
        vault: whose look-up key nobody else has.
        work: the engine whose hash is used.
        landing: where a platform gives a new buyer number with every order, the customers there
            tell whose it is.
    """
    rules = hashlib.sha256()
    for name in _RULES:
        rules.update((Path(__file__).parent / f"{name}.py").read_bytes())
    named = []
    if bound.source.key_of_order:
        named = [
            segment.sha256
            for entry in landing.entries()
            for segment in entry.segments
            if segment.kind == Kind.CUSTOMER
        ]
    parts = [
        repr(_plain(bound)),
        repr(locale),
        repr([(name, str(schema.field(name).type)) for name in _taken(bound)]),
        str(work.sql("SELECT version() AS v")["v"][0].as_py()),
        rules.hexdigest(),
        *named,
    ]
    return vault.lookup("fingerprint", "\x1f".join(parts))


def prints_of(work: Warehouse, raw: pa.Table, bound: Bound, salt: str) -> pa.Table:
    """The rows' lines and fingerprints, in their order: `_line`, `print`, `print2`."""
    taken = _taken(bound)
    cells = ", ".join(
        f'hash("{name.replace(chr(34), chr(34) * 2)}") AS h{place}'
        for place, name in enumerate(taken)
    )
    hashes = ", ".join(f"h{place}" for place in range(len(taken)))
    work.register("_raw", raw)
    try:
        return work.sql(
            f'SELECT "{LINE}", hash({literal(salt)}, {hashes}) AS print,'
            f" hash({literal(salt + '2')}, {hashes}) AS print2"
            f' FROM (SELECT "{LINE}", {cells} FROM _raw)'
        )
    finally:
        work.unregister("_raw")


def place_of(kind: Kind, salt: str) -> str:
    """The SQL of the sum of a record's place (`digest.PLACE`)."""
    return f"hash({literal(salt)}, {digest.PLACE[kind]})"


def _plain(bound: Bound) -> Bound:
    """The bound source without what is printed otherwise each time, or does not matter."""
    source = replace(bound.source, content=None)
    return replace(bound, source=source, ignored=())


def _taken(bound: Bound) -> list[str]:
    return ["line"] if bound.source.split else sorted(bound.taken)
