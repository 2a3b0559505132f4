"""Where the server listens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens."""

    host: str
    port: int

    @property
    def here(self) -> tuple[str, int]:
        """Host and port for clients on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return host, self.port

    @property
    def url(self) -> str:
        """The address for clients on this machine."""
        host, port = self.here
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"
