"""The twin is judged by its own word on itself, and the gateway and a collector by whether they answer."""

from collections.abc import Callable
from pathlib import Path

from local.doctor import telemetry, twin
from local.platform.state import free_port
from local.telemetry import ENDPOINT
from local.twin.left_out import LeftOut
from tests.unit.doctor.doctor_facts import function, states

Serve = Callable[..., str]
AWAKE = {"name": "intake", "ready": 1, "failing": None}
FAILING = {"name": "hello", "ready": 0, "failing": "ended with status 2, 3 times in a row; see logs/hello-1.log"}
SOURCE = {"name": "intake", "assigned": True, "lost": 0}


def nowhere() -> str:
    return f"http://127.0.0.1:{free_port()}"


def test_a_twin_that_is_well_says_how_much_there_is(serve: Serve) -> None:
    said = twin.check(serve(state=(200, {"functions": [AWAKE], "sources": [SOURCE]})))

    assert [finding.found for finding in said] == ["1, 1 of them awake", "1, each with its partitions"]


def test_a_function_that_is_kept_from_running_is_wrong_with_the_reason() -> None:
    [found] = twin.functions([AWAKE, FAILING])

    assert (found.check, found.state, found.found) == ("hello", "wrong", FAILING["failing"])


def test_a_source_without_partitions_is_wrong_and_one_that_dropped_events_is_a_warning() -> None:
    late, lossy = SOURCE | {"name": "late", "assigned": False}, SOURCE | {"name": "lossy", "lost": 2}

    assert states(twin.sources([SOURCE, late, lossy])) == {"source late": "wrong", "source lossy": "warning"}


def test_a_twin_that_does_not_answer_or_has_ended_is_wrong_with_what_to_do() -> None:
    [silent] = twin.check(nowhere())
    [ended] = twin.ended(Path("/var/pagebus"))

    assert (silent.state, ended.state) == ("wrong", "wrong")
    assert "pagebus down" in silent.advice
    assert "/var/pagebus/logs/twin.log" in ended.advice


def test_a_gateway_is_ready_when_it_says_so(serve: Serve) -> None:
    assert states(twin.gateway(serve(health_ready=(204, None)))) == {"gateway": "ok"}
    [refusing] = twin.gateway(serve(health_ready=(503, None)))
    [away] = twin.gateway(nowhere())
    assert (refusing.state, away.state) == ("wrong", "wrong")
    assert "503" in refusing.found


def test_telemetry_has_to_be_taken_where_it_is_sent(serve: Serve) -> None:
    assert states(telemetry.check(serve(v1_traces=(200, {})))) == {"telemetry": "ok"}
    [other] = telemetry.check(serve())
    [away] = telemetry.check(nowhere())
    [odd] = telemetry.check("collector:4318")
    assert {other.state, away.state, odd.state} == {"wrong"}
    assert "404" in other.found
    assert "4318" in away.advice


def test_every_place_that_telemetry_is_sent_to_is_looked_at_once() -> None:
    there = {ENDPOINT: "http://collector:4318"}
    three = [function(environment=there), function("intake", environment=there), function("gateway")]

    assert telemetry.endpoints(three) == ["http://collector:4318"]


def test_a_twin_says_what_it_leaves_out_and_where_weights_are(serve: Serve) -> None:
    surya = {"engine": "surya", "why": "no weights", "advice": "Bring some."}

    said = twin.here(serve(state=(200, {"left_out": [surya], "models": "/weights"})))

    assert said == twin.Here([LeftOut(**surya)], "/weights")
    assert twin.here(nowhere()) is None
