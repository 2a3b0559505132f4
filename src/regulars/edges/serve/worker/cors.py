"""Web pages of which sites may send: `[serve] origins`.

>>> Origins(("https://shop.example",)).allow(b"https://shop.example/")
False
>>> Origins(("*",)).allowed(b"null")[0]
(b'access-control-allow-origin', b'null')
"""

from __future__ import annotations

from collections.abc import Iterable

Pairs = list[tuple[bytes, bytes]]

_DAY = b"86400"
_HEADERS = b"authorization, content-encoding, content-type, x-retry-count"


class Origins:
    """The sites whose pages may send.

    Args:
        listed: as in the settings; `*` is any.
    """

    def __init__(self, listed: Iterable[str]) -> None:
        self._listed = {one.rstrip("/").lower().encode() for one in listed}
        self._any = b"*" in self._listed

    def allow(self, origin: bytes) -> bool:
        """Whether a page of this origin may send."""
        return self._any or origin.lower() in self._listed

    def allowed(self, origin: bytes | None) -> Pairs:
        """The headers that let the page read the answer."""
        if origin is None or not self.allow(origin):
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", b"retry-after"),
            (b"vary", b"origin"),
        ]

    def preflight(self, origin: bytes | None, method: bytes = b"POST") -> Pairs:
        """The answer to a browser that asks first."""
        return [
            *self.allowed(origin),
            (b"access-control-allow-methods", method),
            (b"access-control-allow-headers", _HEADERS),
            (b"access-control-max-age", _DAY),
        ]
