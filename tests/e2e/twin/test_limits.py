"""Replicas that exceed their limits, enforced by the method that this machine supports."""

import os

from tests.e2e.twin.rig import Rig, wait_until

_MIB = 1 << 20
# The memory of all descendants counts for the replica, in whatever session they are.
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


def test_replica_over_its_memory_limit_is_killed_with_children(rig: Rig) -> None:
    rig.add_service(
        annotations={"min-scale": "1"},
        command=["python", "-c", _EATS],
        resources={"limits": {"memory": "128Mi"}},
    )
    rig.start()
    told = wait_until(lambda: rig.load_function()["failure"], "the function is failing")
    assert told.startswith("was OOMKilled because it exceeded its limit of 128Mi")
    child = int((rig.home / "logs" / "recorder-1.log").read_text().split()[0])
    wait_until(lambda: not os.path.exists(f"/proc/{child}"), "its child is gone")  # noqa: PTH110  # as short as it gets


def test_replica_within_its_limits_works(rig: Rig) -> None:
    rig.add_service(resources={"requests": {"cpu": "100m"}, "limits": {"memory": "256Mi", "cpu": "500m"}})
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 0.2}, event="one")
    wait_until(lambda: rig.list_numbers() == [1], "the event is done")
    assert rig.load_function()["failure"] is None
    assert rig.load_function()["limits"] == {"memory": 256 * _MIB, "cpu": 0.5}
