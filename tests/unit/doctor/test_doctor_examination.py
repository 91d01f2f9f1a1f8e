"""Checks run together; one that hangs or breaks is a finding, and takes no other with it."""

import threading

from local.doctor.examination import Look, examine
from local.doctor.finding import Finding, ok


def test_findings_come_in_the_order_of_the_checks_whichever_ends_first() -> None:
    second = threading.Event()

    def waits() -> list[Finding]:
        assert second.wait(10)
        return [ok("machine", "first", "")]

    def tells() -> list[Finding]:
        second.set()
        return [ok("machine", "second", "")]

    found = examine([Look("machine", "1", waits), Look("machine", "2", tells)])

    assert [finding.check for finding in found] == ["first", "second"]


def test_a_check_that_breaks_is_a_finding_that_repeats_nothing_of_what_it_said() -> None:
    def breaks() -> list[Finding]:
        raise ValueError("postgresql://me:geheim@db")

    broken, well = examine([Look("servers", "PostgreSQL", breaks), Look("twin", "t", lambda: [ok("twin", "t", "")])])

    assert (broken.group, broken.check, broken.state, well.state) == ("servers", "PostgreSQL", "wrong", "ok")
    assert "ValueError in test_doctor_examination.py" in broken.found
    assert "geheim" not in broken.found


def test_a_check_that_hangs_is_given_up() -> None:
    never = threading.Event()

    def hangs() -> list[Finding]:
        never.wait()
        return []

    try:
        [found] = examine([Look("servers", "Kafka", hangs)], patience=0.05)
    finally:
        never.set()

    assert (found.check, found.state) == ("Kafka", "wrong")
    assert "no answer" in found.found
