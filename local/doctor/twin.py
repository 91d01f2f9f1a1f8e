"""Checks of a running twin: its functions, its sources, and its gateway."""

from collections.abc import Sequence
from pathlib import Path

import requests

from local.doctor.finding import Finding, report_ok, report_warning, report_wrong
from local.twin.state import FunctionState, InvalidStateError, SourceState, TwinState

GROUP = "twin"

# Seconds. The request may have to wait until a replica of the gateway has started.
_GATEWAY_TIMEOUT_S = 20.0
_SUCCESS = range(200, 300)
_STATE_TIMEOUT_S = 5.0


def check_twin(twin_url: str) -> list[Finding]:
    """Return findings about the functions and sources of the twin whose state is at the URL `{twin_url}/state`."""
    try:
        state = _request_state(twin_url)
    except (requests.RequestException, InvalidStateError) as error:
        found = f"does not answer at {twin_url}: {type(error).__name__}"
        return [report_wrong(GROUP, "twin", found, "Restart it: `pagebus down`, then `pagebus up --detach`.")]
    return [*check_functions(state.functions), *check_sources(state.sources)]


def load_state(twin_url: str) -> TwinState | None:
    """Return the state of the twin, or None if it does not answer."""
    try:
        return _request_state(twin_url)
    except (requests.RequestException, InvalidStateError):
        return None


def report_ended_twin(home: Path) -> list[Finding]:
    """Return the finding about a twin that was started and no longer runs."""
    advice = f"Start it again: `pagebus up --detach`. The reason is at the end of {home / 'logs/twin.log'}."
    return [report_wrong(GROUP, "twin", "has ended", advice)]


def check_functions(functions: Sequence[FunctionState]) -> list[Finding]:
    """Return a finding for each function that fails, or one finding with the number of functions."""
    failures = [
        report_wrong(GROUP, function.name, function.failure, "See the findings under packages, settings and models.")
        for function in functions
        if function.failure
    ]
    awake = sum(function.ready > 0 for function in functions)
    return failures or [report_ok(GROUP, "functions", f"{len(functions)}, {awake} of them awake")]


def check_sources(sources: Sequence[SourceState]) -> list[Finding]:
    """Return findings about sources that fail, have no partitions or lost events.

    If there are none, return one finding with the number of sources.
    """
    failures = [
        report_wrong(GROUP, f"source {source.name}", source.failure, "The twin retries. Its log has the error.")
        for source in sources
        if source.failure
    ]
    unassigned = [
        report_wrong(
            GROUP, f"source {source.name}", "has no partitions", "If Kafka answers, wait a minute and check again."
        )
        for source in sources
        if not source.is_assigned and not source.failure
    ]
    lost = [
        report_warning(
            GROUP, f"source {source.name}", f"{source.lost} lost events", "The log of the twin has the reasons."
        )
        for source in sources
        if source.lost
    ]
    return [*failures, *unassigned, *lost] or [report_ok(GROUP, "sources", f"{len(sources)}, each with its partitions")]


def check_gateway(url: str) -> list[Finding]:
    """Return a finding about the gateway. The request of this check starts a replica if there is none."""
    try:
        status = requests.get(f"{url}/health/ready", timeout=_GATEWAY_TIMEOUT_S).status_code
    except requests.RequestException as error:
        found = f"does not answer at {url}: {type(error).__name__}"
        return [report_wrong(GROUP, "gateway", found, "See its log in the logs folder of the home.")]
    if status not in _SUCCESS:
        return [
            report_wrong(GROUP, "gateway", f"answers {status} at {url}", "See its log in the logs folder of the home.")
        ]
    return [report_ok(GROUP, "gateway", f"ready at {url}")]


def _request_state(twin_url: str) -> TwinState:
    return TwinState.from_dict(requests.get(f"{twin_url}/state", timeout=_STATE_TIMEOUT_S).json())
