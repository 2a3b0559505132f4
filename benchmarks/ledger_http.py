"""The ledger over HTTP: claims a second of 64 connections, each told once it is durable.

wrk sends from a process of its own on the same processors as `regulars serve` (owner, teller, one
worker). Each claim takes one from a stock, gives it to a customer of its own with a limit of one,
and comes with an event.
"""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from pathlib import Path

from benchmarks import serving
from benchmarks.timing import Row, Taken
from regulars.access.changes import Changes
from regulars.app.home import Home, make_home
from regulars.app.store import open_store
from regulars.ledger.ledger import Ledger

CONNECTIONS = 64
SECONDS, FULL_SECONDS = 8, 30
ROUNDS = 3
_ASSET = "coupon:bench"
_STOCK = 10**9
_HERE = Path(__file__).parent
_THOUSAND = 1_000


def measure(folder: Path, *, full: bool) -> list[Row]:
    """Claims in some rounds, where wrk is installed."""
    if shutil.which("wrk") is None:
        print("ledger_http: skipped, wrk is not installed")
        return []
    home = folder / "shop"
    make_home(home)
    key = _key(home)
    seconds = FULL_SECONDS if full else SECONDS
    with serving._served(home) as port:
        serving._until_it_answers(port)
        _stock(port, key)
        _load("claims.lua", port, [key, _ASSET, "0"], 2)
        rounds = [
            _load("claims.lua", port, [key, _ASSET, str(number)], seconds)
            for number in range(1, ROUNDS + 1)
        ]
    return [_row("claims over HTTP, durable", told, ">1,500/s, p99 <100 ms") for told in rounds]


def _row(what: str, told: dict[str, float], goal: str) -> Row:
    rate = told["requests"] / told["seconds"]
    note = (
        f"{rate:,.0f}/s, p50 {told['p50_ms']:.0f}, p99 {told['p99_ms']:.0f},"
        f" max {told['max_ms']:.0f} ms"
    ) + (f", {told['errors']:.0f} ERRORS" if told["errors"] else "")
    taken = Taken(_THOUSAND / rate, 0.0)
    return Row(what, f"{CONNECTIONS} connections, 1,000", taken, goal=goal, note=note)


def _load(script: str, port: int, told: list[str], seconds: int) -> dict[str, float]:
    wrk = [shutil.which("wrk") or "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    done = subprocess.run(
        [*wrk, "-s", str(_HERE / script), f"http://127.0.0.1:{port}", "--", *told],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _stock(port: int, key: str) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    legs = [[_ASSET, "issuer", -_STOCK], [_ASSET, "stock", _STOCK]]
    for kind, body in (("define", {"asset": _ASSET}), ("post", {"legs": legs})):
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"bench {kind}"}
        line.request("POST", f"/v1/ledger/{kind}", json.dumps(body), headers)
        answer = line.getresponse()
        told = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {told[:200]!r}")
    line.close()


def _key(home: Path) -> str:
    with open_store(Home.open(home)) as store, Ledger(store) as ledger:
        return Changes(ledger).make_key("bench", ("ledger:read", "ledger:write")).text
