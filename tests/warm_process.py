"""A process that has imported what verbs import, and forks one process for each that is asked for.

Started by `forked.py` as a script, with the number of its end of a socket. One message tells what
to run, in which folder and environment, and carries three descriptors, which become stdout and
stderr of the fork and the pipe on which its number and then its exit code go back. It ends when the
other end of the socket is closed, which the end of the test process does whatever ended it.

Nothing here has called a verb or opened an engine, so no thread and no lock of theirs is copied;
`_alone` holds the imports to that. At its end a fork does what any interpreter does (waits for
threads, calls what was registered, writes out what is left), but does not take the modules apart:
that costs more than most verbs, and the cold runs of the tests show it to be quiet.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import pickle
import pkgutil
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

# What verbs import only when they need it, beside the modules of Regulars.
_LATE = (
    "encodings.utf_8_sig", "ibis.backends.duckdb", "jinja2", "pandas", "pyarrow.csv",
    "pyarrow.dataset", "pyarrow.pandas_compat", "pyarrow.parquet", "rich.markup",
    "sklearn.cluster", "sklearn.ensemble", "sklearn.isotonic", "sklearn.metrics", "sklearn.tree",
    "sqlglot.generators.duckdb",
)  # fmt: skip

# jemalloc comes with pyarrow, stops its thread around a fork and is not the allocator in use.
_MINDS_FORKS = {"jemalloc_bg_thd"}


Asked = dict[str, Any]


def main(control: socket.socket) -> Asked:
    """Fork for each message; comes back in a fork only, with what it is to run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests and what they start
    _import()
    _alone()
    gc.collect()
    gc.freeze()  # the collector would write to every page and so copy it in each fork
    asked = _forks(control)
    if asked is None:
        os._exit(0)
    return asked


def _import() -> None:
    import regulars

    for module in pkgutil.walk_packages(regulars.__path__, "regulars."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)


def _alone() -> None:
    """Fails where an import has left a thread running that would be cut off by a fork."""
    child = os.fork()  # OpenBLAS ends its threads before a fork and makes new ones when it needs
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    own = str(threading.get_native_id())
    tasks = [task for task in Path("/proc/self/task").iterdir() if task.name != own]
    names = {(task / "comm").read_text().strip() for task in tasks}
    assert threading.active_count() == 1, threading.enumerate()
    assert names <= _MINDS_FORKS, f"an import has started threads: {names}"


def _forks(control: socket.socket) -> Asked | None:
    """In each fork what was asked; None once nobody can ask any more."""
    running: dict[int, int] = {}  # the pipe on which each process is told of
    ended, wake = os.pipe()
    os.set_blocking(ended, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # heard through the pipe
    signal.set_wakeup_fd(wake)
    sources: list[socket.socket | int] = [control, ended]
    while True:
        for source in select.select(sources, [], [])[0]:
            if source is ended:
                os.read(ended, 4096)
                _tell_ended(running)
                continue
            message, pipes, _, _ = socket.recv_fds(control, 1 << 20, 3)
            if not message:
                return None
            if (process := os.fork()) == 0:
                signal.set_wakeup_fd(-1)
                control.close()
                for pipe in (ended, wake, *running.values()):
                    os.close(pipe)
                asked = cast("Asked", pickle.loads(message))  # noqa: S301 - of our own tests
                _become(asked, *pipes)
                return asked
            out, err, told = pipes
            os.close(out)
            os.close(err)
            running[process] = told
            _tell(told, process)


def _tell_ended(running: dict[int, int]) -> None:
    while running:
        process, status = os.waitpid(-1, os.WNOHANG)
        if not process:
            return
        told = running.pop(process)
        _tell(told, os.waitstatus_to_exitcode(status))
        os.close(told)


def _tell(pipe: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever asked has gone
        os.write(pipe, f"{number}\n".encode())


def _become(asked: Asked, out: int, err: int, told: int) -> None:
    """Stand where a new process of this folder and environment would stand."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.close(told)
    for pipe, place in ((out, 1), (err, 2)):
        os.dup2(pipe, place)
        os.close(pipe)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    sys.path[:] = [asked["folder"], *asked["path"]]
    from regulars.kernel import failpoint

    importlib.reload(failpoint)  # which reads its variable when it is imported


def _run(asked: Asked) -> None:
    action: Callable[..., object]
    action, arguments = pickle.loads(asked["run"])  # noqa: S301 - of our own tests
    code: object = 0
    try:
        action(*arguments)
    except SystemExit as leaving:
        code = leaving.code or 0
        if not isinstance(code, int):
            raise
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    gc.collect()  # what it has left, with what it held open
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _run(main(socket.socket(fileno=int(sys.argv[1]))))
