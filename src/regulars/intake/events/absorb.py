"""From the inbox into the warehouse: once, exactly, and all of a batch or nothing.

One transaction brings rows, numbers, links, accounts, what waits to be settled and the mark up to
which each file of the inbox has been read. Killed before it, the same frames are read again and
give the same; killed after it, they are not read again. Only two things are written before it: new
numbers of customers, which then simply hold (`ids_log`), and keys of the vault.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from msgspec import UNSET

from regulars.engines.duckdb import Warehouse
from regulars.errors import AccountingBroken, UnknownValue, Where
from regulars.intake.connection import Connection, Connections
from regulars.intake.events import after_sales, ledger, poison, table
from regulars.intake.events.adopt import adopt
from regulars.intake.events.compaction import compact
from regulars.intake.events.decode import SEGMENT, Decoded, Refused, decode, id_of
from regulars.intake.events.facts import FACTUAL, IDENTIFY, facts_of
from regulars.intake.events.facts_people import TRAIT
from regulars.intake.events.message import Fact, Id
from regulars.intake.events.met import Met, sums_of
from regulars.intake.events.numbers import LiveNumbers
from regulars.intake.events.personal import is_personal, masked
from regulars.intake.events.rows import rows_of
from regulars.intake.events.who import Link, Who, link_table
from regulars.intake.identity import live
from regulars.intake.identity.ids import Identity
from regulars.intake.inbox.frame import MAGIC, Received
from regulars.intake.inbox.reader import Inbox
from regulars.intake.landing import INBOX, Landing
from regulars.intake.records import Kind, columns_of
from regulars.intake.vault import Vault
from regulars.intake.webhooks.told import told_by
from regulars.kernel.failpoint import reach
from regulars.settings import Settings

if TYPE_CHECKING:
    from regulars.intake.events.settle import Settled

AT_ONCE = 16 << 20
"""Bytes of the inbox that are absorbed together, if not told otherwise."""

_MOST_AT_ONCE = 48 << 20
"""The same where much waits."""

_LOG = "256MB"
"""Of the warehouse's own log, before it is written out."""

