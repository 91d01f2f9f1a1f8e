"""Runs checks in parallel, so that a check that fails or hangs does not affect the others."""

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.doctor.finding import Finding, report_wrong

# Checks limit their own waiting. This limit is for waits without a timeout, such as a DNS lookup.
CHECKS_TIMEOUT_S = 90.0
# Time for interrupted checks to remove what they have created.
_CLEANUP_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Check:
    """A check to run. The group and the name identify it in the finding if `run` fails or is late."""

    group: str
    name: str
    run: Callable[[], list[Finding]]


@dataclass
class _RunningCheck:
    check: Check
    findings: list[Finding] = field(default_factory=list)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        # A daemon thread, because a check that hangs must not keep the process from ending.
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.findings = self.check.run()
        except Exception as error:  # noqa: BLE001  # any failure of one check must leave the other findings visible
            self.findings = [_report_failure(self.check, error)]


def run_checks(checks: Sequence[Check], timeout_s: float = CHECKS_TIMEOUT_S) -> list[Finding]:
    """Return the findings of all checks, in the order of the checks.

    A check that raises an exception or does not end within the timeout results in a finding as well.
    """
    deadline = time.monotonic() + timeout_s
    running_checks = [_RunningCheck(check) for check in checks]
    try:
        return [finding for running in running_checks for finding in _await_findings(running, deadline, timeout_s)]
    except KeyboardInterrupt:
        deadline = time.monotonic() + _CLEANUP_TIMEOUT_S
        for running in running_checks:
            running.thread.join(max(0.0, deadline - time.monotonic()))
        raise


def _await_findings(running: _RunningCheck, deadline: float, timeout_s: float) -> list[Finding]:
    running.thread.join(max(0.0, deadline - time.monotonic()))
    if not running.thread.is_alive():
        return running.findings
    found = f"no answer within {timeout_s:.0f} s"
    advice = "Check the network, DNS and the load of this machine, then try again."
    return [report_wrong(running.check.group, running.check.name, found, advice)]


def _report_failure(check: Check, error: Exception) -> Finding:
    """Return a finding with the place of the error, but without its text, which may contain secrets."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    found = f"the check failed: {type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}"
    return report_wrong(check.group, check.name, found, "This is a bug in Pagebus. Report it with this line.")
