"""Requests that arrived during a test, at a server of the test or at a function that reports to it."""

import base64
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.parity.recording import Server


@dataclass
class ReceivedRequest:
    """A received request; times are in seconds since 1970. `status` and `t_done` are None before the answer."""

    target: str
    headers: list[tuple[str, str]]
    body: bytes
    attempt: int
    in_flight: int
    t: float
    connection: int
    status: int | None = None
    t_done: float | None = None
    client_gone: float | None = None
    pid: int | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, str]:
        """The headers by lower-case name."""
        return {name.lower(): value for name, value in self.headers}

    @property
    def id(self) -> str:
        return self.fields.get("ce-id", "")

    @property
    def partition(self) -> int:
        return int(self.fields["ce-knativekafkapartition"])

    @property
    def offset(self) -> int:
        return int(self.fields["ce-knativekafkaoffset"])


class Recorder:
    """A plain server at `url`. The member `asked` of an event's data is the answer; the default is 200.

    A function may report to the same URL; `received` then has the requests at the function.
    """

    def __init__(self, host: str, asked: str = "answer") -> None:
        self.received: list[ReceivedRequest] = []
        self._asked = asked
        self._attempts: Counter[str] = Counter()
        self._in_flight = 0
        self._lock = threading.Lock()
        self._of_functions: dict[tuple[int, int, float], ReceivedRequest] = {}
        self._server = Server((host, 0), self._on_arrived, self._on_ended)
        self.url = f"http://{host}:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def list_attempts(self, event: str) -> list[ReceivedRequest]:
        """Return all attempts of one event."""
        return [request for request in self.received if request.id == event]

    def _on_arrived(self, found: dict[str, Any]) -> dict[str, Any]:
        if found["target"] in {"/arrived", "/ended"}:
            told = json.loads(base64.b64decode(found["body_b64"]))
            answer = self._record(told) if found["target"] == "/arrived" else self._record_end(told)
            return {"status": 200, "body": json.dumps(answer)}
        return self._record(found)

    def _on_ended(self, found: dict[str, Any]) -> None:
        if found["target"] not in {"/arrived", "/ended"}:
            self._record_end(found)

    def _record(self, found: dict[str, Any]) -> dict[str, Any]:
        headers = [(name, value) for name, value in found["headers"]]
        body = base64.b64decode(found["body_b64"])
        with self._lock:
            self._in_flight += 1
            request = ReceivedRequest(
                found["target"], headers, body, 0, self._in_flight, found["t"], found["connection"]
            )
            self._attempts[request.id] += 1
            request.attempt = self._attempts[request.id]
            request.pid, request.environment = found.get("pid"), found.get("environment", {})
            self._of_functions[_get_key(found)] = request
            self.received.append(request)
        return _choose_answer(body, self._asked, request.attempt)

    def _record_end(self, found: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            request = self._of_functions.pop(_get_key(found))
            self._in_flight -= 1
            request.status, request.t_done, request.client_gone = found["status"], found["t_done"], found["client_gone"]
        return {}


def _get_key(found: dict[str, Any]) -> tuple[int, int, float]:
    return found.get("pid", 0), found["connection"], found["t"]


def _choose_answer(body: bytes, asked: str, attempt: int) -> dict[str, Any]:
    try:
        answer = json.loads(body)[asked]
    except (ValueError, TypeError, KeyError):
        return {}
    answers = answer.get("seq", [answer])
    return dict(answers[min(attempt, len(answers)) - 1])
