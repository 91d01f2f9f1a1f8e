"""Checks whether a collector accepts telemetry at the endpoints to which functions send it."""

from collections.abc import Iterable

import requests

from local.doctor.address import redact_url
from local.doctor.finding import Finding, report_ok, report_wrong
from local.doctor.functions import PythonFunction
from local.telemetry import ENDPOINT_VARIABLE

GROUP = "servers"

_TIMEOUT_S = 5.0
_ADVICE = f"Start a collector with an OTLP receiver on HTTP, often port 4318, or unset {ENDPOINT_VARIABLE}."


def list_endpoints(functions: Iterable[PythonFunction]) -> list[str]:
    """Return the telemetry endpoints of the functions without duplicates."""
    endpoints = (function.environment.get(ENDPOINT_VARIABLE) for function in functions)
    return sorted({endpoint for endpoint in endpoints if endpoint})


def check_endpoint(endpoint: str) -> list[Finding]:
    """Send an empty OTLP export (JSON over HTTP) to the endpoint, and return a finding about the response."""
    address = redact_url(endpoint)
    try:
        url = f"{endpoint.rstrip('/')}/v1/traces"
        status = requests.post(url, json={"resourceSpans": []}, timeout=_TIMEOUT_S).status_code
    except (requests.RequestException, ValueError) as error:
        return [report_wrong(GROUP, "telemetry", f"nothing answers at {address}: {type(error).__name__}", _ADVICE)]
    if status != requests.codes.ok:
        return [report_wrong(GROUP, "telemetry", f"{address} answers {status} to OTLP over HTTP", _ADVICE)]
    return [report_ok(GROUP, "telemetry", f"accepted at {address}")]
