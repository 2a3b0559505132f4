"""The teller's process: frames, its door, a store that cannot be written, workers without it."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edges.serve.telling import Telling, telling
from edges.serve.worker.running import running
from regulars.app.home import make_home
from regulars.edges.serve.teller.frames import (
    LARGEST,
    Answer,
    BrokenFrame,
    Incoming,
    Request,
    packed,
    unpacked_answer,
    unpacked_request,
)
from regulars.edges.serve.teller.line import Line
from regulars.edges.serve.teller.place import Place, teller_of
from running_server import until

HEAVY = ("duckdb", "pandas", "numba", "fastapi", "pyarrow", "granian", "httpx", "alembic")


@given(
    bodies=st.lists(st.binary(max_size=300), max_size=8),
    cuts=st.lists(st.integers(0, 3000), max_size=12),
)
def test_frames_come_out_whole_and_in_order_however_the_bytes_are_cut(bodies, cuts):
    sent = [Answer(number, 200, [], body) for number, body in enumerate(bodies)]
    wire = b"".join(map(packed, sent))
    edges = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    incoming = Incoming()
    found = [frame for begin, end in pairwise(edges) for frame in incoming.fed(wire[begin:end])]
    assert [unpacked_answer(frame) for frame in found] == sent


def test_a_length_that_no_frame_has_is_refused():
    with pytest.raises(BrokenFrame):
        Incoming().fed((LARGEST + 1).to_bytes(4))


def test_an_answer_that_fits_into_no_frame_is_told_to_be_and_breaks_no_line(monkeypatch):
    monkeypatch.setattr("regulars.edges.serve.teller.line._MOST_SAID", 1000)

    class Desk:
        counts = SimpleNamespace(answered=lambda *_: None)

        def take(self, requests, reply):
            for one in requests:
                reply(one.id, one.route, {"told": "x" * int(one.parameter)})

    ours, theirs = socket.socketpair()
    line = Line(theirs, Desk())
    line.start()
    with ours:
        ours.sendall(b"".join(packed(Request(n, "r", str(2000 - n * 1500))) for n in (0, 1)))
        incoming, found = Incoming(), []
        ours.settimeout(30)
        while len(found) < 2:
            found += [unpacked_answer(one) for one in incoming.fed(ours.recv(65536))]
    line.join(30)
    assert [(one.id, one.status) for one in found] == [(0, 422), (1, 200)]
    assert json.loads(found[0].body)["code"] == "serve.answer_too_long"


def test_a_teller_needs_none_of_the_heavy_libraries(tmp_path):
    make_home(tmp_path / "home")
    code = f"""
import sys
from pathlib import Path
from regulars.edges.serve.stopping import Stop
from regulars.edges.serve.teller.__main__ import tell
Stop.wait = lambda self: None  # it stops as soon as it is ready
tell(Path({str(tmp_path / "home")!r}))
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""
    # The second time: a new store is made by alembic.
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_a_long_path_has_its_socket_elsewhere_and_nothing_is_left_of_it(tmp_path):
    folder = tmp_path / ("long" * 30) / "run"
    place = Place.make(folder)
    listening = place.listen()
    place.tell()
    assert place.door.parent != folder
    assert place.door.parent.stat().st_mode & 0o077 == 0
    listening.close()
    # One that was killed leaves all of it; the next one removes it.
    after = Place.make(folder)
    assert not place.door.parent.exists()
    after.door.parent.rmdir()
    assert teller_of(folder) is None


@pytest.fixture
def shop(tmp_path):
    with telling(tmp_path) as made:
        made.post("define", {"asset": "points"}, "define")
        yield made


def test_its_socket_is_its_users_alone(shop):
    told = teller_of(shop.home / "run")
    assert Path(told.socket).stat().st_mode & 0o777 == 0o600


def test_whoever_speaks_no_frames_is_cut_off_and_the_others_are_served(shop):
    told = teller_of(shop.home / "run")
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(told.socket)
        wire.sendall(b"GET / HTTP/1.1\r\n\r\n")
        wire.settimeout(10)
        assert wire.recv(100) == b""
    assert shop.get("head").status == 200


