"""What the store did since a server ran, or beside it: told to landing before a verb reads that."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from regulars.app.store import open_store, store_url
from regulars.engines.store_glance import journal_waits
from regulars.errors import StoreError

if TYPE_CHECKING:
    from regulars.app.home import Home

_NAME = "landing"


def relay_waiting(home: Home) -> None:
    """Pass on to the inbox what the store's journal tells and landing has not been told.

    A store that does not answer keeps nobody from what landing knows: its rows wait, and
    `regulars doctor` tells what is wrong with it.

    Raises:
        SettingsError: the environment names no address of a store.
        InboxFull: the inbox cannot be written; the journal's rows wait.
    """
    if not store_url(home) and not journal_waits(home.store, _NAME):
        return
    from regulars.app.relaying import Relay
    from regulars.intake.inbox.writer import InboxWriter
    from regulars.intake.vault import Vault

    with (
        suppress(StoreError),
        open_store(home) as store,
        Vault.open(home.keys) as vault,
        InboxWriter(home.inbox, vault) as inbox,
    ):
        Relay(store, inbox).relay_all()
