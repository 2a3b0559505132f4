"""The cookie of a session: readable by the browser's own requests to us, and by no script.

>>> set_cookie("abc", is_secure=True, seconds=60)
'__Host-regulars=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure'
>>> token_in("a=1; __Host-regulars=abc"), token_in("regulars=abc", is_secure=True)
('abc', None)
"""

from __future__ import annotations

_NAME = "regulars"
_SECURE_NAME = "__Host-regulars"
"""A browser takes a cookie of this prefix only through TLS, and from this host alone."""


def set_cookie(token: str, *, is_secure: bool, seconds: int) -> str:
    """The value of Set-Cookie; 0 seconds takes it away."""
    name = _SECURE_NAME if is_secure else _NAME
    value = f"{name}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}"
    return f"{value}; Secure" if is_secure else value


def token_in(cookies: str, *, is_secure: bool = False) -> str | None:
    """The token in the header Cookie; through TLS only under the name that needs it."""
    found = dict(part.strip().partition("=")[::2] for part in cookies.split(";") if "=" in part)
    if token := found.get(_SECURE_NAME):
        return token
    return None if is_secure else found.get(_NAME)
