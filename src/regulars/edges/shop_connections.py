"""The shop's connections in Python: what may send to it or ask it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from regulars.errors import SettingsError, Where

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.intake.connection import Connection, Connections, Use


class ShopConnections:
    """Makes, lists and takes away connections; a running server follows at once."""

    home: Home

    def connect(
        self,
        name: str,
        use: Use = "events",
        *,
        platform: str | None = None,
        secret: str | Path | None = None,
    ) -> tuple[Connection, str]:
        """Make a connection, or give one a further key; both come back, the key for this once.

        Args:
            name: lower case letters, digits, - and _.
            use: `events` and `read` have keys; `shopify`, `woocommerce` and `webhook` secrets.
            platform: the namespace of its customers', orders' and products' numbers; by default
                the webhook's own, else `shop`, as for files with our own headers.
            secret: where the platform has made it, itself or a file that holds it.

        Raises:
            SettingsError: the name is none, or stands for another use or platform.
        """
        if isinstance(secret, Path):
            secret = secret.read_text("utf-8").strip()
        if use == "webhook" and secret is not None:
            _check_standard(name, secret)
        return self._connections().add(name, use, platform=platform, secret=secret)

    def connections(self) -> list[Connection]:
        """Every connection, by name, with its keys; those for reading only as sums."""
        return self._connections().all()

    def disconnect(self, name: str, key: str | None = None) -> None:
        """Take a connection away, or one of its keys; what came through it stays.

        Raises:
            UnknownValue: there is no such connection.
            ConnectionRefused: it has no such key.
        """
        self._connections().remove(name, key)

    def _connections(self) -> Connections:
        from regulars.intake.connection import Connections

        return Connections(self.home.keys)


def _check_standard(name: str, secret: str) -> None:
    import base64
    import binascii

    try:
        base64.b64decode(secret.removeprefix("whsec_") + "==", validate=True)
    except binascii.Error as error:
        raise SettingsError(
            "this is no secret of Standard Webhooks",
            where=Where(column="name", value=name),
            todo="copy it whole: whsec_ and base64",
        ) from error
