"""A twin of a trial: a process with its own home that is started, stopped and killed."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from tests.kit import ROOT, wait_for

_JOIN_S, _LEAVE_S = 60.0, 90.0
_UNEXPECTED = 1


class TrialTwin:
    """A twin process; `statuses` are its exit statuses. An unexpected end counts as a failure."""

    def __init__(self, home: Path, manifests: Path, kafka: str) -> None:
        self._home = home
        self._log = home / "twin.log"
        self._command = [sys.executable, "-m", "local.twin.main", "--manifests", str(manifests), "--home", str(home)]
        self._environment = os.environ | {"KAFKA_BOOTSTRAP_SERVERS": kafka}
        self._process: subprocess.Popen[bytes] | None = None
        self._leaving = False
        self.statuses: list[int] = []
        home.mkdir()

    @property
    def is_running(self) -> bool:
        """Whether it is up and was not stopped."""
        return self._process is not None and not self._leaving and self._read_pid() == self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether its process has ended."""
        if self._process is not None and self._process.poll() is not None:
            code = self._process.returncode
            self.statuses.append(code if self._leaving else code or _UNEXPECTED)
            self._process, self._leaving = None, False
        return self._process is None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )

    def leave(self) -> None:
        """Send SIGTERM. The twin finishes its work and ends some time later."""
        assert self._process
        self._leaving = True
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it with SIGKILL, as in a power cut; its functions end too."""
        assert self._process
        self._process.kill()
        self._process.wait()
        self._process, self._leaving = None, False

    def list_replicas(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self._process.pid).children() if self._process else []
        return []

    def wait_until_ended(self) -> None:
        """Stop it if it runs, and wait until its process has ended."""
        if not self._leaving:
            wait_for(
                lambda: self.is_running or self.has_ended, within=_JOIN_S, what=f"the twin of {self._home} being up"
            )
        if self.is_running:
            self.leave()
        wait_for(lambda: self.has_ended, within=_LEAVE_S, what=f"the end of the twin of {self._home}")

    def _read_pid(self) -> int | None:
        """Return the pid in its address file, or None before it is up."""
        try:
            return int(json.loads((self._home / "twin.json").read_text())["pid"])
        except FileNotFoundError:
            return None
