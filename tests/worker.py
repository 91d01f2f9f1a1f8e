"""A function for trials and benchmarks. It sleeps for the seconds in an event's field `work` and records the event.

It writes one line per event to $RECORD: `topic`, `partition` and `n` from the data, and the times of arrival and end.
"""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# With O_APPEND, lines of several processes do not mix as long as each line is one write.
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
        """Log nothing: $RECORD has all events."""


class Server(ThreadingHTTPServer):
    request_queue_size = 256  # a burst connects at once


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Worker).serve_forever()
