"""Counts of all workers, for Prometheus.

Each worker keeps its own in memory and leaves a copy in a file every second; whichever worker is
asked adds the others' copies to its own. A library's shared mapped file would kill a worker on a
full disk, which is just when one wants to look.
"""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

FOLDER = "workers"
"""In the home's `run/`; emptied when a server begins."""

_ALIVE_SECONDS = 10.0
"""The gauges of a worker that has left no copy for so long are not counted any more."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class _Sample(msgspec.Struct, array_like=True):
    name: str
    labels: dict[str, str]
    value: float


class _Family(msgspec.Struct, array_like=True):
    name: str
    kind: str
    help: str
    samples: list[_Sample]


class _Copy(msgspec.Struct, array_like=True):
    at: float
    families: list[_Family]


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(_Copy).decode


class Metrics:
    """One worker's counts, and those of all.

    Args:
        folder: where the workers of this server leave their copies.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / f"{time.time_ns()}-{secrets.token_hex(4)}"
        self._own = CollectorRegistry()
        self.requests = Counter(
            "regulars_intake_requests", "Requests by route and status.",
            ["route", "status"], registry=self._own,
        )  # fmt: skip
        self.messages = Counter(
            "regulars_intake_messages", "Messages made durable and acknowledged.",
            ["route"], registry=self._own,
        )  # fmt: skip
        self._bytes = Counter(
            "regulars_intake_body_bytes", "Bytes of bodies made durable.", registry=self._own
        )
        self._commits = Histogram(
            "regulars_intake_commit_seconds", "From a group's first write to its sync.",
            registry=self._own, buckets=_SECONDS,
        )  # fmt: skip
        self._grouped = Counter(
            "regulars_intake_committed_requests", "Requests in those groups.", registry=self._own
        )
        self.held = Gauge(
            "regulars_intake_held_bytes", "Bytes of bodies in memory.", registry=self._own
        )
        self.inbox = Gauge(
            "regulars_inbox_bytes", "Bytes in the inbox, not settled yet.", registry=self._own
        )

    def committed(self, requests: int, size: int, seconds: float) -> None:
        """A group became durable."""
        self._commits.observe(seconds)
        self._grouped.inc(requests)
        self._bytes.inc(size)

    def leave_copy(self) -> None:
        """For the other workers; what cannot be written now is left for the next time."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            aside = self._folder / f".{self._file.name}"
            aside.write_bytes(_ENCODE(_Copy(time.time(), _families(self._own.collect()))))
            aside.replace(self._file)

    def text(self) -> bytes:
        """All workers' counts in Prometheus's text format."""
        # So that whichever worker is asked next tells no less.
        self.leave_copy()
        registry = CollectorRegistry()
        registry.register(_Sum([_families(self._own.collect()), *self._others()]))
        return generate_latest(registry)

    def _others(self) -> list[list[_Family]]:
        found = []
        now = time.time()
        with suppress(FileNotFoundError):
            for file in self._folder.iterdir():
                if file == self._file or file.name.startswith("."):
                    continue
                with suppress(OSError, msgspec.DecodeError):
                    copy = _DECODE(file.read_bytes())
                    is_alive = now - copy.at < _ALIVE_SECONDS
                    found.append([one for one in copy.families if is_alive or one.kind != "gauge"])
        return found


class _Sum(Collector):
    """What several workers counted, as one."""

    def __init__(self, workers: list[list[_Family]]) -> None:
        self._workers = workers

    def collect(self) -> list[Metric]:
        heads: dict[str, _Family] = {}
        sums: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = defaultdict(dict)
        for families in self._workers:
            for family in families:
                heads.setdefault(family.name, family)
                into = sums[family.name]
                for sample in family.samples:
                    place = (sample.name, tuple(sample.labels.items()))
                    # All workers look at the same inbox.
                    if family.name == "regulars_inbox_bytes":
                        into[place] = max(into.get(place, 0.0), sample.value)
                    else:
                        into[place] = into.get(place, 0.0) + sample.value
        made = []
        for name, head in heads.items():
            metric = Metric(name, head.help, head.kind)
            for (sample_name, labels), value in sums[name].items():
                metric.add_sample(sample_name, dict(labels), value)
            made.append(metric)
        return made


def _families(metrics: object) -> list[_Family]:
    return [
        _Family(
            metric.name, metric.type, metric.documentation,
            [
                _Sample(sample.name, dict(sample.labels), sample.value)
                for sample in metric.samples
                if not sample.name.endswith("_created")
            ],
        )
        for metric in metrics  # type: ignore[attr-defined]
    ]  # fmt: skip
