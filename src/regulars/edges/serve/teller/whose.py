"""Whose a benefit is: the number under which the owner of the warehouse knows a customer.

Clients name customers as in the rest of the API: by our number, or by an id of theirs, which only
the warehouse knows. The owner answers through its socket. Which numbers are another one's by now
is asked for every two seconds, so that who names a number waits for nobody.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from regulars.access.policy import OURS
from regulars.edges.serve.worker.refusals import OwnerAway
from regulars.engines.served import OWNER
from regulars.errors import NoSuchBenefit, Where
from regulars.kernel.closing import Closing

if TYPE_CHECKING:
    import httpx

_WITHIN = 5.0
_LOOK = 2.0


class _Owner(msgspec.Struct):
    http: str


class _Number(msgspec.Struct):
    customer_id: int


class _Survivors(msgspec.Struct):
    state: str
    numbers: list[int] | None = None
    survivors: list[int] | None = None


class Whose(Closing):
    """Asks the owner; from any thread.

    Args:
        running: the home's `run/`.
    """

    def __init__(self, running: Path) -> None:
        self._file = running / OWNER
        self._lock = threading.Lock()
        self._address = ""
        self._client: httpx.Client | None = None
        self._state = ""
        self._survivors: dict[int, int] = {}
        self._earlier: dict[int, tuple[int, ...]] = {}
        self._ending = threading.Event()
        self._following = threading.Thread(target=self._follow, name="whose", daemon=True)
        self._following.start()

    def close(self) -> None:
        """Let go of the way to the owner."""
        self._ending.set()
        self._following.join(_WITHIN)
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def number_of(self, told: int | str) -> int:
        """The customer's number; of one that is another one's by now, that one.

        A merge of the last moments may not be known yet: then what is given goes to the old number,
        from which it is moved like all that stood there before.

        Raises:
            NoSuchBenefit: nobody has this id.
            OwnerAway: the owner does not answer.
        """
        if isinstance(told, int):
            return self._survivors.get(told, told)
        import httpx

        try:
            answer = self._ask("number", {"id": told})
        except (httpx.HTTPError, OSError, msgspec.DecodeError) as error:
            raise OwnerAway(
                "customers cannot be looked up at the moment",
                todo="ask again with the same key in a while, or name our own number",
            ) from error
        if answer.status_code == 200:
            return msgspec.json.decode(answer.content, type=_Number).customer_id
        if answer.status_code in (400, 404):
            raise NoSuchBenefit(
                "nobody has this id",
                where=Where(column="customer", value=told),
                todo="send an identify of this customer first, or name our number",
            )
        raise OwnerAway("customers cannot be looked up now", todo="ask again in a while")

    def earlier_of(self, survivor: int) -> tuple[int, ...]:
        """The numbers that have become this one, as far as is known."""
        return self._earlier.get(survivor, ())

    def _follow(self) -> None:
        while not self._ending.is_set():
            self._learn()
            self._ending.wait(_LOOK)

    def _learn(self) -> None:
        """Which numbers are another one's by now; what was known holds while nobody tells."""
        if not self._file.exists():
            return  # no owner yet: what it takes to ask one is not loaded before there is one
        import httpx

        try:
            answer = self._ask("survivors", {"known": self._state})
            if answer.status_code != 200:
                return
            found = msgspec.json.decode(answer.content, type=_Survivors)
        except (httpx.HTTPError, OSError, RuntimeError, msgspec.DecodeError):
            return
        if found.numbers is not None and found.survivors is not None:
            pairs = list(zip(found.numbers, found.survivors, strict=True))
            earlier: dict[int, list[int]] = {}
            for number, survivor in pairs:
                earlier.setdefault(survivor, []).append(number)
            self._earlier = {one: tuple(numbers) for one, numbers in earlier.items()}
            self._survivors = dict(pairs)
        self._state = found.state

    def _ask(self, what: str, told: dict[str, Any]) -> httpx.Response:
        return self._to_owner().get(OURS + what, params=told)

    def _to_owner(self) -> httpx.Client:
        """A client of the owner that there is now; raises where there is none."""
        import httpx

        address = msgspec.json.decode(self._file.read_bytes(), type=_Owner).http
        with self._lock:
            if self._client is None or address != self._address:
                if self._client is not None:
                    self._client.close()
                transport = httpx.HTTPTransport(uds=address)
                self._client = httpx.Client(
                    transport=transport, base_url="http://owner", timeout=_WITHIN
                )
                self._address = address
            return self._client
