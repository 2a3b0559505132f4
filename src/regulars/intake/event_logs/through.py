"""An event log whose messages come through a connection as well, live: the same message is one.

What tells a message apart, whose it is and what it links are worked out as for live ones, by the
same functions (`events.who`), so that it does not matter which came first, the log or the message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET

from regulars.engines.duckdb import Warehouse, literal
from regulars.errors import IntakeError, SettingsError, Where
from regulars.intake.cells import Locale
from regulars.intake.connection import Connection
from regulars.intake.event_logs.facts import ToldFacts
from regulars.intake.event_logs.links import KeptLinks
from regulars.intake.event_logs.people import protect_events
from regulars.intake.events.decode import text_of
from regulars.intake.events.land_sources import keeps_accounts_secret
from regulars.intake.events.message import Fact, Message
from regulars.intake.events.personal import kept_number
from regulars.intake.events.surroundings import surroundings
from regulars.intake.events.who import Link, Who, link_table
from regulars.intake.files.sheet import LINE
from regulars.intake.id_map import IdMap
from regulars.intake.identity.ids import Identity
from regulars.intake.personal import Protected
from regulars.intake.recognise import Bound
from regulars.intake.records import Kind
from regulars.intake.vault import Vault

_OWN_PLATFORM = "shop"
"""Of sources that name no platform: their numbers are those of whoever sends them."""
_KEYS = {"phone": "phone", "email": "email", "open_id": "openid", "union_id": "unionid"}
"""Columns that are keys of a person, and the traits that live messages tell them by."""

_MESSAGE = msgspec.json.Decoder(Message).decode
_ENCODE = msgspec.json.Encoder().encode


def bound_to(bound: Bound, connection: Connection, file: str) -> Bound:
    """The source of a log as that of messages of the connection.

    Args:
        bound: as the file was recognised.
        connection: through which its messages are said to have come.
        file: its name for people.

    Raises:
        IntakeError: it is no log whose rows have numbers of messages, or of another platform.
        SettingsError: events do not come through such a connection.
    """
    source = bound.source
    if connection.use not in ("events", "public"):
        raise SettingsError(
            f"no events come through this connection: it is for {connection.use}",
            where=Where(column="connection", value=connection.name),
            todo="name a connection for events, or leave --connection out",
        )
    if source.record is not Kind.EVENT or "message_id" not in bound.headers:
        what = "an event log without numbers of messages" if source.record is Kind.EVENT else (
            f"a file of {source.kind}"
        )  # fmt: skip
        raise IntakeError(
            f"this is {what} ({source.name}): only messages with a number of their own can have"
            " come through a connection",
            where=Where(file=file),
            todo="leave --connection out",
        )
    if source.platform not in (_OWN_PLATFORM, connection.platform):
        raise IntakeError(
            f"the file is of {source.platform}, and the connection {connection.name} of"
            f" {connection.platform}: their numbers name different customers",
            where=Where(file=file),
            todo="name a connection of the same platform, or leave --connection out",
        )
    fields = tuple(
        replace(one, required=True) if one.column == "message_id" else one for one in source.fields
    )
    own = replace(
        source,
        platform=connection.platform,
        fields=fields,
        key_is_personal=keeps_accounts_secret(connection.platform),
        derive={**source.derive, "connection": literal(connection.name)},
    )
    return replace(bound, source=own)


@dataclass(frozen=True, slots=True)
class _Carried:
    """The ids of a row, the one that it goes by first, and the links that it tells."""

    ids: list[Identity]
    links: list[Link]


class Through:
    """Whose the rows of such a log are, and what ids came together.

    Args:
        connection: through which they have come.
        bound: the log's source, bound to the connection.
        work: the import's working database.
        vault: hashes.
    """

    def __init__(self, connection: Connection, bound: Bound, work: Warehouse, vault: Vault) -> None:
        self._connection, self._bound, self._vault = connection, bound, vault
        self._who = Who(vault)
        self._is_public = connection.use == "public"
        self._carried: dict[int, _Carried] = {}
        self.kept = KeptLinks(work)
        """What ids came together."""
        self.others = 0
        """How many numbers were given to ids that no row of the file went by so far."""

    def protect(self, records: pa.Table, raw: pa.Table) -> tuple[Protected, list[int]]:
        """As `protect_events`, but for who it is; and the lines that are no messages.

        Args:
            records: normalised.
            raw: the rows that they were made of.
        """
        messages, ids = self._messages(records, raw)
        protected = protect_events(records, self._bound, self._vault)
        self._carried = {}
        at = records["placed_at"].cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
        lines = records[LINE].to_pylist()
        spaces: list[str | None] = []
        identities: list[str | None] = []
        for line, instant, told in zip(lines, at, messages, strict=True):
            carried = _Carried([], []) if told is None else self._of(*told, instant)
            self._carried[line] = carried
            space, identity = carried.ids[0] if carried.ids else (None, None)
            spaces.append(space)
            identities.append(identity)
        found = protected.records
        columns = {
            "message_id": [None if one is None else kept_number(one, self._vault) for one in ids],
            "namespace": spaces,
            "identity": identities,
        }
        for name, cells in columns.items():
            place = found.column_names.index(name)
            found = found.set_column(place, name, pa.array(cells, pa.string()))
        bad = [line for line, told in zip(lines, messages, strict=True) if told is None]
        return Protected(found, protected.personal), bad

    def _of(self, message: Message, traits: bytes | None, at: int) -> _Carried:
        who, connection = self._who, self._connection
        platform, is_public = connection.platform, self._is_public
        ids = who.of(message, platform, traits, is_public=is_public)
        links = who.links(message, ids, platform, at, connection.name, traits, is_public=is_public)
        who.remember(links)
        return _Carried(ids, links)

    def _messages(
        self, records: pa.Table, raw: pa.Table
    ) -> tuple[list[tuple[Message, bytes | None] | None], list[str | None]]:
        """The messages of the records with what they tell of a person, and their numbers."""
        if self._bound.source.sound is None:
            return list(_from_cells(records, self._bound)), records["message_id"].to_pylist()
        kept = raw.filter(pc.is_in(raw[LINE], records[LINE].combine_chunks()))
        found = [_from_line(line) for line in kept["line"].to_pylist()]
        return found, [None if one is None else text_of(one[0].message_id) for one in found]

    def take(self, records: pa.Table, ids: IdMap) -> None:
        """Note the links of some rows, and number the ids that the rows do not go by."""
        told = [self._carried[line] for line in records[LINE].to_pylist()]
        others = list(dict.fromkeys(other for one in told for other in one.ids[1:]))
        before = ids.new()
        if others:
            ids.resolve(
                pa.table(
                    {
                        "namespace": pa.array([space for space, _ in others], pa.string()),
                        "identity": pa.array([identity for _, identity in others], pa.string()),
                    }
                )
            )
        self.others += ids.new() - before
        self.kept.add(link_table(link for one in told for link in one.links))


class ToldThrough(ToldFacts):
    """What such a log tells besides events: of a public connection's nothing is believed."""

    def __init__(self, connection: Connection, bound: Bound, locale: Locale, vault: Vault) -> None:
        super().__init__(bound, locale)
        self._is_public, self._vault = connection.use == "public", vault

    def take(self, work: Warehouse, raw: pa.Table) -> None:
        """Keep the good ones of the lines that tell facts."""
        if not self._is_public:
            super().take(work, raw)

    def _facts(self) -> Iterator[Fact]:
        for fact in super()._facts():
            if refund := fact.row.get("payment_id"):
                fact.row["payment_id"] = kept_number(refund, self._vault)
            yield fact


