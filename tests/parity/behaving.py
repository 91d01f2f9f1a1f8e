"""A function that behaves as the JSON in the query `?do=` says, for tests of the responses of a Service.

`delay` seconds before the head; then `pieces` dots, `every` so many seconds; or `end` with `drop`, `reset` or `exit`;
without any of these, it returns the request headers and its environment. It needs only the standard library and this
file: `python -c` runs it on any cluster.
"""

import json
import os
import signal
import socket
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_RESET = struct.pack("ii", 1, 0)


class Behaving(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        do = json.loads(parse_qs(urlsplit(self.path).query).get("do", ["{}"])[0])
        time.sleep(do.get("delay", 0))
        if end := do.get("end"):
            self._end(end)
        elif "pieces" in do:
            self._stream(do["pieces"], do["every"])
        else:
            self._send_details()

    do_POST = do_GET  # noqa: N815  # the base class names it

    def _send_details(self) -> None:
        seen: dict[str, Any] = {"headers": self.headers.items(), "environment": dict(os.environ), "pid": os.getpid()}
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, pieces: int, every: float) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for _ in range(pieces):
            time.sleep(every)
            self.wfile.write(b"1\r\n.\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def _end(self, how: str) -> None:
        if how == "exit":
            os._exit(3)
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        self.close_connection = True

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):
            """Ignore clients that have closed the connection."""

    def log_message(self, *_: object) -> None:
        """Log nothing, because responses have the details."""


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"]))
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(address, Behaving).serve_forever()


if __name__ == "__main__":
    main()
