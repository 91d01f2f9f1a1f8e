"""Findings about the twin, the gateway and a telemetry collector."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from local.doctor import telemetry, twin
from local.platform.state import find_free_port
from local.telemetry import ENDPOINT_VARIABLE
from local.twin.state import FunctionState, SourceState, TwinState
from local.twin.unavailable_engines import UnavailableEngine
from tests.unit.doctor.doctor_examples import build_function, get_states

Serve = Callable[..., str]
AWAKE = FunctionState("intake", ready=1)
FAILING = FunctionState("hello", failure="ended with status 2, 3 times in a row; see logs/hello-1.log")
SOURCE = SourceState("intake", "pagebus.uploads", "pagebus-intake", is_assigned=True)


def get_unused_url() -> str:
    return f"http://127.0.0.1:{find_free_port()}"


def test_healthy_twin_has_numbers_of_functions_and_sources(serve: Serve) -> None:
    findings = twin.check_twin(serve(state=(200, TwinState((AWAKE,), (SOURCE,)).as_dict())))

    assert [finding.found for finding in findings] == ["1, 1 of them awake", "1, each with its partitions"]


def test_failing_function_is_wrong_with_its_reason() -> None:
    [found] = twin.check_functions([AWAKE, FAILING])

    assert (found.check, found.state, found.found) == ("hello", "wrong", FAILING.failure)


def test_defective_sources_are_reported() -> None:
    late, lossy = replace(SOURCE, name="late", is_assigned=False), replace(SOURCE, name="lossy", lost=2)
    failing = replace(SOURCE, name="failing", is_assigned=False, failure="its Kafka consumer failed")

    findings = twin.check_sources([SOURCE, late, lossy, failing])

    assert get_states(findings) == {"source late": "wrong", "source lossy": "warning", "source failing": "wrong"}
    assert findings[0].found == "its Kafka consumer failed"


def test_silent_or_ended_twin_is_wrong_with_advice() -> None:
    [silent] = twin.check_twin(get_unused_url())
    [ended] = twin.report_ended_twin(Path("/var/pagebus"))

    assert (silent.state, ended.state) == ("wrong", "wrong")
    assert "pagebus down" in silent.advice
    assert "/var/pagebus/logs/twin.log" in ended.advice


def test_gateway_is_ok_only_if_ready(serve: Serve) -> None:
    assert get_states(twin.check_gateway(serve(health_ready=(204, None)))) == {"gateway": "ok"}
    [refusing] = twin.check_gateway(serve(health_ready=(503, None)))
    [absent] = twin.check_gateway(get_unused_url())
    assert (refusing.state, absent.state) == ("wrong", "wrong")
    assert "503" in refusing.found


def test_telemetry_must_be_accepted_at_its_endpoint(serve: Serve) -> None:
    assert get_states(telemetry.check_endpoint(serve(v1_traces=(200, {})))) == {"telemetry": "ok"}
    [unknown] = telemetry.check_endpoint(serve())
    [absent] = telemetry.check_endpoint(get_unused_url())
    [invalid] = telemetry.check_endpoint("collector:4318")
    assert {unknown.state, absent.state, invalid.state} == {"wrong"}
    assert "404" in unknown.found
    assert "4318" in absent.advice


def test_each_telemetry_endpoint_is_checked_once() -> None:
    environment = {ENDPOINT_VARIABLE: "http://collector:4318"}
    functions = [
        build_function(environment=environment),
        build_function("intake", environment=environment),
        build_function("gateway"),
    ]

    assert telemetry.list_endpoints(functions) == ["http://collector:4318"]


def test_twin_state_has_unavailable_engines_and_models_folder(serve: Serve) -> None:
    surya = UnavailableEngine("surya", "no weights", "Add some.")
    state = TwinState(unavailable_engines=(surya,), models_folder="/weights")

    assert twin.load_state(serve(state=(200, state.as_dict()))) == state
    assert twin.load_state(serve(state=(200, {"functions": "none"}))) is None
    assert twin.load_state(get_unused_url()) is None
