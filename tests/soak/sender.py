"""A client of `regulars serve`, in a process of its own, that goes on until all was acknowledged.

    python -m soak.sender URL KEY ACKS SEED MESSAGES

It sends numbered messages a few dozen at a time, as far as the file `allowed` beside ACKS lets
it, and with them some that were acknowledged long ago. After each 200 the request's numbers go into
the file ACKS. What is refused or breaks off is sent again as it was, the way Segment's clients do.
At the end it prints what it did.
"""

from __future__ import annotations

import json
import random
import sys
import threading
from base64 import b64encode
from collections import Counter
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from intake.events.taking import message

REPEATS = 0.25
"""Messages sent again for each new one: a fifth of all."""
NOBODY = {"type": "track", "event": "Product Viewed", "messageId": "of nobody"}
_PAUSE = threading.Event()


class Sender:
    """Sends, and counts what became of it."""

    def __init__(self, url: str, key: str) -> None:
        place = urlsplit(url)
        self._host, self._port = str(place.hostname), place.port
        self._headers = {"Authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}
        self._line: HTTPConnection | None = None
        self.answers: Counter[str] = Counter()
        self.tried = self.acknowledged = 0
        """Messages, each as often as it was sent."""

    def post(self, messages: list[dict[str, object]]) -> None:
        """Until it is acknowledged."""
        body = json.dumps({"batch": messages}).encode()
        while True:
            self.tried += len(messages)
            status = self._try(body)
            self.answers[str(status)] += 1
            if status == 200:
                self.acknowledged += len(messages)
                return
            assert status in (0, 503), status
            _PAUSE.wait(0.05)

    def _try(self, body: bytes) -> int:
        """The status, or 0 where there was no answer."""
        try:
            if self._line is None:
                self._line = HTTPConnection(self._host, self._port, timeout=60)
            self._line.request("POST", "/v1/batch", body, self._headers)
            answer = self._line.getresponse()
            answer.read()
        except (OSError, HTTPException):
            if self._line is not None:
                self._line.close()
            self._line = None
            return 0
        return answer.status


def main(url: str, key: str, acks: Path, seed: int, count: int) -> None:
    rng = random.Random(seed)
    sender = Sender(url, key)
    done = refusable = 0
    with acks.open("ab", buffering=0) as file:
        while done < count:
            while done >= int((acks.parent / "allowed").read_text()):
                _PAUSE.wait(0.01)
            past = min(count, done + rng.randrange(1, 100))
            numbers = list(range(done, past))
            if done:  # anything of before, however long ago
                again = rng.randrange(round(2 * REPEATS * len(numbers)) + 1)
                numbers += [rng.randrange(done) for _ in range(again)]
            messages = [message(number) for number in numbers]
            if rng.random() < 0.05:
                messages.append(NOBODY)
                refusable += 1
            sender.post(messages)
            file.write(f"{done} {past}\n".encode())
            done = past
    told = {
        "tried": sender.tried,
        "acknowledged": sender.acknowledged,
        "of_nobody": refusable,
        "answers": sender.answers,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
