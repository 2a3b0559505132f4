"""Bugs to be planted into a copy of the program, one by one, and the tests that must notice.

Each is a mistake that somebody could make. The state machine knows nothing of any of them; those
that only a crash, two transactions at once, or a second line of defence can show are left to the
tests of these.
"""

from __future__ import annotations

from dataclasses import dataclass

MACHINE = ("test_machine.py", "-k", "on_sqlite")
KILLED = ("test_killed.py",)
SECOND_LINE = ("test_second_line.py", "-k", "not postgresql")
SECOND_LINE_ON_SERVER = ("test_second_line.py", "-k", "postgresql")
CHAIN = ("test_chain.py",)
CROWD = ("test_concurrency.py", "-k", "one_file")
ISOLATION = ("test_isolation.py",)
DEED = ("test_deed.py", "-k", "not postgresql")

WRITER, BATCH = "ledger/writer.py", "ledger/batch.py"
DECIDE, STATE = "ledger/decide.py", "ledger/state.py"
ROWS, LEDGER_TABLES = "engines/store_ledger.py", "engines/migrations/v0002_ledger.py"


@dataclass(frozen=True)
class Bug:
    """A mistake.

    Attributes:
        name: what is wrong.
        edits: file, what stands there, and what is to stand there.
        noticed_by: arguments of pytest, of files in `tests/ledger`.
    """

    name: str
    edits: tuple[tuple[str, str, str], ...]
    noticed_by: tuple[str, ...] = MACHINE


