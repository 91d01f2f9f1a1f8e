"""Whether somebody takes the telemetry that functions are told to send."""

from collections.abc import Iterable

import requests

from local.doctor.address import of_url
from local.doctor.finding import Finding, ok, wrong
from local.doctor.functions import Function
from local.telemetry import ENDPOINT

GROUP = "servers"

_ANSWER_S = 5.0


def endpoints(functions: Iterable[Function]) -> list[str]:
    """Where the functions send theirs, each place once."""
    return sorted({one.environment[ENDPOINT] for one in functions if one.environment.get(ENDPOINT)})


def check(endpoint: str) -> list[Finding]:
    """Send nothing, as OTLP over HTTP in JSON."""
    place = of_url(endpoint)
    try:
        url = f"{endpoint.rstrip('/')}/v1/traces"
        status = requests.post(url, json={"resourceSpans": []}, timeout=_ANSWER_S).status_code
    except (requests.RequestException, ValueError) as error:
        return [wrong(GROUP, "telemetry", f"nothing answers at {place}: {type(error).__name__}", _advice())]
    if status != requests.codes.ok:
        return [wrong(GROUP, "telemetry", f"{place} answers {status} to OTLP over HTTP", _advice())]
    return [ok(GROUP, "telemetry", f"taken at {place}")]


def _advice() -> str:
    return f"Start a collector with an OTLP receiver on HTTP, often port 4318, or unset {ENDPOINT}."
