"""Replicas that want more than their Service's limits, held by whatever this machine offers."""

import os

from tests.e2e.twin.rig import Rig, until

_MIB = 1 << 20
# What a child of a child uses is the replica's too, in whatever session it is.
_EATS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", '''
held = []
while len(held) < 400:
    held.append(bytearray(b"x" * (1 << 20)))
import time; time.sleep(60)
'''], start_new_session=True)
print(child.pid, flush=True)
child.wait()
time.sleep(60)
"""


def test_a_replica_over_its_memory_limit_is_killed_with_its_children_and_says_so(rig: Rig) -> None:
    rig.service(
        annotations={"min-scale": "1"},
        command=["python", "-c", _EATS],
        resources={"limits": {"memory": "128Mi"}},
    )
    rig.start()
    told = until(lambda: rig.function()["failing"], "the function is failing")
    assert told.startswith("was OOMKilled, wanting more than its limit of 128Mi")
    child = int((rig.home / "logs" / "recorder-1.log").read_text().split()[0])
    until(lambda: not os.path.exists(f"/proc/{child}"), "its child is gone")  # noqa: PTH110  # as short as it gets


def test_a_replica_within_its_limits_works(rig: Rig) -> None:
    rig.service(resources={"requests": {"cpu": "100m"}, "limits": {"memory": "256Mi", "cpu": "500m"}})
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 0.2}, event="one")
    until(lambda: rig.numbers() == [1], "the event is done")
    assert rig.function()["failing"] is None
    assert rig.function()["limits"] == {"memory": 256 * _MIB, "cpu": 0.5}
