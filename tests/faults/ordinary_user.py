"""The command line as an ordinary user runs it, for whom permissions hold also where root tests."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import forked

ONE_SENTENCE = re.compile(r"[a-z_]+\.[a-z_]+: .+\.\n")
"""What an error looks like: a code and a sentence, in one line."""

# Of root's rights those that let it past permissions: DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER.
_PAST_PERMISSIONS = (1, 2, 3)
_VERSION_3 = 0x20080522  # of the kernel's interface to rights

# The same for a process that begins cold: what is given up here holds from the next exec on.
_COLD = """
import ctypes, os, sys
if os.geteuid() == 0:
    for capability in (1, 2, 3):
        if ctypes.CDLL(None).prctl(24, capability, 0, 0, 0):
            sys.exit("root cannot give up its rights here")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def give_up_root_rights() -> None:
    """From here on this process, where it is root's, is held to permissions as any user is."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None)
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    rights = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable ones, twice 32 bits
    told = libc.capget(header, rights)
    for place in range(3):
        for capability in _PAST_PERMISSIONS:
            rights[place] &= ~(1 << capability)
    if told or libc.capset(header, rights):
        sys.exit("root cannot give up its rights here")


def run(
    home: Path, *arguments: str, before: Callable[[], None] = give_up_root_rights
) -> subprocess.CompletedProcess[str]:
    """`regulars --home HOME …` in a process of its own, which does something before."""
    return forked.run(_after, before, ("--home", str(home), *arguments))


def run_cold(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same with an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-ISc", _COLD, "-m", "regulars", "--home", str(home), *arguments],
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


def _after(before: Callable[[], None], arguments: tuple[str, ...]) -> None:
    before()
    forked.verb(*arguments)
