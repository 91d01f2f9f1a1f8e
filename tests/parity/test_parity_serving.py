"""Responses of Services: environment, headers, timeouts, full queues and failing containers."""

import json
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.e2e.twin.load import request
from tests.kit import wait_for
from tests.parity.knative import Knative, Manifest
from tests.parity.scenario import RunningScenario, Scenario

_FUNCTION = Path(__file__).with_name("behaving.py").read_text(encoding="utf-8")
_ALWAYS = {"min-scale": "1", "max-scale": "1"}
_LATE = 1.5  # seconds: the server may be busy

Answer = tuple[int, bytes, float]


def _build_services(played: RunningScenario) -> list[Manifest]:
    image = played.knative.python
    return [
        _build_config(),
        _build_service(
            "s-plain", image, _ALWAYS, env=[{"name": "MINE", "value": "x"}, {"name": "URL", "value": "$(MINE)!"}]
        ),
        _build_service("s-three", image, _ALWAYS, timeoutSeconds=3),
        _build_service("s-all", image, _ALWAYS, timeoutSeconds=5, responseStartTimeoutSeconds=1, idleTimeoutSeconds=2),
        _build_service("s-queue", image, _ALWAYS, containerConcurrency=1),
        _build_service("s-direct", image, {**_ALWAYS, "target-burst-capacity": "0"}, containerConcurrency=1),
        _build_service("s-zero", image, {"initial-scale": "0"}, timeoutSeconds=2, command=["sleep", "600"]),
    ]


def _build_config() -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "s-config"}, "data": {"A": "1", "MINE": "y"}}


def _build_service(
    name: str,
    image: str,
    scaling: Mapping[str, str],
    env: list[dict[str, str]] | None = None,
    command: list[str] | None = None,
    **spec: Any,
) -> Manifest:
    container = {
        "image": image,
        "command": command or ["python3", "-c", _FUNCTION],
        "env": env or [],
        "envFrom": [{"configMapRef": {"name": "s-config"}}],
    }
    annotations = {f"autoscaling.knative.dev/{key}": text for key, text in scaling.items()}
    template = {"metadata": {"annotations": annotations}, "spec": {"containers": [container], **spec}}
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {"networking.knative.dev/visibility": "cluster-local"}},
        "spec": {"template": template},
    }


SCENARIOS = [Scenario("p-serving", _build_services)]

#: The requests by name of the Service. All are sent at once, because most of the time is waiting.
ASKED: dict[str, tuple[str, dict[str, object]]] = {
    "plain": ("s-plain", {}),
    "in time": ("s-three", {"delay": 1}),
    "too late": ("s-three", {"delay": 6}),
    "too long": ("s-three", {"pieces": 10, "every": 0.7}),
    "late start": ("s-all", {"delay": 3}),
    "long but started": ("s-all", {"pieces": 6, "every": 0.5}),
    "silent": ("s-all", {"pieces": 1, "every": 4}),
    "endless": ("s-all", {"pieces": 20, "every": 0.7}),
    "reset": ("s-plain", {"end": "reset"}),
    "closed": ("s-plain", {"end": "drop"}),
    "never there": ("s-zero", {}),
}


@pytest.fixture(scope="module")
def answers(knative: Knative, played: dict[str, RunningScenario]) -> dict[str, Answer]:
    assert "p-serving" in played
    for service in {service for service, _ in ASKED.values()} - {"s-zero"}:
        wait_for(lambda service=service: _request(knative, service, {})[0] == 200, what=f"a route to {service}")  # type: ignore[misc]  # a loop's variable
    with ThreadPoolExecutor(len(ASKED)) as pool:
        futures: dict[str, Future[Answer]] = {
            name: pool.submit(_request, knative, service, do) for name, (service, do) in ASKED.items()
        }
        return {name: future.result() for name, future in futures.items()}


def _request(knative: Knative, service: str, do: dict[str, object]) -> Answer:
    url, host = knative.get_ingress(service)
    target = f"/?do={quote(json.dumps(do))}"
    return request(
        urlsplit(url).netloc, b"{}", target, {"Host": host, "X-Mine": "a", "Content-Type": "application/json"}
    )


