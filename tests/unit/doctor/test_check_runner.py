"""Checks that run in parallel, fail or hang."""

import threading

from local.doctor.check_runner import Check, run_checks
from local.doctor.finding import Finding, report_ok


def test_findings_have_the_order_of_the_checks() -> None:
    second_ran = threading.Event()

    def wait_for_second() -> list[Finding]:
        assert second_ran.wait(10)
        return [report_ok("machine", "first", "")]

    def run_second() -> list[Finding]:
        second_ran.set()
        return [report_ok("machine", "second", "")]

    findings = run_checks([Check("machine", "1", wait_for_second), Check("machine", "2", run_second)])

    assert [finding.check for finding in findings] == ["first", "second"]


def test_failed_check_is_a_finding_without_the_error_text() -> None:
    def fail() -> list[Finding]:
        raise ValueError("postgresql://me:geheim@db")

    failed, passed = run_checks(
        [Check("servers", "PostgreSQL", fail), Check("twin", "t", lambda: [report_ok("twin", "t", "")])]
    )

    assert (failed.group, failed.check, failed.state, passed.state) == ("servers", "PostgreSQL", "wrong", "ok")
    assert "ValueError in test_check_runner.py" in failed.found
    assert "geheim" not in failed.found


def test_hanging_check_times_out() -> None:
    never = threading.Event()

    def hang() -> list[Finding]:
        never.wait()
        return []

    try:
        [found] = run_checks([Check("servers", "Kafka", hang)], timeout_s=0.05)
    finally:
        never.set()

    assert (found.check, found.state) == ("Kafka", "wrong")
    assert "no answer" in found.found
