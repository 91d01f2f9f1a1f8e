"""The probe of the sandbox: it must notice a sandbox that does not start."""

import sys

import pytest

from local.doctor import probe, probe_runner


def test_sandbox_that_becomes_ready_gives_no_reason() -> None:
    assert probe_runner.run_own_probe("sandbox") == {}


def test_sandbox_whose_process_ends_before_it_is_ready_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(SystemExit) as ended:
        probe.probe_sandbox()

    assert ended.value.code == 1
