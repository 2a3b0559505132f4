"""Rules that hold for every event of a file, as SQL: further cells, campaigns, addresses, checks.

>>> without_queries(["url"])
{'url': "nullif(regexp_extract(url, '^[^?#]*'), '')"}
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec
import pyarrow as pa

from regulars.engines.duckdb import literal
from regulars.intake.cells import clean

TYPES = ("track", "page", "screen", "identify", "group", "alias", "receipt")
"""What an event may be."""

EVENT_CHECKS: tuple[tuple[str, str, str], ...] = (
    ("placed_at", "missing", "placed_at IS NULL"),
    # A day of grace, for clocks and time zones.
    ("placed_at", "in_the_future", "placed_at > now() + INTERVAL 1 DAY"),
    ("type", "unknown_event", f"type NOT IN {TYPES}"),
    ("name", "missing", "coalesce(type, 'track') = 'track' AND name IS NULL"),
)
"""Why an event is none: the column, the reason, the condition."""

_CAMPAIGN = {
    "source": "utm_source",
    "medium": "utm_medium",
    "campaign": "utm_campaign",
    "term": "utm_term",
    "content": "utm_content",
}


def rest_cells(
    rest: Iterable[tuple[str, str, str]], schema: pa.Schema, disguised: Collection[str]
) -> dict[str, str]:
    """By column, the SQL of the JSON object of the cells that are kept there.

    Args:
        rest: column, key and header of each (`Bound.rest`).
        schema: of the rows; what is no text keeps its type.
        disguised: headers of columns that have to be undressed.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for column, key, header in rest:
        cell = '"' + header.replace('"', '""') + '"'
        if pa.types.is_string(schema.field(header).type):
            cell = _json_text(clean(cell) if header in disguised else cell)
        found.setdefault(column, []).append((key, cell))
    return {column: json_of(cells) for column, cells in found.items()}


def json_of(cells: Iterable[tuple[str, str]]) -> str:
    """The SQL of an object with these keys and values; empty ones are left out."""
    told = ", ".join(
        f"CASE WHEN {cell} IS NOT NULL THEN {literal(_quoted(key) + ':')} || to_json({cell}) END"
        for key, cell in cells
    )
    return f"nullif('{{' || concat_ws(',', {told}) || '}}', '{{}}')"


def campaigns_of(url: str) -> dict[str, str]:
    """Rules that read a visit's campaign out of the address of its page, unless it is known."""
    return {
        column: f"coalesce({column}, CASE WHEN source IS NULL AND contains({url}, '{parameter}=')"
        " THEN nullif(try(url_decode(replace("  # try: an address may be cut off within a letter
        f"regexp_extract({url}, '[?&]{parameter}=([^&#]*)', 1), '+', ' '))), '') END)"
        for column, parameter in _CAMPAIGN.items()
    }


def without_queries(there: Collection[str]) -> dict[str, str]:
    """Rules that cut what may name somebody off the addresses of pages."""
    return {
        name: f"nullif(regexp_extract({name}, '^[^?#]*'), '')"
        for name in ("url", "referrer")
        if name in there
    }


def only_in(currency: str) -> dict[str, str]:
    """A rule by which an amount in another currency is none of the shop's."""
    own = f"coalesce(upper(currency_told), {literal(currency)}) = {literal(currency)}"
    return {"amount": f"CASE WHEN {own} THEN amount END"}


def _json_text(cell: str) -> str:
    """A text as JSON: objects and lists that a file holds as text are what they say."""
    is_json = f"starts_with({cell}, '[') OR starts_with({cell}, '{{')"
    return (
        f"CASE WHEN ({is_json}) AND json_valid({cell}) THEN {cell}::JSON ELSE to_json({cell}) END"
    )


def _quoted(key: str) -> str:
    return msgspec.json.encode(key).decode()
