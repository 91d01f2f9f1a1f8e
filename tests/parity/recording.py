"""A server that records each request byte for byte, and answers as the data of its event requires.

It needs only the standard library and this file: `python -c` runs it as a function on any cluster. There it reports to
the server of the test (`RECORDER`), which returns the answer, so that the test has all requests in one place.

Data is JSON with `answer`: `status`, `headers`, `body` or `body_n` (so many bytes) or `body_b64`, `delay_ms`, or one
of `hang`, `drop` (close without an answer) and `reset`; or `seq`, a list of such answers, one per attempt.
"""

import base64
import json
import os
import select
import signal
import socket
import socketserver
import struct
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import Any, BinaryIO

_FOR_EVER = 3600.0
_NO_BODY = {204, 304}

Arrived = Callable[[dict[str, Any]], dict[str, Any]]
Ended = Callable[[dict[str, Any]], None]


class Server(socketserver.ThreadingTCPServer):
    """A server that listens at once. `arrived` returns the answer to a request, `ended` receives the result."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], arrived: Arrived, ended: Ended) -> None:
        super().__init__(address, _Connection)
        self.arrived, self.ended = arrived, ended
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that have closed the connection."""


class _Connection(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        with self.request.makefile("rb") as stream:
            while (found := read(stream)) is not None:
                if found["method"] == "GET":
                    _send(self.request, {"status": 200, "body": "ready"})
                    continue
                found["t"], found["connection"] = time.time(), self.client_address[1]
                told = self.server.arrived(found)
                found["client_gone"] = gone = _wait(self.request, told)
                ends = bool(gone or told.get("reset") or told.get("drop"))
                found["status"], found["t_done"] = None if ends else told.get("status", 200), time.time()
                # Report before the answer, because the next request may follow at once.
                self.server.ended(found)
                if ends:
                    _end(self.request, told)
                    return
                _send(self.request, told)


def read(stream: BinaryIO) -> dict[str, Any] | None:
    """Return the next request, with order and case of its headers, or None at the end."""
    line = stream.readline().decode("latin-1").split()
    if not line:
        return None
    headers = []
    while (text := stream.readline().decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = text.partition(":")
        headers.append([name, value.lstrip(" \t")])
    body = _body(stream, {name.lower(): value for name, value in headers})
    text = base64.b64encode(body).decode()
    return {"method": line[0], "target": line[1], "headers": headers, "body_b64": text}


def _body(stream: BinaryIO, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return stream.read(int(headers.get("content-length", 0)))
    body = b""
    while size := int(stream.readline().partition(b";")[0], 16):
        body += stream.read(size)
        stream.readline()
    stream.readline()
    return body


def _wait(connection: socket.socket, told: dict[str, Any]) -> float | None:
    """Wait for the delay of the answer. Return the time at which the client closed the connection, or None."""
    seconds = _FOR_EVER if told.get("hang") else told.get("delay_ms", 0) / 1000
    readable, _, _ = select.select([connection], [], [], seconds) if seconds else ([], [], [])
    return time.time() if readable else None


def _end(connection: socket.socket, told: dict[str, Any]) -> None:
    if told.get("reset"):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _send(connection: socket.socket, told: dict[str, Any]) -> None:
    status = told.get("status", 200)
    body = base64.b64decode(told["body_b64"]) if "body_b64" in told else told.get("body", "").encode()
    body = body or "".join(f"{at:08}\n" for at in range(0, told.get("body_n", 0), 9)).encode()[: told.get("body_n", 0)]
    headers = [*told.get("headers", []), *([] if status in _NO_BODY else [["content-length", str(len(body))]])]
    lines = [f"HTTP/1.1 {status} Answer", *(f"{name}: {value}" for name, value in headers), "", ""]
    connection.sendall("\r\n".join(lines).encode("latin-1") + (b"" if status in _NO_BODY else body))


def _report(url: str, found: dict[str, Any]) -> dict[str, Any]:
    told = {**found, "pid": os.getpid(), "environment": dict(os.environ)}
    asked = urllib.request.Request(url, json.dumps(told).encode(), method="POST")  # noqa: S310  # the test's own server
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310  # the test's own server
        return dict(json.loads(answer.read() or b"{}"))


def main() -> None:
    """Run as a function that reports each request to the test and sends the answer of the test."""
    recorder = os.environ["RECORDER"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"]))
    Server(
        address,
        lambda found: _report(f"{recorder}/arrived", found),
        lambda found: discard(_report(f"{recorder}/ended", found)),
    )
    signal.pause()


def discard(_: object) -> None:
    """Ignore an answer."""


if __name__ == "__main__":
    main()
