"""Posting to an endpoint: to an address that was looked at, within a time, following nothing.

The name is resolved once for a connection and the connection goes to what was looked at; TLS still
asks for the certificate of the name. A connection serves the messages of one pass.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from regulars.delivery.webhook import address
from regulars.delivery.webhook.address import Resolve, read_url, where_to
from regulars.delivery.webhook.endpoints import Endpoint
from regulars.delivery.webhook.signing import sign
from regulars.delivery.webhook.wire import TooLong, Wire
from regulars.errors import AddressRefused
from regulars.kernel.closing import Closing
from regulars.settings import WebhookSettings

WITHIN = 10.0
"""Seconds for one message, from the connection to the end of the answer."""
MOST_READ = 64 << 10
"""Bytes of an answer, headers included; of what comes after them only the status is used."""

_CONNECT = 5.0
"""Of them, for one of several addresses."""
_REDIRECTS = range(300, 400)
_AWAY = (408, 425, 429)
"""Answers below 500 that tell of the endpoint and not of the message."""
_GONE = 410
_GONE_STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it.

    Attributes:
        status: of HTTP; 0 where no answer came.
        said: in a few words, without anything that the other side has sent.
        wish: seconds for which it asked to be left alone.
    """

    status: int
    said: str
    wish: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it was heard."""
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether it wants to be told nothing any more."""
        return self.status == _GONE

    @property
    def is_alive(self) -> bool:
        """Whether it answered and only did not want this message."""
        return 400 <= self.status < 500 and self.status not in _AWAY


class _Response(http.client.HTTPResponse):
    """Waits for the answer behind whatever is said meanwhile, as by 103 (RFC 9110, 15.2).

    Only 100 is passed over as the library comes; then the next message would take this one's
    answer for its own.
    """

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        if http.client.SWITCHING_PROTOCOLS < status < http.client.OK:
            status = http.client.CONTINUE
        return version, status, reason


class Caller(Closing):
    """Posts to one URL; from one thread, but `abort` from any.

    Args:
        url: that of the endpoint.
        rules: which addresses may be called.
        resolve: the addresses of a name.
        context: of TLS; by default it believes whom the system believes.
        within: seconds for one message.
    """

    def __init__(
        self,
        url: str,
        rules: WebhookSettings,
        *,
        resolve: Resolve | None = None,
        context: ssl.SSLContext | None = None,
        within: float = WITHIN,
    ) -> None:
        self._url, self._rules = url, rules
        self._resolve = resolve or address.resolve
        self._context = context
        self._within = within
        self._lock = threading.Lock()
        self._aborted = False
        self._http: http.client.HTTPConnection | None = None
        self._wire: Wire | None = None

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            wire, self._wire, self._http = self._wire, None, None
        if wire is not None:
            wire.end()

    def abort(self) -> None:
        """Break off what goes on, and let nothing more begin."""
        with self._lock:
            self._aborted = True
            if self._wire is not None:
                self._wire.abort()

    def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post the body; whatever goes wrong is told, not raised."""
        until = time.monotonic() + self._within
        try:
            if self._wire is not None:
                self._wire.begin(until, MOST_READ)
                # The other side may have closed what has been idle: that is no failure.
                with suppress(*_GONE_STALE):
                    return self._exchange(headers, body)
                self.close()
            self._connect(until)
            return self._exchange(headers, body)
        except AddressRefused as error:
            return self._failed(error.message)
        except TimeoutError:
            return self._failed(f"no answer within {self._within:g} s")
        except ssl.SSLCertVerificationError as error:
            return self._failed(f"its certificate is not good: {error.verify_message}")
        except ssl.SSLError as error:
            return self._failed(f"TLS failed: {error.reason or 'no reason given'}")
        except (http.client.HTTPException, ValueError):
            return self._failed("what came is no answer of HTTP")
        except TooLong:
            return self._failed(f"its answer has more than {MOST_READ >> 10} KB")
        except OSError as error:
            return self._failed(error.strerror or "the connection broke off")

    def _exchange(self, headers: Mapping[str, str], body: bytes) -> Answer:
        http_, target = self._http, read_url(self._url, self._rules)
        if http_ is None:
            raise ConnectionError("the connection broke off")
        http_.request(
            "POST",
            target.path,
            body,
            {
                "Host": target.authority,
                "Content-Type": "application/json",
                "User-Agent": "Regulars",
                **headers,
            },
        )
        response = http_.getresponse()
        with suppress(OSError, http.client.HTTPException, ValueError):
            response.read(MOST_READ)
        is_over = response.isclosed() and not response.will_close
        if not is_over or response.status == http.client.SWITCHING_PROTOCOLS:
            response.close()
            self.close()
        return Answer(response.status, _said(response.status), _wish(response))

    def _connect(self, until: float) -> None:
        target = read_url(self._url, self._rules)
        found = where_to(target, self._rules, self._resolve)
        connected = _first(found, target.port, until)
        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if target.is_tls:
                connected.settimeout(_left(until))
                context = self._context or default_context()
                connected = context.wrap_socket(connected, server_hostname=target.host)
            wire = Wire(connected)
            wire.begin(until, MOST_READ)
            made = http.client.HTTPConnection(target.host, target.port)
            made.response_class = _Response
            made.auto_open = 0  # it would resolve the name by itself
            made.sock = wire  # all that it asks of a socket
            with self._lock:
                self._http, self._wire = made, wire
                if self._aborted:
                    wire.abort()
        except BaseException:
            connected.close()
            raise

    def _failed(self, said: str) -> Answer:
        self.close()
        return Answer(0, said)


def post(caller: Caller, endpoint: Endpoint, message_id: str, body: bytes, at: int) -> Answer:
    """Post one message, signed with every secret that is live.

    Args:
        caller: to the endpoint's URL.
        endpoint: whose secrets.
        message_id: the header `webhook-id`.
        body: JSON.
        at: the present instant, UTC microseconds.
    """
    seconds = at // 1_000_000
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": sign(endpoint.live(at), message_id, seconds, body),
    }
    return caller.post(headers, body)


_CONTEXT: list[ssl.SSLContext] = []


def default_context() -> ssl.SSLContext:
    """Believes whom the system believes; loaded once, which takes a while."""
    if not _CONTEXT:
        _CONTEXT.append(ssl.create_default_context())
    return _CONTEXT[0]


def _first(found: list[str], port: int, until: float) -> socket.socket:
    """A connection to the first of the addresses that takes one."""
    failed: OSError = TimeoutError()
    for place, one in enumerate(found):
        left = _left(until)
        try:
            is_last = place == len(found) - 1
            return socket.create_connection((one, port), left if is_last else min(left, _CONNECT))
        except OSError as error:
            failed = error
    raise failed


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _said(status: int) -> str:
    if status in _REDIRECTS:
        return f"HTTP {status}: it leads elsewhere, where nobody follows"
    return f"HTTP {status}"


def _wish(response: http.client.HTTPResponse) -> int:
    """Seconds, told as such or as a date, which is read by the other side's clock where told."""
    told = (response.getheader("Retry-After") or "").strip()
    if response.status not in (429, 503) or not told.isascii():
        return 0
    if told.isdigit():
        return int(told) if len(told) < 10 else 0
    until = _date(told)
    now = _date(response.getheader("Date") or "") or datetime.now(UTC)
    return max(0, int((until - now).total_seconds())) if until else 0


def _date(told: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(told)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