def _from_line(line: str) -> tuple[Message, bytes | None] | None:
    """A line's message, and the traits that tell of its person; None if it is none."""
    try:
        message = _MESSAGE(line)
    except msgspec.DecodeError:
        return None
    message.type = message.type.lower()
    if message.type == "identify" and message.traits is not UNSET:
        return message, bytes(message.traits)
    if message.context is UNSET or b'traits"' not in bytes(message.context):
        return message, None
    return message, surroundings(bytes(message.context)).traits


def _from_cells(records: pa.Table, bound: Bound) -> Iterator[tuple[Message, bytes | None]]:
    """The messages of the rows of a table, as far as their cells tell them."""

    def cells(name: str) -> Sequence[str | None]:
        if name not in records.column_names:
            return [None] * records.num_rows
        found: list[str | None] = records[name].to_pylist()
        return found

    keys = [
        (trait, cells(name), _is_of_all(bound, name))
        for name, trait in _KEYS.items()
        if name in bound.headers
    ]
    people = zip(cells("type"), cells("customer_key"), cells("anonymous_id"), strict=True)
    for place, (kind, account, visitor) in enumerate(people):
        told = {
            trait: column[place]
            for trait, column, is_of_all in keys
            if column[place] and (is_of_all or kind == "identify")
        }
        message = Message(kind or "track", user_id=account, anonymous_id=visitor)
        yield message, _ENCODE(told) if told else None


def _is_of_all(bound: Bound, column: str) -> bool:
    """Whether a key tells whose the row is, whatever it tells of.

    In Segment's tables those of the context do; a property of that name may be anybody's.
    """
    if not bound.source.name.startswith("segment_"):
        return True
    return bound.headers[column].lower().startswith("context")
