"""Apache Spark as a cluster: a master, two workers, and a Spark Connect server, on loopback.

It lives in an environment of its own, `.venv/spark` (`make spark`): Apache Spark and the client
that the tests use are one package and cannot stand beside each other. Workers run the Python of
that environment and import the project from it, as they must on a real cluster.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from running_server import until

ENVIRONMENT = Path(__file__).parents[2] / ".venv" / "spark"
LOOPBACK = "127.0.0.1"
WORKERS = 2
_DEPLOY = "org.apache.spark.deploy"
_CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
_START, _STOP = 180.0, 30.0
"""Seconds; the machine may have other work."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one executor has done so far.

    Attributes:
        worker: the address of the worker that runs it.
        tasks: completed ones.
        shuffled: bytes it was sent by repartitioning, as customers are before a fold.
    """

    worker: str
    tasks: int
    shuffled: int


class SparkCluster:
    """Running when the `with` begins, and gone at its end, whatever happened."""

    def __init__(self, folder: Path) -> None:
        """Nothing is started yet.

        Args:
            folder: where logs and whatever Spark writes go.
        """
        self._folder = folder
        self._master, self._ui, self._connect, self._told = _free_ports(4)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = ExitStack()

    @property
    def address(self) -> str:
        """Of the Spark Connect server."""
        return f"sc://{LOOPBACK}:{self._connect}"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stop()

    def log(self, name: str) -> str:
        """The end of what a process said."""
        return (self._folder / f"{name}.log").read_text("utf-8", "replace")[-4_000:]

    def work(self) -> list[Work]:
        """What each executor has done, by its worker."""
        told = self._asked(self._told, f"/api/v1/applications/{self._application()}/executors")
        found = [
            Work(
                worker=one["executorLogs"]["stdout"].split("/logPage")[0],
                tasks=one["completedTasks"],
                shuffled=one["totalShuffleRead"],
            )
            for one in told
            if one["id"] != "driver" and one["isActive"]
        ]
        return sorted(found, key=lambda one: one.worker)

    def kill_worker(self, number: int) -> None:
        """End a worker at once, with all that it has started."""
        os.killpg(self._running[f"worker{number}"].pid, signal.SIGKILL)

    def _start(self) -> None:
        master = f"spark://{LOOPBACK}:{self._master}"
        self._run("master", f"{_DEPLOY}.master.Master", "--host", LOOPBACK,
                  "--port", str(self._master), "--webui-port", str(self._ui))  # fmt: skip
        self._until(lambda: self._asked(self._ui, "/json/"))
        for number in range(WORKERS):
            self._run(f"worker{number}", f"{_DEPLOY}.worker.Worker", "--host", LOOPBACK,
                      "--cores", "1", "--memory", "512m", "--webui-port", "0",
                      "--work-dir", str(self._folder / f"work{number}"), master)  # fmt: skip
        self._until(lambda: len(self._alive()) == WORKERS)
        settings = {
            "spark.driver.host": LOOPBACK,
            "spark.driver.bindAddress": LOOPBACK,
            "spark.executor.memory": "512m",
            "spark.connect.grpc.binding.address": LOOPBACK,
            "spark.connect.grpc.binding.port": str(self._connect),
            "spark.ui.port": str(self._told),
            "spark.port.maxRetries": "0",  # a port that was taken meanwhile is told, not passed by
            "spark.sql.warehouse.dir": str(self._folder / "spark-warehouse"),
            "spark.ui.showConsoleProgress": "false",
        }
        options = [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]
        self._run("connect", "org.apache.spark.deploy.SparkSubmit", "--class", _CONNECT,
                  "--master", master, "--name", "soak", *options, "spark-internal",
                  memory="1g")  # fmt: skip
        self._until(lambda: _answers(self._connect))
        self._until(lambda: len(self.work()) == WORKERS)

    def _stop(self) -> None:
        for process in reversed(self._running.values()):
            process.terminate()
        for process in reversed(self._running.values()):
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP)
            # Executors and their Pythons are in the group of the worker that started them.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._stack.close()

    def _run(self, name: str, *words: str, memory: str = "256m") -> None:
        home = next(ENVIRONMENT.glob("lib/python3*/site-packages/pyspark"))
        log = self._stack.enter_context((self._folder / f"{name}.log").open("wb"))
        python = str(ENVIRONMENT / "bin" / "python")
        own = {
            "SPARK_HOME": str(home),
            "SPARK_CONF_DIR": str(self._folder),  # whatever is set for this machine is not ours
            "SPARK_LOCAL_DIRS": str(self._folder / "local"),
            "SPARK_LOCAL_IP": LOOPBACK,
            "SPARK_DAEMON_MEMORY": memory,
            "PYSPARK_PYTHON": python,
            "PYSPARK_DRIVER_PYTHON": python,
        }
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SPARK_")}
        self._running[name] = subprocess.Popen(
            [str(home / "bin" / "spark-class"), *words],
            cwd=self._folder,
            env=kept | own,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _until(self, found: Any) -> None:
        """Wait for it, as long as all that was started runs."""

        def look() -> bool:
            for name, process in self._running.items():
                assert process.poll() is None, f"{name} has ended:\n{self.log(name)}"
            with suppress(OSError, ValueError, KeyError):
                return bool(found())
            return False

        until(look, _START)

    def _alive(self) -> Sequence[dict[str, Any]]:
        return [
            one for one in self._asked(self._ui, "/json/")["workers"] if one["state"] == "ALIVE"
        ]

    def _application(self) -> str:
        return str(self._asked(self._ui, "/json/")["activeapps"][0]["id"])

    def _asked(self, port: int, path: str) -> Any:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}{path}", timeout=30) as answer:
            return json.load(answer)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=5):
        return True
    return False


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind((LOOPBACK, 0))
        return [int(one.getsockname()[1]) for one in held]


def skip_where_it_cannot_run() -> None:
    """Skip, saying why, where there is no Java or no environment with Apache Spark."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Apache Spark needs java (17 or 21), and there is none")
    if not list(ENVIRONMENT.glob("lib/python3*/site-packages/pyspark/jars")):
        pytest.skip("no Apache Spark in .venv/spark: `make spark` installs it")
