"""Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body, under a secret of ours.

>>> secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
>>> sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A secret that nobody had before: 32 random bytes as `whsec_` and base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def sign(secrets_: Iterable[str], message_id: str, at: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each secret, separated by blanks.

    Args:
        secrets_: those that are live; two while a new one comes in.
        message_id: the header `webhook-id`.
        at: the header `webhook-timestamp`, in seconds: when it is sent, not when it happened.
        body: as it is sent.
    """
    signed = f"{message_id}.{at}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()
        for secret in secrets_
    )


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX))
