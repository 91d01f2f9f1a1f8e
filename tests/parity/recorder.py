"""What arrived during a test: at a server of the test itself, or at a function that tells it."""

import base64
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.parity.recording import Server


@dataclass
class Received:
    """A request as it came; times in seconds since 1970. `status` and `t_done` are None until it is answered."""

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
        """Headers by their names in lower case."""
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
    """A plain server at `url`; the member `asked` of each event's data says what to answer, else the answer is 200.

    Of a function that asks here, under the same URL, `received` holds what the function received.
    """

    def __init__(self, host: str, asked: str = "answer") -> None:
        self.received: list[Received] = []
        self._asked = asked
        self._attempts: Counter[str] = Counter()
        self._in_flight = 0
        self._lock = threading.Lock()
        self._of_functions: dict[tuple[int, int, float], Received] = {}
        self._server = Server((host, 0), self._arrived, self._ended)
        self.url = f"http://{host}:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def of(self, event: str) -> list[Received]:
        """Every attempt of one event."""
        return [request for request in self.received if request.id == event]

    def _arrived(self, found: dict[str, Any]) -> dict[str, Any]:
        if found["target"] in {"/arrived", "/ended"}:
            told = json.loads(base64.b64decode(found["body_b64"]))
            answer = self._noted(told) if found["target"] == "/arrived" else self._done(told)
            return {"status": 200, "body": json.dumps(answer)}
        return self._noted(found)

    def _ended(self, found: dict[str, Any]) -> None:
        if found["target"] not in {"/arrived", "/ended"}:
            self._done(found)

    def _noted(self, found: dict[str, Any]) -> dict[str, Any]:
        headers = [(name, value) for name, value in found["headers"]]
        body = base64.b64decode(found["body_b64"])
        with self._lock:
            self._in_flight += 1
            request = Received(found["target"], headers, body, 0, self._in_flight, found["t"], found["connection"])
            self._attempts[request.id] += 1
            request.attempt = self._attempts[request.id]
            request.pid, request.environment = found.get("pid"), found.get("environment", {})
            self._of_functions[_key(found)] = request
            self.received.append(request)
        return _wish(body, self._asked, request.attempt)

    def _done(self, found: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            request = self._of_functions.pop(_key(found))
            self._in_flight -= 1
            request.status, request.t_done, request.client_gone = found["status"], found["t_done"], found["client_gone"]
        return {}


def _key(found: dict[str, Any]) -> tuple[int, int, float]:
    return found.get("pid", 0), found["connection"], found["t"]


def _wish(body: bytes, asked: str, attempt: int) -> dict[str, Any]:
    try:
        answer = json.loads(body)[asked]
    except (ValueError, TypeError, KeyError):
        return {}
    answers = answer.get("seq", [answer])
    return dict(answers[min(attempt, len(answers)) - 1])
