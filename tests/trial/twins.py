"""A twin of a trial: a process with a home of its own, which joins, leaves, dies, and whose functions are killed."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from tests.kit import ROOT, eventually

_JOIN_S, _LEAVE_S = 60.0, 90.0
_UNASKED = 1


class Twin:
    """`statuses` are those with which it ended; one that nobody asked to end counts as failed."""

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
    def is_in(self) -> bool:
        """Up, and nobody has asked it to leave."""
        return self._process is not None and not self._leaving and self._up_pid() == self._process.pid

    @property
    def is_out(self) -> bool:
        """Whether its process is gone."""
        if self._process is not None and self._process.poll() is not None:
            code = self._process.returncode
            self.statuses.append(code if self._leaving else code or _UNASKED)
            self._process, self._leaving = None, False
        return self._process is None

    def join(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )

    def leave(self) -> None:
        """As somebody who brings it down; it finishes what it does, and is out some time later."""
        assert self._process
        self._leaving = True
        self._process.send_signal(signal.SIGTERM)

    def die(self) -> None:
        """As in a power cut, its functions too."""
        assert self._process
        self._process.kill()
        self._process.wait()
        self._process, self._leaving = None, False

    def replicas(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self._process.pid).children() if self._process else []
        return []

    def ended(self) -> None:
        """Out, whatever it does now."""
        if not self._leaving:
            eventually(lambda: self.is_in or self.is_out, within=_JOIN_S, what=f"the twin of {self._home} being up")
        if self.is_in:
            self.leave()
        eventually(lambda: self.is_out, within=_LEAVE_S, what=f"the end of the twin of {self._home}")

    def _up_pid(self) -> int | None:
        """The pid that it tells once it is up."""
        try:
            return int(json.loads((self._home / "twin.json").read_text())["pid"])
        except FileNotFoundError:
            return None
