"""Messages in the inbox of a home, as a worker leaves them there."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.app.home import Home
from regulars.intake.inbox.frame import Received
from regulars.intake.inbox.writer import InboxWriter
from regulars.intake.vault import Vault

NOON = 1_767_600_000_000_000
"""5 January 2026, 8 o'clock in UTC: when they came in."""


def send(home: Home, message: dict[str, Any], route: str = "track", *, name: str = "web") -> None:
    """One message, through the connection of this name."""
    with Vault.open(home.keys, make=True) as vault, InboxWriter(home.inbox, vault) as writer:
        writer.append([Received(name, route, NOON, msgspec.json.encode(message))])
