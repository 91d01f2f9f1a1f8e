"""A function in ten lines that prints its requests to standard output."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Recorder(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"] or 0)).hex()
        os.write(1, json.dumps({"headers": self.headers.items(), "body": body}).encode() + b"\n")
        self.send_response_only(204)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Recorder).serve_forever()
