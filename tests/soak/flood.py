"""A client that sends batches of a hundred at a steady rate, a fifth of it what was sent before.

    python -m soak.flood URL KEY RATE SECONDS

RATE is in events a second, sent over several connections at once. At the end it prints what it sent
and what became of it.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from base64 import b64encode
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlsplit

BATCH = 100
AGAIN = 20
PEOPLE = 50_000
LINES = 8
_PAUSE = threading.Event()
_EVENT = (
    '{"type":"track","messageId":"f%d","userId":"u%d","event":"Product Viewed",'
    '"timestamp":"2026-11-22T09:00:00.000Z","properties":{"product_id":"p%d","price":59.9},'
    '"context":{"page":{"url":"https://shop.example/p/%d"}}}'
)


class Sent(NamedTuple):
    """What one connection has sent."""

    sent: int
    distinct: int
    answers: Counter[int]
    most_late: float


def main(url: str, key: str, rate: float, seconds: float) -> None:
    """Send, and tell what became of it."""
    began = time.monotonic()
    with ThreadPoolExecutor(LINES) as pool:
        of = [pool.submit(_send, url, key, rate / LINES, seconds, line) for line in range(LINES)]
        lines = [one.result() for one in of]
    answers = sum((one.answers for one in lines), Counter[int]())
    found = {
        "sent": sum(one.sent for one in lines),
        "distinct": sum(one.distinct for one in lines),
        "answers": answers,
        "most_late": round(max(one.most_late for one in lines), 1),
    }
    sys.stdout.write(json.dumps(found | {"seconds": round(time.monotonic() - began)}))


def _send(url: str, key: str, rate: float, seconds: float, nth: int) -> Sent:
    """Through one connection; its events are those whose number leaves `nth` over."""
    place, rng = urlsplit(url), random.Random(nth)
    basic = b64encode(f"{key}:".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    line = HTTPConnection(str(place.hostname), place.port, timeout=60)
    answers: Counter[int] = Counter()
    late = 0.0
    sent = distinct = 0
    began = time.monotonic()
    while (now := time.monotonic() - began) < seconds:
        early = sent / rate - now
        late = max(late, -early)
        if early > 0:
            _PAUSE.wait(early)
        fresh = BATCH if not distinct else BATCH - AGAIN
        numbers = [*range(distinct, distinct + fresh)]
        numbers += [rng.randrange(distinct) for _ in range(BATCH - fresh)]
        told = ",".join(
            _EVENT % (n, n * 7 % PEOPLE, n % 500, n % 500)
            for n in (LINES * one + nth for one in numbers)
        )
        status = 0
        while status != 200:
            line.request("POST", "/v1/batch", f'{{"batch":[{told}]}}', headers)
            answer = line.getresponse()
            answer.read()
            status = answer.status
            answers[status] += 1
            if status != 200:
                _PAUSE.wait(0.2)
        sent, distinct = sent + BATCH, distinct + fresh
    return Sent(sent, distinct, answers, late)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
