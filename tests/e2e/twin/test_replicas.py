"""Replicas of the twin: real processes that come, go and are killed."""

import os
import signal
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from tests.e2e.twin.load import asked
from tests.e2e.twin.rig import Rig, until


def test_an_event_wakes_a_function_from_zero_and_silence_puts_it_to_sleep(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    assert rig.function()["desired"] == 0
    rig.produce("pages", {"n": 1}, event="one")
    until(lambda: rig.numbers() == [1], "the event arrives")
    (request,) = rig.requests()
    environment = {name: value for name, value in request["environment"].items() if value is not None}
    assert environment == {"K_SERVICE": "recorder", "K_REVISION": "recorder-00001"}
    until(lambda: (rig.function()["desired"], rig.function()["ready"]) == (0, 0), "back to zero")
    assert [(change["from"], change["to"]) for change in rig.state()["scaled"]] == [(0, 1), (1, 0)]


def test_a_replica_that_is_killed_at_work_is_replaced_and_its_event_comes_again(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 1.0}, event="one")
    until(lambda: rig.requests("arrived"), "the event arrives")
    os.kill(rig.requests("arrived")[0]["pid"], signal.SIGKILL)
    until(lambda: rig.numbers() == [1], "the event is done")
    first, second = rig.requests("arrived")
    assert first["pid"] != second["pid"]


def test_a_replica_is_told_to_end_only_when_its_last_request_is_done(rig: Rig) -> None:
    rig.service()
    rig.start()
    address = rig.told()["urls"]["recorder"].removeprefix("http://")
    with ThreadPoolExecutor(2) as callers:
        answer = callers.submit(asked, address, b'{"work": 2.0, "answers": [200]}')
        until(lambda: rig.requests("arrived"), "the request arrives")
        ended = callers.submit(rig.end)
        assert (answer.result()[0], ended.result()) == (200, 0)
    (told,) = until(lambda: rig.requests("told to end"), "the replica is told to end")
    assert rig.requests("answered")[0]["time"] <= told["time"]


def test_a_replica_that_is_no_longer_alive_is_replaced(rig: Rig) -> None:
    rig.service(annotations={"min-scale": "1"}, livenessProbe={"httpGet": {"path": "/alive"}, "periodSeconds": 1})
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1}, event="one")
    until(lambda: rig.numbers() == [1], "the first event is done")
    stuck = rig.folder / "recorder.stuck"
    stuck.touch()
    first = rig.requests()[0]["pid"]
    until(lambda: not _lives(first), "the stuck replica is ended")
    stuck.unlink()
    rig.produce("pages", {"n": 2}, event="two")
    until(lambda: rig.numbers() == [1, 2], "another replica does the next event")


def test_a_twin_that_is_killed_leaves_nothing_running_and_delivers_again(rig: Rig) -> None:
    rig.service()
    rig.source("pages")
    rig.topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 1.0}, event="one")
    rig.produce("pages", {"n": 2}, event="two")
    until(lambda: rig.requests("arrived"), "the first event arrives")
    replica = rig.requests("arrived")[0]["pid"]
    port = rig.told()["urls"]["recorder"]
    rig.kill()
    until(lambda: not _lives(replica), "the replica ends with its twin")
    rig.start()
    until(lambda: rig.numbers() == [1, 2], "both events are done")
    assert rig.told()["urls"]["recorder"] == port


def test_a_function_that_keeps_ending_is_told(rig: Rig) -> None:
    rig.service(annotations={"min-scale": "1"}, command=["python", "-c", "raise SystemExit(2)"])
    rig.start()
    told = until(lambda: rig.function()["failing"], "the function is failing")
    assert told.startswith("ended with status 2, ")
    assert told.endswith(" in a row; see logs/recorder-1.log")


def test_a_program_that_knows_nothing_of_pagebus_runs(rig: Rig) -> None:
    rig.service(command=["python", "-m", "http.server", "--bind", "127.0.0.1", "$(PORT)"], workingDir=str(rig.folder))
    rig.start()
    with urllib.request.urlopen(rig.told()["urls"]["recorder"], timeout=20) as answer:  # noqa: S310  # our loopback
        assert b"manifests/" in answer.read()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
