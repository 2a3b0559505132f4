"""How often who may ask: one table, counted in memory by the one process that judges.

>>> rates = Rates()
>>> for _ in range(5):
...     rates.check_login("li", "10.0.0.1")
>>> rates.check_login("li", "10.0.0.1")
Traceback (most recent call last):
    ...
regulars.errors.TooOften: Too many logins were tried. Wait a while, then try again.
"""

from __future__ import annotations

import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, SlidingWindowCounterRateLimiter

from regulars.access.policy import Rate
from regulars.errors import TooOften

RATES: dict[Rate, str] = {
    "asks": "600/second",
    "writes": "6000/second",
    "login": "60/minute",
    "intake": "",
    "free": "",
}
"""By class, of one key, session or address; intake and what anybody may see limit themselves
otherwise (`[serve] inbox_limit_mb`). A shop's own systems write in bursts; people do not."""

_LOGINS_OF_ONE = "5/15minute"
"""Of one name from one address."""
_LOGINS_OF_NAME = "100/hour"
"""Of one name from anywhere, so that many addresses together guess slowly too."""
_LOGINS_FROM = "30/15minute"
"""From one address, whatever the names."""

_CODES_OF_ONE = "20/hour"
"""Codes that one customer tries, right or wrong."""
_WRONG_CODES = "600/hour"
"""Wrong ones that come through one key: those who guess may change the customer."""


class Rates:
    """Counts of who has asked how often."""

    def __init__(self) -> None:
        storage = MemoryStorage()
        self._often = SlidingWindowCounterRateLimiter(storage)  # a few numbers for each asker
        self._seldom = MovingWindowRateLimiter(storage)
        self._items: dict[Rate, RateLimitItem | None] = {
            name: parse(text) if text else None for name, text in RATES.items()
        }
        self._logins = [parse(_LOGINS_OF_ONE), parse(_LOGINS_OF_NAME), parse(_LOGINS_FROM)]
        self._codes, self._wrong_codes = parse(_CODES_OF_ONE), parse(_WRONG_CODES)

    def check(self, rate: Rate, who: str) -> None:
        """Count one more.

        Raises:
            TooOften: more than the class allows.
        """
        item = self._items[rate]
        if item is None or self._often.hit(item, rate, who):
            return
        reset = self._often.get_window_stats(item, rate, who).reset_time
        raise TooOften(
            f"more than {RATES[rate].replace('/', ' a ')} were asked",
            retry_after=max(1.0, reset - time.time()),
            todo="ask more slowly, or several at once",
        )

    def check_login(self, name: str, address: str) -> None:
        """Count a try to log in, before anything is hashed.

        Raises:
            TooOften: too many of this name, or from this address.
        """
        keys = ((name, address), (name, "*"), ("*", address))
        for item, key in zip(self._logins, keys, strict=True):
            if not self._seldom.hit(item, "login", *key):
                reset = self._seldom.get_window_stats(item, "login", *key).reset_time
                raise TooOften(
                    "too many logins were tried",
                    retry_after=max(1.0, reset - time.time()),
                    todo="wait a while, then try again",
                )

    def check_code(self, customer: str, by: str) -> None:
        """Count a code that a customer tries.

        Raises:
            TooOften: the customer has tried too many, or too many wrong ones came from who asks.
        """
        if not self._seldom.test(self._wrong_codes, "wrong code", by):
            item, key = self._wrong_codes, ("wrong code", by)
        elif not self._seldom.hit(self._codes, "code", customer):
            item, key = self._codes, ("code", customer)
        else:
            return
        reset = self._seldom.get_window_stats(item, *key).reset_time
        raise TooOften(
            "too many codes were tried",
            retry_after=max(1.0, reset - time.time()),
            todo="wait a while, then try again",
        )

    def was_wrong(self, by: str) -> None:
        """Count a wrong code."""
        self._seldom.hit(self._wrong_codes, "wrong code", by)

    def logged_in(self, name: str, address: str) -> None:
        """Forget the tries of somebody who knew the password after all."""
        self._seldom.clear(self._logins[0], "login", name, address)
