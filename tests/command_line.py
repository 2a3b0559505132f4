"""The command line as its user meets it: a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import forked


def regulars(
    *arguments: str | Path, code: int = 0, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a verb; it ends with this exit code and never with a traceback.

    Its process is forked from one that has imported already, where that can be done.
    """
    told = [str(argument) for argument in arguments]
    done = forked.run(forked.verb, *told, cwd=cwd) if forked.can() else cold(told, cwd)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def as_json(*arguments: str | Path) -> dict[str, Any]:
    """What a verb prints with --json."""
    done = regulars("--json", *arguments)
    assert done.stdout.count("\n") == 1, "one JSON object and nothing else"
    assert done.stderr == "", "no progress where no terminal is"
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def cold(arguments: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a verb as a shell does: with an interpreter of its own, whatever comes of it."""
    command = [sys.executable, "-m", "regulars", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
