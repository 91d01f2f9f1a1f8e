"""Replicas of the twin as real processes: starts, ends and kills."""

import os
import signal
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from tests.e2e.twin.load import request
from tests.e2e.twin.rig import Rig, wait_until


def test_event_starts_a_function_that_then_scales_to_zero(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    assert rig.load_function()["desired"] == 0
    rig.produce("pages", {"n": 1}, event="one")
    wait_until(lambda: rig.list_numbers() == [1], "the event arrives")
    (request,) = rig.list_requests()
    environment = {name: value for name, value in request["environment"].items() if value is not None}
    assert environment == {"K_SERVICE": "recorder", "K_REVISION": "recorder-00001"}
    wait_until(lambda: (rig.load_function()["desired"], rig.load_function()["ready"]) == (0, 0), "back to zero")
    assert [(change["before"], change["after"]) for change in rig.load_state()["scaling_events"]] == [(0, 1), (1, 0)]


def test_event_of_a_killed_replica_is_delivered_again(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 1.0}, event="one")
    wait_until(lambda: rig.list_requests("arrived"), "the event arrives")
    os.kill(rig.list_requests("arrived")[0]["pid"], signal.SIGKILL)
    wait_until(lambda: rig.list_numbers() == [1], "the event is done")
    first, second = rig.list_requests("arrived")
    assert first["pid"] != second["pid"]


def test_replica_gets_sigterm_after_its_last_request(rig: Rig) -> None:
    rig.add_service()
    rig.start()
    address = rig.load_addresses()["urls"]["recorder"].removeprefix("http://")
    with ThreadPoolExecutor(2) as callers:
        answer = callers.submit(request, address, b'{"work": 2.0, "answers": [200]}')
        wait_until(lambda: rig.list_requests("arrived"), "the request arrives")
        ended = callers.submit(rig.end)
        assert (answer.result()[0], ended.result()) == (200, 0)
    (ended_line,) = wait_until(lambda: rig.list_requests("ended"), "the replica gets SIGTERM")
    assert rig.list_requests("answered")[0]["time"] <= ended_line["time"]


def test_repeated_sigterm_ends_the_twin_in_order(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 1.0}, event="one")
    wait_until(lambda: rig.list_requests("arrived"), "the event arrives")
    assert rig.end(repeat_signal=True) == 0
    assert rig.list_numbers() == [1]
    assert not (rig.home / "twin.json").exists()


def test_replica_that_is_not_alive_is_replaced(rig: Rig) -> None:
    rig.add_service(annotations={"min-scale": "1"}, livenessProbe={"httpGet": {"path": "/alive"}, "periodSeconds": 1})
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1}, event="one")
    wait_until(lambda: rig.list_numbers() == [1], "the first event is done")
    stuck = rig.folder / "recorder.stuck"
    stuck.touch()
    first = rig.list_requests()[0]["pid"]
    wait_until(lambda: not _is_running(first), "the stuck replica is ended")
    stuck.unlink()
    rig.produce("pages", {"n": 2}, event="two")
    wait_until(lambda: rig.list_numbers() == [1, 2], "another replica does the next event")


def test_killed_twin_leaves_no_process_and_delivers_again(rig: Rig) -> None:
    rig.add_service()
    rig.add_source("pages")
    rig.add_topic("pages")
    rig.start()
    rig.produce("pages", {"n": 1, "work": 1.0}, event="one")
    rig.produce("pages", {"n": 2}, event="two")
    wait_until(lambda: rig.list_requests("arrived"), "the first event arrives")
    replica = rig.list_requests("arrived")[0]["pid"]
    port = rig.load_addresses()["urls"]["recorder"]
    rig.kill()
    wait_until(lambda: not _is_running(replica), "the replica ends with its twin")
    rig.start()
    wait_until(lambda: rig.list_numbers() == [1, 2], "both events are done")
    assert rig.load_addresses()["urls"]["recorder"] == port


def test_function_that_keeps_ending_is_reported(rig: Rig) -> None:
    rig.add_service(annotations={"min-scale": "1"}, command=["python", "-c", "raise SystemExit(2)"])
    rig.start()
    told = wait_until(lambda: rig.load_function()["failure"], "the function is failing")
    assert told.startswith("ended with status 2, ")
    assert told.endswith(" in a row; see logs/recorder-1.log")


def test_any_http_server_runs_as_a_function(rig: Rig) -> None:
    rig.add_service(
        command=["python", "-m", "http.server", "--bind", "127.0.0.1", "$(PORT)"], workingDir=str(rig.folder)
    )
    rig.start()
    with urllib.request.urlopen(rig.load_addresses()["urls"]["recorder"], timeout=20) as answer:  # noqa: S310  # our loopback
        assert b"manifests/" in answer.read()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
