"""A made-up device changes torch for a whole process, and what ran there before changes it: it gets one of its own."""

import subprocess
import sys
from pathlib import Path

from tests.kit import ROOT

CASES = Path(__file__).with_name("another_device.py")


def test_models_read_on_another_device_with_nothing_left_on_the_cpu() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CASES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
