"""An API server over HTTP, with kubeconfigs for it, and a program that asks it as kubectl does."""

import json
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_REASONS = {403: "Forbidden", 404: "NotFound"}

_KUBECTL = f"""#!{sys.executable}
import sys, urllib.error, urllib.request, yaml
flags = dict(one.split("=", 1) for one in sys.argv[1:] if one.startswith("--") and "=" in one)
*_, get, raw, path = sys.argv
assert (get, raw) == ("get", "--raw") and flags["--request-timeout"]
config = yaml.safe_load(open(flags["--kubeconfig"]))
named = flags.get("--context", config["current-context"])
context = next((one["context"] for one in config["contexts"] if one["name"] == named), None)
if context is None:
    sys.exit('error: context "' + named + '" does not exist')
cluster = next(one["cluster"] for one in config["clusters"] if one["name"] == context["cluster"])
try:
    print(urllib.request.urlopen(cluster["server"] + path).read().decode())
except urllib.error.HTTPError as error:
    sys.exit(f"Error from server ({{ {_REASONS}[error.code] }}): the server said {{error.code}}")
except urllib.error.URLError as error:
    sys.exit(f"The connection to the server {{cluster['server']}} was refused")
"""


def kubectl(folder: Path) -> Path:
    """A program with the flags, answers and errors of kubectl that we rely on, for machines without one."""
    program = folder / "kubectl"
    program.write_text(_KUBECTL, encoding="utf-8")
    program.chmod(0o755)
    return program


def kubeconfig(folder: Path, **servers: str) -> Path:
    """A context per server; the first is the current one."""
    file = folder / "kubeconfig"
    names = list(servers)
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": url}} for name, url in servers.items()],
        "contexts": [{"name": name, "context": {"cluster": name, "user": ""}} for name in names],
        "current-context": names[0],
    }
    file.write_text(json.dumps(config), encoding="utf-8")
    return file


@contextmanager
def serving(answers: Mapping[str, Any]) -> Iterator[str]:
    """Serve these answers by path; a number is the status of a refusal.

    Whoever asks is let in: over plain HTTP, kubectl shows no credentials.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path.partition("?")[0], 404)  # kubectl adds how long it waits
            status, said = (answer, _refusal(answer)) if isinstance(answer, int) else (200, answer)
            body = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _refusal(status: int) -> dict[str, Any]:
    said = {"status": "Failure", "reason": _REASONS[status], "code": status, "message": "not for you"}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, **said}
