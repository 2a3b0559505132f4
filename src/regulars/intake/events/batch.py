"""What was read from the inbox together, on its way into the tables, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from msgspec import UNSET

from regulars.errors import AccountingBroken, Where
from regulars.intake.events import ledger, poison
from regulars.intake.events.decode import SEGMENT, Decoded, Refused, decode, id_of
from regulars.intake.events.facts import FACTUAL, IDENTIFY, facts_of
from regulars.intake.events.message import Fact, Id, Message
from regulars.intake.events.met import sums_of
from regulars.intake.events.personal import hide_personal, kept_number
from regulars.intake.events.rows import rows_of
from regulars.intake.events.who import Link, link_table
from regulars.intake.identity import live
from regulars.intake.identity.ids import Identity
from regulars.intake.inbox import from_store
from regulars.intake.inbox.frame import Received
from regulars.intake.webhooks.told import told_by
from regulars.kernel.failpoint import reach

if TYPE_CHECKING:
    from regulars.intake.events.absorb import Absorber

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What one call has absorbed: come = accepted + duplicate + rejected."""

    come: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """Requests read from the inbox, where each stands, and up to where files are read."""

    requests: list[Received]
    places: list[str]
    ends: dict[str, int]
    bytes: int


class Batch:
    """What was read together, on its way into the tables."""

    def __init__(self, owner: Absorber, read: Read) -> None:
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
        self._own = {
            number
            for number, one in enumerate(read.requests)
            if one.route == from_store.ROUTE and one.connection == from_store.CONNECTION
        }
        """Requests of the shop's own store, whose messages name customers by our numbers."""

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
        if number in self._own:
            self._take_own(whole, number)
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

    def _take_own(self, whole: Decoded, number: int) -> None:
        request = self._read.requests[number]
        events = from_store.read(request)
        for one in events:
            # It moves no order: what the ledger did is no record of the shop's sales.
            self._spoken.add(len(whole.messages))
            whole.messages.append(
                Message(
                    type="track",
                    message_id=one.message_id,
                    user_id=one.customer_id,
                    event=one.event,
                    timestamp=(_EPOCH + timedelta(microseconds=one.at)).isoformat(),
                    properties=one.properties,
                )
            )
            whole.requests.append(number)
            whole.ids.append(one.message_id)
        name = request.connection
        whole.come[name] = whole.come.get(name, 0) + len(events)

    def take(self, *, rehearse: bool = False) -> Absorbed:
        """All of it into the tables, in one transaction; a rehearsal is rolled back."""
        owner, warehouse = self._owner, self._owner.warehouse
        come = self._decode()
        come.ids = [kept_number(one, owner.vault) for one in come.ids]
        nobody = self._refuse_the_nameless(come)
        self._refuse_numbers_of_nobody(come, nobody)
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
        nodes = [
            numbers[one[0]] if one else self._number_told(decoded, place)
            for place, one in enumerate(carried)
        ]
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

    def _refuse_numbers_of_nobody(self, decoded: Decoded, nobody: npt.NDArray[np.bool_]) -> None:
        """A customer of the store's whom landing does not know: the number will be another's.

        So it is where an older copy of landing stands beside a newer store.
        """
        if not self._own:
            return
        for place in range(len(decoded.messages)):
            number = self._number_told(decoded, place)
            if number is None or self._owner.numbers.is_given(number):
                continue
            nobody[place] = True
            row = {"message": msgspec.json.encode(decoded.messages[place]).decode()}
            decoded.refused.append(
                Refused(from_store.CONNECTION, "customer_id", str(number), "no_identity", row)
            )

    def _number_told(self, decoded: Decoded, place: int) -> int | None:
        """Our number of the customer, where the store told it."""
        if decoded.requests[place] not in self._own:
            return None
        number = decoded.messages[place].user_id
        return number if isinstance(number, int) else None

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
            if request in self._own:
                carried.append([])
                continue
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
            hide_personal(fact)

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


def _stretches(requests: Sequence[Received]) -> Iterator[tuple[int, int]]:
    """Neighbouring requests that are all of the Segment interface, or all not."""
    first = 0
    for place in range(1, len(requests) + 1):
        if place == len(requests) or (requests[place].route in SEGMENT) != (
            requests[first].route in SEGMENT
        ):
            yield first, place
            first = place