def test_container_has_its_environment(answers: dict[str, Answer]) -> None:
    found = json.loads(answers["plain"][1])["environment"]
    knative = {name: found[name] for name in ("K_SERVICE", "K_CONFIGURATION", "K_REVISION")}
    assert knative == {"K_SERVICE": "s-plain", "K_CONFIGURATION": "s-plain", "K_REVISION": "s-plain-00001"}
    assert found["PORT"].isdigit()
    assert found["HOSTNAME"].startswith("s-plain-00001-deployment-")
    assert "HOME" in found
    assert (found["A"], found["MINE"], found["URL"]) == ("1", "x", "x!")


def test_container_receives_gos_and_forwarding_headers(answers: dict[str, Answer]) -> None:
    headers = json.loads(answers["plain"][1])["headers"]
    names = [name for name, _ in headers if name != "User-Agent"]
    assert names[:2] == ["Host", "Content-Length"]
    assert names[2:] == sorted(names[2:])
    found = dict(headers)
    assert found["Host"] == "s-plain.default.svc.cluster.local"
    assert (found["X-Mine"], found["X-Forwarded-Proto"], found["K-Proxy-Request"]) == ("a", "http", "activator")
    assert found["Forwarded"].startswith("for=")
    assert found["X-Forwarded-For"].count(",") == 1
    assert found["X-Request-Id"]


@pytest.mark.parametrize(
    ("name", "status", "body", "seconds"),
    [
        pytest.param("too late", 504, b"activator request timeout", 3, id="timeoutSeconds"),
        pytest.param("too long", 200, b"....activator request timeout", 3, id="timeoutSeconds under way"),
        pytest.param("late start", 504, b"activator request timeout", 1, id="responseStartTimeoutSeconds"),
        pytest.param("long but started", 200, b"......", 3, id="responseStartTimeoutSeconds is over"),
        pytest.param("silent", 200, b"request timeout", 2, id="idleTimeoutSeconds"),
        pytest.param("endless", 200, b".......activator request timeout", 5, id="timeoutSeconds above all"),
        pytest.param("never there", 504, b"activator request timeout", 2, id="a cold start counts"),
    ],
)
def test_timeout_ends_the_request(
    answers: dict[str, Answer], name: str, status: int, body: bytes, seconds: float
) -> None:
    found = answers[name]
    assert found[:2] == (status, body)
    assert seconds - 0.05 <= found[2] < seconds + _LATE


def test_request_within_timeouts_is_answered(answers: dict[str, Answer]) -> None:
    assert answers["in time"][0] == 200


def test_closed_or_reset_connection_is_a_502(answers: dict[str, Answer]) -> None:
    assert answers["closed"][:2] == (502, b"EOF\n")
    status, body, _ = answers["reset"]
    assert (status, body.endswith(b": read: connection reset by peer\n")) == (502, True)


@pytest.mark.parametrize(
    ("service", "done", "refused"),
    [
        pytest.param("s-queue", 30, 0, id="the activator queues"),
        pytest.param("s-direct", 11, 19, id="without it a replica keeps ten times its concurrency"),
    ],
)
@pytest.mark.usefixtures("answers")
def test_thirty_parallel_requests_share_one_slot(knative: Knative, service: str, done: int, refused: int) -> None:
    wait_for(lambda: _request(knative, service, {})[0] == 200, what=f"a route to {service}")
    wait_for(lambda: _is_direct(knative, service) == (service == "s-queue"), what="the activator in or out of the way")
    with ThreadPoolExecutor(30) as pool:
        found = [*pool.map(lambda _: _request(knative, service, {"delay": 0.2}), range(30))]
    assert [answer[0] for answer in found].count(200) == done
    assert [answer[:2] for answer in found].count((503, b"pending request queue full\n")) == refused


def _is_direct(knative: Knative, service: str) -> bool:
    """Return whether requests bypass the activator."""
    return "K-Proxy-Request" in dict(json.loads(_request(knative, service, {})[1])["headers"])
