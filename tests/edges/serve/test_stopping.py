"""A signal asks a process to stop, whatever that is at."""

import os
import signal
import subprocess
import sys
import threading

from regulars.edges.serve.stopping import Stop, asked_to_stop

ASKED_AT_EACH_LINE = """
import os, signal, sys
from regulars.edges.serve.stopping import Stop, asked_to_stop

def to_stop_in_line(line):
    # The signal arrives before the n-th line that the main thread comes to.
    left = line
    def tracing(frame, event, _):
        nonlocal left
        if event == "line" and frame.f_code.co_filename != "<string>":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGTERM)
        return tracing
    with asked_to_stop(signal.SIGTERM) as stop:
        sys.settrace(tracing)
        for _ in range(2):
            stop.wait_a_little()
        sys.settrace(None)
        if left > 0:
            return False
        stop.wait()
    return True

line = 1
while to_stop_in_line(line):
    line += 1
print(line - 1)
"""


def test_a_signal_is_heard_in_whichever_line_it_arrives():
    ran = subprocess.run(
        [sys.executable, "-c", ASKED_AT_EACH_LINE],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert int(ran.stdout) >= 4


def test_once_asked_nobody_waits():
    stop = Stop()
    assert not stop.is_asked
    threading.Timer(0.01, stop.ask).start()
    stop.wait()
    assert stop.is_asked
    assert stop.wait_a_little()


def test_afterwards_the_signals_mean_what_they_meant():
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("before"))
    try:
        with asked_to_stop(signal.SIGTERM) as stop:
            os.kill(os.getpid(), signal.SIGTERM)
            stop.wait()
            assert not heard
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard == ["before"]
    finally:
        signal.signal(signal.SIGTERM, before)