def test_without_a_teller_the_store_is_503_and_its_return_is_noticed(shop):
    shop.kill()
    answer = shop.post("define", {"asset": "other"}, "other")
    assert (answer.status, answer.told["code"]) == (503, "store.away")
    assert int(answer.headers["retry-after"]) >= 1
    assert store_of(shop)["status"] == "failing"
    shop.start()
    assert shop.post("define", {"asset": "other"}, "other").status == 200
    assert store_of(shop)["status"] == "ok"


def test_a_request_waits_a_moment_for_a_teller_that_is_just_beginning(shop):
    shop.kill()
    found = []
    asking = threading.Thread(
        target=lambda: found.append(shop.post("define", {"asset": "other"}, "other").status)
    )
    asking.start()
    place = Place.make(shop.home / "run")  # one that answers everything with 418
    with place.listen() as door:
        place.tell()
        wire, _ = door.accept()
        incoming = Incoming()
        frames: list[bytes] = []
        with wire:
            while not frames:
                frames = incoming.fed(wire.recv(65536))
            wire.sendall(packed(Answer(unpacked_request(frames[0]).id, 418, [], b"")))
            asking.join(30)
    place.forget()
    assert found == [418]


def test_the_metrics_of_the_rest_are_there_without_a_teller(shop):
    shop.kill()
    answer = shop.worker.ask("GET", "/metrics")
    assert answer.status == 200
    assert "regulars_store_commits_total" not in answer.body.decode()


def test_a_full_disk_makes_health_red_until_there_is_room(shop):
    def allowed(size: int) -> None:
        resource.prlimit(shop.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    before = shop.get("head").told["n"]
    allowed(1)
    answer = shop.post("define", {"asset": "a"}, "full")
    assert (answer.status, answer.told["code"]) == (503, "store.full")
    assert "retry-after" in answer.headers
    assert "file" not in answer.told["where"]
    told = store_of(shop)
    assert (told["status"], told.get("code")) == ("failing", "store.full")
    # Questions are still answered.
    assert shop.get("head").told["n"] == before
    allowed(resource.RLIM_INFINITY)
    assert store_of(shop)["status"] == "ok"  # tried, without anybody's command
    assert shop.post("define", {"asset": "a"}, "full").status == 200


def test_what_is_asked_when_it_is_told_to_stop_is_done_first(shop):
    wires = []
    for number in range(20):
        wire = socket.create_connection(("127.0.0.1", shop.worker.port), timeout=30)
        body = json.dumps({"asset": f"asset:{number}"})
        wire.sendall(
            f"POST /v1/ledger/define HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shop.key}\r\n"
            f"Idempotency-Key: {number}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        wires.append(wire)
    shop.process.send_signal(signal.SIGTERM)
    statuses = [int(wire.recv(65536).split()[1]) for wire in wires]
    for wire in wires:
        wire.close()
    shop.process.wait(30)
    assert shop.process.returncode == 0
    assert set(statuses) <= {200, 503}
    shop.start()
    for number, status in enumerate(statuses):
        again = shop.post("define", {"asset": f"asset:{number}"}, str(number))
        assert again.status == 200
        if status == 200:
            assert again.headers["idempotent-replayed"] == "true"


def test_a_worker_alone_answers_at_once_for_its_health(tmp_path):
    make_home(tmp_path / "home")
    with running(tmp_path / "home") as worker:
        told = worker.ask("GET", "/health").told
    assert told["checks"]["store"]["reasons"] == ["the store's process does not answer"]


def store_of(shop: Telling) -> dict[str, object]:
    return shop.worker.ask("GET", "/health").told["checks"]["store"]


def test_a_teller_ends_when_its_parent_is_gone(tmp_path):
    make_home(tmp_path / "home")
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "regulars.edges.serve.teller", str(tmp_path / "home")],
        pass_fds=(reading,),
        env={**os.environ, "REGULARS_PARENT_PIPE": str(reading)},
    )
    os.close(reading)
    until(lambda: teller_of(tmp_path / "home" / "run"))
    os.close(writing)
    assert process.wait(30) == 0
