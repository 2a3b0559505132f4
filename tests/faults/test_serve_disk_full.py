"""The whole server on a disk that fills up while it absorbs, settles and stops: nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from faults.test_disk_full import namespaces

TESTS = Path(__file__).parents[1]

# The log lies on the same disk: a line that cannot be written must not hurt either.
_ON_A_SMALL_DISK = """
import json, os, signal, subprocess, sys
from pathlib import Path
disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", str(disk)], check=True)
sys.path.insert(0, sys.argv[2])
import forked
from regulars.app.home import make_home
from running_server import RunningServer, until

home, filler = disk / "shop", disk / "filler"
make_home(home, name="x")

def fill():
    with filler.open("wb", buffering=0) as out:
        for size in (65536, 4096, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                pass

def send(first, past):
    for n in range(first, past):
        batch = [
            {"type": "track", "userId": f"u{n}", "messageId": f"m{n}-{place}",
             "event": "Product Viewed" if place else "Order Completed",
             "properties": {"order_id": f"o{n}", "total": 20, "note": "y" * 300}}
            for place in range(100)
        ]
        assert server.send(key, "/v1/batch", {"batch": batch}) == 200

def regulars(*words):
    return forked.run(forked.verb, "--json", "--home", str(home), *words)

def is_absorbed():
    if server.get("/health")[0] != 200:
        return False
    return server.metrics()["regulars_owner_backlog_bytes"] == 0

found = {}
with RunningServer(home) as server:
    key = server.key("web")
    send(0, 20)
    until(is_absorbed)

    owner = server.owner
    os.kill(owner, signal.SIGSTOP)  # so that the inbox has room and the warehouse has not
    send(20, 80)
    fill()
    os.kill(owner, signal.SIGCONT)
    told = until(lambda: [
        told for status, told in [server.get("/health")]
        if status == 503 and "No space" in str(told["checks"]["owner"])
    ])[0]
    found["health"] = json.dumps(told)
    filler.unlink()
    until(is_absorbed, 60)

    fill()
    found["settling"] = regulars("timeline", "u1").returncode
    filler.unlink()
    until(is_absorbed, 60)
    found["settled"] = regulars("timeline", "u1").returncode

    send(80, 100)
    until(is_absorbed)
    fill()
    found["stop"] = server.stop()
    filler.unlink()
with RunningServer(home) as server:
    until(is_absorbed, 60)
found["accounts"] = json.loads(regulars("events").stdout)
found["identical"] = json.loads(regulars("rebuild").stdout)["identical"]
print(json.dumps(found))
"""


def test_absorbing_settling_and_stopping_on_a_full_disk_lose_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        [*namespaces(), sys.executable, "-c", _ON_A_SMALL_DISK, str(disk), str(TESTS)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "No space left" in found["health"]
    assert str(disk) not in found["health"], "where it lies is nobody's business"
    assert found["settling"] in (0, 1), "the engine may have made room meanwhile"
    assert (found["settled"], found["stop"]) == (0, 0)
    assert found["identical"]
    told = json.dumps(found["accounts"])
    assert '"accepted": 10000' in told
    assert '"duplicate": 0' in told
    assert '"rejected": 0' in told
