"""A process that takes messages in, absorbs, settles and compacts, made to be killed.

    python -m intake.events.taking HOME SEED MESSAGES [REPEATS]

Messages are numbered; it appends request after request, and after each that is durable writes its
number to HOME/acks. Started again, it goes on with the first that was not acknowledged, and now and
then sends again what was.
"""

from __future__ import annotations

import json
import os
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from intake.events.shop import AT, EventShop, track
from regulars.intake.events import table
from regulars.intake.inbox.frame import Received
from regulars.intake.inbox.writer import InboxWriter
from regulars.kernel.failpoint import reach

PER_REQUEST = 20
DAY = datetime(2026, 1, 4, tzinfo=UTC)


def message(number: int) -> dict[str, object]:
    """The message of the number: always the same."""
    rng = random.Random(number)
    person = rng.randrange(200)
    told = track(
        f"m{number}",
        user=f"u{person}" if number % 3 == 0 else None,
        anonymousId=f"d{person}-{rng.randrange(2)}",
        timestamp=(DAY + timedelta(seconds=number)).isoformat(),
        properties={"product_id": f"p{number % 50}", "price": number % 90},
    )
    if number % 97 == 5:
        told |= {
            "event": "Order Completed",
            "properties": {
                "order_id": f"o{number}", "total": 20, "currency": "CNY",
                "products": [{"product_id": "p1", "price": 20, "quantity": 1}],
            },
        }  # fmt: skip
    if number % 41 == 7:
        told |= {"type": "identify", "traits": {"email": f"u{person}@example.com", "age": 30}}
        told.pop("event")
        told["userId"] = f"u{person}"
    return told


def request(numbers: list[int]) -> Received:
    connection = "web" if numbers[0] // PER_REQUEST % 2 else "app"
    body = json.dumps({"batch": [message(number) for number in numbers]})
    return Received(connection, "batch", AT, body.encode())


def acknowledged(home: Path) -> set[int]:
    """The first numbers of requests that were acknowledged."""
    try:
        data = (home / "acks").read_bytes()
    except FileNotFoundError:
        return set()
    return {int(line) for line in data.decode().split("\n")[:-1]}


def run(home: Path, seed: int, messages: int, repeats: float) -> None:
    done = acknowledged(home)
    rng = random.Random(f"{seed}:{len(done)}")
    starts = list(range(0, messages, PER_REQUEST))
    left = [first for first in starts if first not in done]
    with EventShop(home) as shop, (home / "acks").open("ab", buffering=0) as acks:
        writer = InboxWriter(shop.home.inbox, shop.vault, rotate_at=max(40_000, messages * 10))
        for first in left:
            again = (
                rng.choices(starts[: first // PER_REQUEST + 1]) if rng.random() < repeats else []
            )
            for one in [first, *(one for one in again if one in done)]:
                writer.append([request(list(range(one, min(one + PER_REQUEST, messages))))])
                if one == first:
                    reach("reply")
                    os.write(acks.fileno(), f"{first}\n".encode())
                    done.add(first)
            if rng.random() < 0.3 * min(1, 3_000 / len(starts)):
                shop.absorber.absorb(rng.choice([1, 5_000, 100_000, 10_000_000]))
            if rng.random() < 0.2 * min(1, 500 / len(starts)):
                shop.absorber.settle()
            if rng.random() < 0.25 * min(1, 500 / len(starts)):
                shop.absorber.compact()
        writer.close()
        shop.absorb()
        shop.absorber.settle()
        while shop.absorber.compact():
            pass


def main(home: str, seed: str, messages: str, repeats: str) -> None:
    """In a process of its own: its arguments, as they stand behind its name."""
    table.ROTATE = max(60, int(messages) // 100)  # so that there is something to compact
    run(Path(home), int(seed), int(messages), float(repeats))


if __name__ == "__main__":
    main(*sys.argv[1:])
