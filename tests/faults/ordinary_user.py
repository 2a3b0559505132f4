"""The command line as an ordinary user runs it, for whom permissions hold also where root tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# Root gives up what lets it past permissions (CAP_DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER); that
# holds from the next exec on.
WITHOUT_ROOT_RIGHTS = """
import ctypes
if os.geteuid() == 0:
    for capability in (1, 2, 3):
        if ctypes.CDLL(None).prctl(24, capability, 0, 0, 0):
            sys.exit("root cannot give up its rights here")
"""

ONE_SENTENCE = re.compile(r"[a-z_]+\.[a-z_]+: .+\.\n")
"""What an error looks like: a code and a sentence, in one line."""


def run(
    home: Path, *arguments: str, before: str = WITHOUT_ROOT_RIGHTS
) -> subprocess.CompletedProcess[str]:
    """`regulars --home HOME …` in a process of its own, which does something before."""
    wrapper = f"import os, sys\n{before}\nos.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    return subprocess.run(
        [sys.executable, "-ISc", wrapper, "-m", "regulars", "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence on stderr of a command that failed; nothing else may be there."""
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr, done.stderr
    assert ONE_SENTENCE.fullmatch(done.stderr), done.stderr
    assert done.stdout == "", done.stdout
    return done.stderr