BUGS = (
    Bug(
        "acknowledged before the commit",
        (
            (
                WRITER,
                """        answers = self._answers([asked for asked, _ in group])
        reach("ledger.replying")
        for (_, done), answer in zip(group, answers, strict=True):
""",
                """        with self._store.write() as connection:
            reach("ledger.begun")
            answers = run(connection, [asked for asked, _ in group], self._now())
            for (_, done), answer in zip(group, answers, strict=True):
                done(answer)
                time.sleep(0.001)
            reach("ledger.written")
        reach("ledger.committed")
        reach("ledger.replying")
        for (_, done), answer in ():
""",
            ),
        ),
        KILLED,
    ),
    Bug(
        "requests have no unique key",
        (
            (
                LEDGER_TABLES,
                'sa.Column("digest", sa.LargeBinary, primary_key=True)',
                'sa.Column("digest", sa.LargeBinary, nullable=False)',
            ),
            (
                LEDGER_TABLES,
                'name="done_or_refused"),\n    sqlite_strict=True,\n    sqlite_with_rowid=False,',
                'name="done_or_refused"),\n    sqlite_strict=True,',
            ),
        ),
        SECOND_LINE,
    ),
    Bug(
        "the key is recorded in a transaction after the effect's",
        (
            (
                BATCH,
                "        rows.add_requests(sorted(self.requests, key=lambda row: row[0]))\n",
                "        LATER.extend(sorted(self.requests, key=lambda row: row[0]))\n",
            ),
            (BATCH, "\n\nclass _Written:\n", "\n\nLATER: list = []\n\n\nclass _Written:\n"),
            (
                WRITER,
                '                reach("ledger.committed")\n',
                """                reach("ledger.committed")
                from regulars.engines.store_ledger import LedgerRows
                from regulars.ledger.batch import LATER
                with self._store.write() as connection:
                    LedgerRows(connection).add_requests(LATER)
                LATER.clear()
""",
            ),
        ),
        KILLED,
    ),
    Bug(
        "the lane is not taken, in a file",
        (("engines/sqlite.py", '"BEGIN IMMEDIATE" if write else "BEGIN"', '"BEGIN"'),),
        CROWD,
    ),
    Bug(
        "the lane is not taken, on a server",
        ((ROWS, "_HEAD.with_for_update() if self._on_server else _HEAD", "_HEAD"),),
        ISOLATION,
    ),
    Bug(
        "an update does not look whether the row is as it was read, in a file",
        (
            (
                ROWS,
                '" AND ".join(f"{name} = ?" for name in guards)',
                '" AND ".join(f"({name} = ? OR {name not in (guards[0],)})" for name in guards)',
            ),
        ),
        SECOND_LINE,
    ),
    Bug(
        "an update does not look whether the row is as it was read, on a server",
        (
            (
                ROWS,
                'f"{table.name}.{name} = was_{name}" for name in guards)',
                'f"{table.name}.{name} = was_{name}" for name in guards[:1])',
            ),
        ),
        SECOND_LINE_ON_SERVER,
    ),
    Bug(
        "nobody counts whether an update found its row",
        ((ROWS, "        if done != len(rows):\n", "        if done > len(rows):\n"),),
        SECOND_LINE,
    ),
    Bug(
        "the table lets available fall below the floor",
        (
            (
                LEDGER_TABLES,
                "floor IS NULL OR balance - held >= floor",
                "floor IS NULL OR balance >= floor OR 1 = 1",
            ),
        ),
        SECOND_LINE,
    ),
    Bug(
        "the journal can be changed",
        ((LEDGER_TABLES, 'refuse_changes("journal", "postings",', 'refuse_changes("postings",'),),
        SECOND_LINE,
    ),
    Bug(
        "the store is synced only now and then",
        (("engines/sqlite.py", "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),),
        SECOND_LINE,
    ),
    Bug(
        "a command does not see what those before it in the batch have taken",
        (
            (
                STATE,
                "lot.balance + self._balances.get(lot, 0)\n        return balance -",
                "(lot.loaded or [lot.balance])[0] + self._balances.get(lot, 0)\n"
                "        return balance -",
            ),
        ),
    ),
    Bug(
        "a hold can be released twice",
        ((DECIDE, '    if hold.state != "open":\n', '    if hold.state == "captured":\n'),),
    ),
    Bug(
        "an expired hold can be captured",
        ((DECIDE, "    if hold.expires_at <= state.at:\n", "    if hold.expires_at < 0:\n"),),
    ),
    Bug(
        "a partial capture moves all",
        (
            (
                DECIDE,
                "        amount = min(line.amount, wanted[line.lot.asset])\n",
                "        amount = line.amount\n",
            ),
        ),
    ),
    Bug(
        "reversals together may exceed the entry",
        (
            (
                STATE,
                "        return abs(self.amount) - self.reversed\n",
                "        return abs(self.amount)\n",
            ),
        ),
    ),
    Bug(
        "a part that is taken back gives the limit back",
        ((DECIDE, "limits_too=whole)", "limits_too=True)"),),
    ),
    Bug(
        "a void does not give the limit back",
        (
            (
                DECIDE,
                "    for line in hold.lines:\n        draft.hold(line.lot, -line.amount)\n",
                "    for line in hold.lines:\n        if not is_limit(line.lot.asset):\n"
                "            draft.hold(line.lot, -line.amount)\n",
            ),
        ),
    ),
    Bug(
        "a limit does not count what is held",
        (
            (
                DECIDE,
                "    used = draft.held_of(lot) - draft.balance(lot)\n",
                "    used = -draft.balance(lot)\n",
            ),
        ),
    ),
    Bug(
        "what has expired can be spent",
        ((DECIDE, "        if lot.expires_at <= state.at:\n            continue\n", ""),),
    ),
    Bug(
        "what expires last is spent first",
        (
            (
                STATE,
                "def _expiry(lot: Lot) -> int:\n    return lot.expires_at\n",
                "def _expiry(lot: Lot) -> int:\n    return -lot.expires_at\n",
            ),
        ),
    ),
    Bug(
        "what is held expires with the rest",
        (
            (
                DECIDE,
                "        amount = lot.balance - lot.held\n        draft.move(lot, -amount)",
                "        amount = lot.balance\n        draft.move(lot, -amount)",
            ),
        ),
    ),
    Bug(
        "the hash leaves the body out",
        (("ledger/chain.py", "_ENCODE(row))", '_ENCODE(row._replace(body="")))'),),
        CHAIN,
    ),
    Bug(
        "a key asked again is done again, where the first answer is older than the batch",
        ((BATCH, "    known = rows.requests(list(new))\n", "    known = {}\n"),),
    ),
    Bug(
        "a key asked again has a receipt of now",
        (
            (
                BATCH,
                "Receipt(row.n, row.at, row.kind, row.actor, row.key, body, replayed=True)",
                "Receipt(row.n, row.at + 1, row.kind, row.actor, row.key, body, replayed=True)",
            ),
        ),
    ),
    Bug(
        "a refusal is not recorded",
        (
            (
                BATCH,
                "written.requests.append((one.digest, one.body, 0, refusal_as_text(refusal)))",
                "pass",
            ),
        ),
    ),
    Bug(
        "of a key twice in a batch the last one is done",
        (
            (
                BATCH,
                "            new.setdefault(one.digest, one)",
                "            new[one.digest] = one",
            ),
        ),
    ),
    Bug(
        "another body under the same key is answered as the first",
        ((BATCH, "answer if body == one.body else _conflict(one)", "answer"),),
    ),
    Bug(
        "time in the journal follows a clock that was put back",
        ((BATCH, "    at = max(now, before.at)\n", "    at = now\n"),),
    ),
    Bug(
        "an issuer's floor does not hold for what expires",
        ((STATE, "default_floor(owner) if expires_at == NEVER else 0)", "default_floor(owner))"),),
    ),
    Bug(
        "a deed looks outside the transaction",
        (
            (
                BATCH,
                "            planned = one.command.plan(connection, at)\n",
                "            engine = connection.engine.execution_options(regulars_write=False)\n"
                "            with engine.connect() as other:\n"
                "                planned = one.command.plan(other, at)\n",
            ),
        ),
    ),
    Bug(
        "a deed looks before those that come before it in the batch are written",
        ((BATCH, "_LOOKING = (Expire, Release, Deed)\n", "_LOOKING = (Expire, Release)\n"),),
    ),
    Bug(
        "what a deed writes besides is left out",
        ((BATCH, "        write(connection, answer.n)\n", "        pass\n"),),
    ),
    Bug(
        "what a deed writes besides is written where the book refuses, too",
        (
            (
                BATCH,
                "    if write is not None and isinstance(answer, Receipt):\n"
                "        write(connection, answer.n)\n",
                "    if write is not None:\n        write(connection, head.n)\n",
            ),
        ),
        DEED,
    ),
    Bug(
        "what a deed plans keeps a key of its own",
        (
            (
                BATCH,
                "            command = msgspec.structs.replace(planned.command, "
                "key=one.command.key)\n",
                "            command = planned.command\n",
            ),
        ),
    ),
    Bug(
        "a deed's refusal is not kept",
        (
            (
                BATCH,
                "rows.add_requests([(one.digest, one.body, 0, refusal_as_text(refusal))])",
                "pass",
            ),
        ),
    ),
    Bug(
        "what was taken back before does not count where several entries are",
        (
            (
                DECIDE,
                "    for one in command.entries:\n",
                "    for one in command.entries:\n"
                "        for line in getattr(state.entries.get(one.n), 'lines', ()):\n"
                "            line.reversed = 0\n",
            ),
        ),
    ),
    Bug(
        "of several entries that are taken back only the last is noted",
        (
            (
                DECIDE,
                "        effect.reversed += _taken_back(",
                "        effect.reversed = _taken_back(",
            ),
        ),
    ),
    Bug(
        "an entry of the same batch is not there to be taken back with others",
        (
            (
                BATCH,
                "max(one.n for one in command.entries) if isinstance(command, TakeBack) else 0",
                "0",
            ),
        ),
    ),
    Bug(
        "legs beside a capture take what is to be captured",
        (
            (
                DECIDE,
                "        if amount < line.amount:\n"
                "            draft.hold(line.lot, amount - line.amount)\n",
                "        draft.hold(line.lot, -line.amount)\n",
            ),
            (
                DECIDE,
                "            draft.hold(line.lot, -amount)\n            draft.move(",
                "            draft.move(",
            ),
        ),
    ),
    Bug(
        "a sweep takes the lots that it is told, expired or not",
        (
            (
                ROWS,
                "            if row.asset_id == asset_id and row.expires_at <= min(at, _LAST)\n",
                "            if row.asset_id == asset_id\n",
            ),
        ),
    ),
    Bug(
        "a post makes an asset that is there already",
        (
            (
                DECIDE,
                "    return tuple(name for name in assets if name not in state.assets)\n",
                "    return tuple(assets)\n",
            ),
        ),
    ),
)
