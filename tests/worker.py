"""A function for trials and benchmarks: works as many seconds as an event's data says, and then writes it down.

A line per event in $RECORD: `topic`, `partition` and `n` as its data gives them, when it arrived and when it was done.
"""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# One write of a line at the end of a file is not torn, whoever else writes there.
RECORD = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


class Worker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        arrived = time.time()
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        time.sleep(event.pop("work", 0))
        os.write(RECORD, json.dumps({**event, "arrived": arrived, "done": time.time()}).encode() + b"\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The record is the log."""


class Server(ThreadingHTTPServer):
    request_queue_size = 256  # a burst connects at once


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Worker).serve_forever()
