"""Parallel runs of checks, so that a check that fails or hangs does not affect other checks."""

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.doctor.finding import Finding, report_wrong

# The timeout of all checks together. Checks have their own, shorter timeouts, but some waits have none, such as a DNS
# lookup.
CHECKS_TIMEOUT_S = 90.0
# After Ctrl-C, running checks have this time to end, so that they can remove what they have created.
_CLEANUP_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Check:
    """A check to run. `group` and `name` identify the check in a finding if `run` fails or takes too long."""

    group: str
    name: str
    run: Callable[[], list[Finding]]


@dataclass
class _RunningCheck:
    check: Check
    findings: list[Finding] = field(default_factory=list)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        # Use a daemon thread, because a check that hangs must not prevent the end of the process.
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.findings = self.check.run()
        except Exception as error:  # noqa: BLE001  # any failure of one check must leave the other findings visible
            self.findings = [_report_failure(self.check, error)]


def run_checks(checks: Sequence[Check], timeout_s: float = CHECKS_TIMEOUT_S) -> list[Finding]:
    """Return the findings of all checks, in the order of the checks.

    The checks run in parallel. A check also results in a finding if it raises an exception, or if it has not ended
    `timeout_s` seconds after the start. After KeyboardInterrupt, wait up to 5 s for the checks, then raise it again.
    """
    deadline = time.monotonic() + timeout_s
    running_checks = [_RunningCheck(check) for check in checks]
    try:
        return [
            finding
            for running_check in running_checks
            for finding in _await_findings(running_check, deadline, timeout_s)
        ]
    except KeyboardInterrupt:
        deadline = time.monotonic() + _CLEANUP_TIMEOUT_S
        for running_check in running_checks:
            running_check.thread.join(max(0.0, deadline - time.monotonic()))
        raise


def _await_findings(running_check: _RunningCheck, deadline: float, timeout_s: float) -> list[Finding]:
    running_check.thread.join(max(0.0, deadline - time.monotonic()))
    if not running_check.thread.is_alive():
        return running_check.findings
    found = f"no answer within {timeout_s:.0f} s"
    advice = "Check the network, DNS and the load of this machine, then try again."
    return [report_wrong(running_check.check.group, running_check.check.name, found, advice)]


def _report_failure(check: Check, error: Exception) -> Finding:
    """Return a finding with the file and the line of the error, but without its text, which may contain secrets."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    found = f"the check failed: {type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}"
    return report_wrong(check.group, check.name, found, "This is a bug in Pagebus. Report it with this line.")
