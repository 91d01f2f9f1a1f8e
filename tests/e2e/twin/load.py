"""A closed loop of callers: each sends the next request when it has its response, as in the recordings."""

import http.client
import json
import threading
import time
from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit


class Load:
    """A context with `workers` callers that start `apart` seconds after each other."""

    def __init__(self, url: str, workers: int, work: float, apart: float = 0.0) -> None:
        self._address = urlsplit(url).netloc
        self._body = json.dumps({"work": work, "answers": [200]}).encode()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_requests, args=(number * apart,)) for number in range(workers)
        ]
        self.statuses: list[int] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _send_requests(self, later: float) -> None:
        self._ended.wait(later)
        while not self._ended.is_set():
            self.statuses.append(request(self._address, self._body)[0])


def request(
    address: str, body: bytes | None = None, target: str = "/", headers: Mapping[str, str] | None = None
) -> tuple[int, bytes, float]:
    """Return the status and body of a response, and the seconds that it took."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection(address, timeout=90)
    try:
        connection.request("GET" if body is None else "POST", target, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read(), time.monotonic() - begun
    finally:
        connection.close()
