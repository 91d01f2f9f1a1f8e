"""Test of the demo in the README."""

import os
import subprocess
import sys
from pathlib import Path

from tests.kit import ROOT, SAMPLES


def test_demo_reads_every_sample_and_cleans_up(tmp_path: Path) -> None:
    demo = subprocess.run(
        [sys.executable, "-m", "local.demo"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )

    assert demo.returncode == 0, demo.stdout + demo.stderr
    for truth in SAMPLES.glob("*.gt.txt"):
        assert truth.name.removesuffix(".gt.txt") in demo.stdout
    assert demo.stdout.count("completed") >= len(list(SAMPLES.glob("*.gt.txt")))
    assert "tesseract" in demo.stdout
    remaining = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True, check=False)
    assert not remaining.stdout.split()
    assert list(tmp_path.glob("pagebus-demo*")) == []