MOST_UNSETTLED = 2_000_000
"""Rows after which settling does not wait for its time."""


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What one call has absorbed: come = accepted + duplicate + rejected."""

    come: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    """Requests read from the inbox, where each stands, and up to where files are read."""

    requests: list[Received]
    places: list[str]
    ends: dict[str, int]
    bytes: int


class Absorber:
    """Brings what the inbox and landing hold into the warehouse, and settles it.

    One object for a warehouse. `absorb` and `settle` are for one thread at a time, `compact` may
    run in another.

    Args:
        warehouse: that this process owns.
        landing: of the same home.
        vault: of the same home.
        settings: of the shop.
    """

    def __init__(
        self, warehouse: Warehouse, landing: Landing, vault: Vault, settings: Settings
    ) -> None:
        self.warehouse, self.landing, self.vault = warehouse, landing, vault
        self.settings = settings
        self.inbox = Inbox(landing.folder / INBOX, vault)
        self.waiting = ledger.Waiting(warehouse, vault)
        self._cache = landing.folder.parent / "cache"
        self._connections = Connections(landing.folder.parent / "keys")
        self.who = Who(vault)
        """Whose messages are."""
        self._work = threading.RLock()
        self._catalogue = threading.RLock()
        self._dead_ends: dict[str, int] = {}
        self.log_stamp: tuple[int, int] | None = None
        """Of landing's log, when all of its entries were in the tables."""
        self._met: Met | None = None
        self._numbers: LiveNumbers | None = None
        # Each batch is large: written to the log and, each time, into the file as well, it would
        # be written twice.
        warehouse.execute(f"SET wal_autocheckpoint = '{_LOG}'")
        with self._catalogue:
            table.prepare(warehouse)
            ledger.prepare(warehouse)
            table.make_view(warehouse)
            after_sales.make_view(warehouse)
        self._marks = ledger.marks(warehouse)

    @property
    def met(self) -> Met:
        """The messages met so far."""
        if self._met is None:
            with self._catalogue:  # a row that moves from part to part meanwhile would be missed
                now = ledger.state(self.warehouse)
                self._met = Met(self.warehouse, self._cache, now.generation, now.seq)
        return self._met

    @property
    def numbers(self) -> LiveNumbers:
        """The numbers of ids."""
        if self._numbers is None:
            self._numbers = LiveNumbers(self.warehouse, self.landing, self._cache)
        return self._numbers

    @property
    def has_numbers(self) -> bool:
        """Whether the numbers of ids have been read."""
        return self._numbers is not None

    def forget_met(self) -> None:
        """What is known of messages met is read anew from the tables."""
        self._met = None

    def backlog(self) -> int:
        """Bytes of the inbox that are not absorbed, but for torn ends, which never will be."""
        total = 0
        for name, size in self._sizes():
            behind = self._marks.get(name, len(MAGIC))
            if size > behind and self._dead_ends.get(name) != size:
                total += size - behind
        return total

    def _sizes(self) -> list[tuple[str, int]]:
        try:
            with os.scandir(self.inbox.folder) as found:
                return sorted(
                    (one.name, one.stat().st_size) for one in found if one.name.endswith(".log")
                )
        except FileNotFoundError:
            return []

    def absorb(self, limit: int = AT_ONCE) -> Absorbed:
        """Absorb what waits in the inbox, about so many bytes of it.

        Raises:
            HomeBusy: a file is being imported; what came in waits for its end.
            LandingDamaged: the inbox does not read.
            InboxFull: new numbers cannot be written.
            WarehouseError: the warehouse cannot be written; nothing has happened.
        """
        with self._work:
            if not self.backlog():
                return Absorbed()
            with self.landing.turn():
                self.adopt()  # first: an entry tells how far the inbox is settled
                self._marks = ledger.marks(self.warehouse)
                # What all of a batch costs is shared by more when much waits.
                behind = self.backlog()
                read = self._read(max(limit, min(behind // 4, _MOST_AT_ONCE)))
                if not read.requests:
                    self._note_dead_ends()
                    return Absorbed()
                try:
                    with _uncollected():
                        done = self._take(read)
                except BaseException:
                    # It may have been committed or not: what stands in the tables tells.
                    self.forget_met()
                    raise
            if self.unsettled() > MOST_UNSETTLED:
                self.settle()
            return done

    def _take(self, read: _Read) -> Absorbed:
        """Take it into the tables; what is poison is refused, and the others go on."""
        try:
            return _Batch(self, read).take()
        except Exception as error:
            if not poison.is_ours(error):
                raise
            self.forget_met()
            self._rehearse([_harmless(read.requests[0])], ["control"])
            bad = poison.poisonous(
                range(len(read.requests)),
                lambda some: self._rehearse(
                    [read.requests[one] for one in some], [read.places[one] for one in some]
                ),
            )
            if not bad:
                raise
        requests = list(read.requests)
        for one in bad:
            requests[one] = msgspec.structs.replace(requests[one], route=poison.ROUTE)
        return _Batch(self, replace(read, requests=requests)).take()

    def _rehearse(self, requests: list[Received], places: list[str]) -> None:
        """Take it into the tables, and roll that back."""
        try:
            with suppress(poison.Rehearsed):
                _Batch(self, _Read(requests, places, {}, 0)).take(rehearse=True)
        finally:
            self.forget_met()

    def unsettled(self) -> int:
        """Rows that are in the warehouse and in the inbox, but in no segment yet."""
        found = self.warehouse.sql("SELECT sum(past - first)::BIGINT AS n FROM events_unsettled")
        return int(found["n"][0].as_py() or 0)

    def _read(self, limit: int) -> _Read:
        read = _Read([], [], {}, 0)
        size = 0
        behind = [
            name for name, there in self._sizes()
            if there > self._marks.get(name, 0) and self._dead_ends.get(name) != there
        ]  # fmt: skip
        share = max(1, limit // max(1, len(behind)))
        for name in behind:
            path, begun = self.inbox.folder / name, size
            read.ends[name] = self._marks.get(name, 0)
            for frame in self.inbox.read(path, read.ends[name]):
                read.requests.extend(frame.received)
                read.places.extend(
                    f"{name}:{frame.offset}:{nth}" for nth in range(len(frame.received))
                )
                size += frame.end - frame.offset
                read.ends[name] = frame.end
                if size - begun >= share:
                    break
        return _Read(read.requests, read.places, read.ends, size)

    def _note_dead_ends(self) -> None:
        """What is left of files that hold no whole frame any more is looked at when they grow."""
        for name, size in self._sizes():
            if size > self._marks.get(name, 0):
                self._dead_ends[name] = size

    def moved(self, ends: dict[str, int]) -> None:
        """The marks stand there, by a commit."""
        self._marks.update(ends)

    def forget(self, names: Sequence[str]) -> None:
        """Files that are gone."""
        for name in names:
            self._marks.pop(name, None)
            self._dead_ends.pop(name, None)

    @property
    def marks(self) -> dict[str, int]:
        """Up to where each file is absorbed."""
        return dict(self._marks)

    def platform_of(self, name: str) -> Connection:
        """The connection that a request came through, even if it has been taken away since."""
        try:
            return self._connections.by_name(name)
        except UnknownValue:
            platform = ledger.platforms(self.warehouse).get(name, "shop")
            return Connection(name, "events", platform, (), "")

    def adopt(self, *, own: int = 0) -> None:
        """Bring entries of landing's log into the tables that are not in them yet."""
        adopt(self, own=own)

    def append(self, rows: pa.Table) -> None:
        """Add rows to the tail, in a transaction; a full tail makes way for a new one."""
        with self._catalogue:
            (tail,) = (name for name, state, _ in table.parts(self.warehouse) if state == "tail")
            self.warehouse.append(tail, rows)
            self.warehouse.execute(
                f"UPDATE {table.PARTS} SET rows = rows + ? WHERE name = ?", [rows.num_rows, tail]
            )
            full = self.warehouse.sql(f"SELECT rows FROM {table.PARTS} WHERE name = ?", [tail])
            if full["rows"][0].as_py() >= table.ROTATE:
                table.begin_tail(self.warehouse)

    @property
    def catalogue(self) -> threading.RLock:
        """Held from a change of the parts to its commit."""
        return self._catalogue

    def settle(self) -> Settled:
        """Put what has been absorbed into landing, and let go of what the inbox need not hold.

        Raises:
            HomeBusy: a file is being imported.
        """
        from regulars.intake.events.settle import settle

        with self._work:
            return settle(self)

    def compact(self, *, all_of_it: bool = False) -> bool:
        """Do one unit of sorting or merging; whether there was any. May run in another thread."""
        with self.warehouse.cursor() as cursor:
            if compact(cursor, lambda: self._catalogue, all_of_it=all_of_it):
                return True
        met, numbers = self._met, self._numbers
        return bool((met and met.sums.merge()) or (numbers and numbers.merge()))


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles while a batch is in memory: there are none, and it is many objects."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Batch:
    """What was read together, on its way into the tables."""

    def __init__(self, owner: Absorber, read: _Read) -> None:
        self._owner, self._read = owner, read
        self._facts: list[Fact] = []
        self._spoken: set[int] = set()
        """Places of messages of which the facts are told apart (`Told.messages`)."""
        self._wordless: dict[str, int] = {}
        self._connections = {
            name: owner.platform_of(name)
            for name in dict.fromkeys(one.connection for one in read.requests)
        }
        self._platforms = [self._connections[one.connection].platform for one in read.requests]

    def _decode(self) -> Decoded:
        whole = Decoded()
        for first, past in _stretches(self._read.requests):
            requests = self._read.requests[first:past]
            if requests[0].route in SEGMENT:
                found = decode(requests, self._read.places[first:past])
                base = len(whole.messages)
                whole.messages += found.messages
                whole.requests += [first + one for one in found.requests]
                whole.ids += found.ids
                whole.extra |= {base + place: told for place, told in found.extra.items()}
                whole.refused += found.refused
                for name, count in found.come.items():
                    whole.come[name] = whole.come.get(name, 0) + count
                continue
            for number in range(first, past):
                self._take_told(whole, number)
        return whole

    def _take_told(self, whole: Decoded, number: int) -> None:
        request = self._read.requests[number]
        name = request.connection
        if request.route == poison.ROUTE:
            row = {"message": request.body.decode("utf-8", "replace")}
            whole.refused.append(Refused(name, "", "", poison.REASON, row))
            whole.come[name] = whole.come.get(name, 0) + 1
            return
        told = told_by(request, self._connections[name])
        for nth, message in enumerate(told.messages):
            self._spoken.add(len(whole.messages))
            whole.messages.append(message)
            whole.requests.append(number)
            whole.ids.append(id_of(message, name, f"{self._read.places[number]}:{nth}"))
        whole.refused += [
            Refused(name, one.column, one.value, one.reason, one.row) for one in told.rejects
        ]
        self._facts += told.facts
        count = len(told.messages) + len(told.rejects)
        if not told.messages:  # then each record is one that came, or the request itself
            silent = len(told.facts) or (0 if told.rejects else 1)
            self._wordless[name] = self._wordless.get(name, 0) + silent
            count += silent
        whole.come[name] = whole.come.get(name, 0) + count

    def take(self, *, rehearse: bool = False) -> Absorbed:
        """All of it into the tables, in one transaction; a rehearsal is rolled back."""
        owner, warehouse = self._owner, self._owner.warehouse
        come = self._decode()
        # An id must stay what tells a message apart, and need not say whom it is of.
        come.ids = [self._hashed(one) if "@" in one else one for one in come.ids]
        nobody = self._refuse_the_nameless(come)
        first, second = sums_of(warehouse, self._keys(come))
        # Of those that are refused nothing is kept: they make no other one a repeat.
        apart = np.where(nobody, np.arange(len(first), dtype=np.uint64), first)
        is_new = owner.met.new(apart, second) & ~nobody
        accounts = self._accounts(come, is_new, nobody)
        kept = np.flatnonzero(is_new)
        decoded = self._only(come, kept.tolist())
        found = rows_of(
            warehouse, decoded, self._read.requests, self._platforms,
            owner.settings.shop.currency,
        )  # fmt: skip
        instants = found.table["at"].cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_pylist()
        carried, links = self._carried(decoded, found.traits, instants)
        numbers, new_ids = owner.numbers.of([one for all_ in carried for one in all_])
        reach("absorb.numbered")
        nodes = [numbers[one[0]] if one else None for one in carried]
        self._tell_facts(decoded, instants)
        now = ledger.state(warehouse)
        past = now.seq + len(kept)
        rows = found.table.append_column("seq", pa.array(np.arange(now.seq, past)))
        rows = rows.append_column("node", pa.array(nodes, pa.int64()))
        sealed = self._sealed(found.taken, nodes, now.seq)
        links_told = link_table(links)
        with owner.catalogue, warehouse.transaction():
            if rows.num_rows:
                owner.append(rows)
            if new_ids.num_rows:
                warehouse.append("identities", new_ids)
            if links_told.num_rows or new_ids.num_rows:
                live.take(warehouse, links_told, owner.settings.identity)
            ledger.keep_links(warehouse, links_told)
            if sealed.num_rows:
                warehouse.append("events_sealed", sealed)
            owner.waiting.put(past, self._facts, come.refused)
            ledger.unsettled(warehouse, now.seq, past)
            ledger.account(warehouse, accounts)
            self._note_platforms()
            ledger.mark(warehouse, self._read.ends)
            ledger.advance(warehouse, seq=past)
            if rehearse:
                raise poison.Rehearsed
            reach("absorb.committing")
        reach("absorb.committed")
        owner.numbers.committed()
        owner.met.sums.add(first[kept], second[kept])
        owner.met.sums.keep(past)
        owner.moved(self._read.ends)
        owner.who.remember(links)
        accepted, duplicate, rejected = (sum(one) for one in zip(*accounts.values(), strict=True))
        total = accepted + duplicate + rejected
        return Absorbed(total, accepted, duplicate, rejected, self._read.bytes)

    def _hashed(self, message_id: str) -> str:
        return f"hashed:{self._owner.vault.lookup('message', message_id)}"

    def _keys(self, decoded: Decoded) -> pa.Table:
        """What tells messages apart."""
        of = pa.array(decoded.requests, pa.int32())
        requests = self._read.requests
        return pa.table(
            {
                "connection": pa.array([one.connection for one in requests], pa.string()).take(of),
                "platform": pa.array(self._platforms, pa.string()).take(of),
                "message_id": pa.array(decoded.ids, pa.string()),
            }
        )

    def _only(self, come: Decoded, kept: list[int]) -> Decoded:
        """The messages at these places."""
        if len(kept) == len(come.messages):
            return come
        where = {place: nth for nth, place in enumerate(kept)} if come.extra or self._spoken else {}
        self._spoken = {where[place] for place in self._spoken if place in where}
        return Decoded(
            [come.messages[place] for place in kept],
            [come.requests[place] for place in kept],
            [come.ids[place] for place in kept],
            {where[place]: told for place, told in come.extra.items() if place in where},
        )

    def _refuse_the_nameless(self, decoded: Decoded) -> npt.NDArray[np.bool_]:
        """Messages that carry no id at all are refused: the spec wants one."""
        nameless = np.zeros(len(decoded.messages), np.bool_)
        for place, message in enumerate(decoded.messages):
            if (
                message.user_id is None
                and message.anonymous_id is None
                and message.traits is UNSET
                and place not in self._spoken
                and (message.context is UNSET or b'"traits"' not in bytes(message.context))
            ):
                nameless[place] = True
                request = self._read.requests[decoded.requests[place]]
                row = {"message": msgspec.json.encode(message).decode("utf-8", "replace")}
                decoded.refused.append(
                    Refused(request.connection, "userId", "", "no_identity", row)
                )
        return nameless

    def _accounts(
        self, come: Decoded, is_new: npt.NDArray[np.bool_], nobody: npt.NDArray[np.bool_]
    ) -> dict[str, tuple[int, int, int]]:
        """Accepted, duplicate and rejected by connection; what came must be their sum."""
        told = {name: [0, 0, 0] for name in come.come}
        names = [one.connection for one in self._read.requests]
        of = np.array(come.requests, np.int64)
        for column, mask in ((0, is_new), (1, ~is_new & ~nobody)):
            requests, counts = np.unique(of[mask], return_counts=True)
            for request, count in zip(requests.tolist(), counts.tolist(), strict=True):
                told[names[request]][column] += count
        for one in come.refused:
            told[one.connection][2] += 1
        for name, count in self._wordless.items():
            told[name][0] += count
        for name, counted in told.items():
            if sum(counted) != come.come[name]:
                raise AccountingBroken(
                    f"{come.come[name]} messages came, but {counted[0]} accepted,"
                    f" {counted[1]} duplicate and {counted[2]} rejected",
                    where=Where(value=name),
                    todo="nothing was absorbed; please report this as a bug",
                )
        return {name: (one[0], one[1], one[2]) for name, one in told.items()}

    def _carried(
        self, decoded: Decoded, traits: dict[int, bytes], instants: Sequence[int]
    ) -> tuple[list[list[Identity]], list[Link]]:
        """The ids of each message, the one that it goes by first, and the links."""
        who, requests = self._owner.who, self._read.requests
        carried: list[list[Identity]] = []
        links: list[Link] = []
        # Many messages carry the same ids: each pair of them is looked into once.
        known: dict[tuple[str, Id, Id, bool], list[Identity]] = {}
        first: dict[tuple[str, str, Id, Id, bool], tuple[int, int]] = {}
        for place, message in enumerate(decoded.messages):
            request = decoded.requests[place]
            platform = self._platforms[request]
            told = traits.get(place)
            is_public = requests[request].is_public
            key = (platform, message.user_id, message.anonymous_id, is_public)
            ids = known.get(key) if told is None else None
            if ids is None:
                ids = who.of(message, platform, told, is_public=is_public)
                if told is None:
                    known[key] = ids
            carried.append(ids)
            if told is not None or message.type == "alias":
                name = requests[request].connection
                at = instants[place]
                links += who.links(message, ids, platform, at, name, told, is_public=is_public)
            elif len(ids) > 1:
                pair = (requests[request].connection, *key)
                before = first.get(pair)
                if before is None or instants[place] < before[0]:
                    first[pair] = instants[place], place
        for (name, platform, *_), (at, place) in first.items():
            message = decoded.messages[place]
            is_public = requests[decoded.requests[place]].is_public
            ids = known[platform, message.user_id, message.anonymous_id, is_public]
            links += who.links(message, ids, platform, at, name, is_public=is_public)
        return carried, links

    def _tell_facts(self, decoded: Decoded, instants: Sequence[int]) -> None:
        known: dict[str, bool] = {}
        for place, message in enumerate(decoded.messages):
            name = message.type if message.type != "track" else message.event or ""
            is_factual = known.get(name)
            if is_factual is None:
                is_factual = known[name] = name.strip().lower() in FACTUAL
            if not is_factual or place in self._spoken or message.type not in ("track", IDENTIFY):
                continue
            if self._read.requests[decoded.requests[place]].is_public:
                continue  # anybody may have written it: an event of the timeline, and no record
            message.message_id = decoded.ids[place]
            platform = self._platforms[decoded.requests[place]]
            self._facts += facts_of(message, instants[place], platform)
        for fact in self._facts:
            _hide_personal(fact)

    def _sealed(
        self, taken: dict[int, dict[str, str]], nodes: Sequence[int | None], seq: int
    ) -> pa.Table:
        """What was personal, sealed under the keys of those whom the messages are of."""
        # Of nobody nothing personal is kept.
        told = [(place, fields) for place, fields in taken.items() if nodes[place] is not None]
        items = [(f"c:{nodes[place]}", fields) for place, fields in told]
        sealed = self._owner.vault.seal(items) if items else []
        return pa.table(
            {
                "seq": pa.array([seq + place for place, _ in told], pa.int64()),
                "sealed": pa.array(sealed, pa.binary()),
            }
        )

    def _note_platforms(self) -> None:
        known = ledger.platforms(self._owner.warehouse)
        for name, connection in self._connections.items():
            if known.get(name) != connection.platform:
                ledger.add_platform(self._owner.warehouse, name, connection.platform)


def _harmless(like: Received) -> Received:
    """A request that breaks nothing unless everything is broken; it is nobody's."""
    body = b'{"userId":"undefined","event":"Control","messageId":"control"}'
    return Received(like.connection, "track", like.at, body)


_NUMBERS = frozenset({"customer_key", "order_id", "line_id", "payment_id", "told_by"})
"""Columns of texts that must stay as they are; accounts that tell of a person are hashed later."""


@lru_cache
def _free_texts(kind: Kind) -> frozenset[str]:
    return frozenset(
        one.name
        for one in columns_of(kind)
        if one.type in ("text", "list") and not one.personal and one.name not in _NUMBERS
    )


def _hide_personal(fact: Fact) -> None:
    """Texts of records go into the tables as they are: nothing personal may."""
    row = fact.row
    for name in list(row):
        if name.startswith(TRAIT):
            if is_personal(name.removeprefix(TRAIT)) or masked(name) != name:
                del row[name]
            else:
                row[name] = masked(row[name])
        elif name in _free_texts(fact.kind) and not (name == "product_id" and row[name].isalnum()):
            row[name] = masked(row[name])


def _stretches(requests: Sequence[Received]) -> Iterator[tuple[int, int]]:
    """Neighbouring requests that are all of the Segment interface, or all not."""
    first = 0
    for place in range(1, len(requests) + 1):
        if place == len(requests) or (requests[place].route in SEGMENT) != (
            requests[first].route in SEGMENT
        ):
            yield first, place
            first = place
