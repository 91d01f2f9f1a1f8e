"""A function for tests that records each request and answers as the data of the event requires.

The data is JSON: `work` seconds before the answer, `answers` with one status per attempt (the last is repeated), and
`body` of the answer.
"""

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

RECORD = Path(os.environ["RECORD"])
WRITING = threading.Lock()


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        stuck = self.path == "/alive" and RECORD.with_suffix(".stuck").exists()
        self._answer(500 if stuck else 200, b"ready")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        instructions = _parse_instructions(body)
        before = _count_attempts(self.headers.get("ce-id", ""))
        self._write("arrived", body)
        time.sleep(instructions.get("work", 0))
        self._write("answered", body)
        answers = instructions.get("answers", [204])
        self._answer(answers[min(before, len(answers) - 1)], instructions.get("body", "").encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _write(self, what: str, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        line = {"what": what, "pid": os.getpid(), "time": time.time(), "headers": headers, "body": body.decode()}
        names = ("K_SERVICE", "K_REVISION", "GREETING", "OTEL_EXPORTER_OTLP_ENDPOINT")
        line["environment"] = {name: os.environ.get(name) for name in names}
        with WRITING, RECORD.open("a") as record:
            record.write(json.dumps(line) + "\n")

    def log_message(self, *_: object) -> None:
        """Log nothing, because requests are recorded."""


def _parse_instructions(body: bytes) -> dict[str, Any]:
    try:
        instructions = json.loads(body)
    except ValueError:
        return {}
    return instructions if isinstance(instructions, dict) else {}


def _count_attempts(event: str) -> int:
    if not RECORD.exists():
        return 0
    lines = (json.loads(line) for line in RECORD.read_text().rpartition("\n")[0].splitlines())
    return sum(line["what"] == "arrived" and line["headers"].get("ce-id") == event for line in lines)


def _end(*_: object) -> None:
    with RECORD.open("a") as record:
        record.write(json.dumps({"what": "ended", "pid": os.getpid(), "time": time.time()}) + "\n")
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Recorder).serve_forever()
