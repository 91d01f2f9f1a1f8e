"""A Kubernetes API server with fixed answers, kubeconfig files for it, and a substitute for kubectl."""

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
flags = dict(flag.split("=", 1) for flag in sys.argv[1:] if flag.startswith("--") and "=" in flag)
*_, get, raw, path = sys.argv
assert (get, raw) == ("get", "--raw") and flags["--request-timeout"]
config = yaml.safe_load(open(flags["--kubeconfig"]))
named = flags.get("--context", config["current-context"])
context = next((entry["context"] for entry in config["contexts"] if entry["name"] == named), None)
if context is None:
    sys.exit('error: context "' + named + '" does not exist')
cluster = next(entry["cluster"] for entry in config["clusters"] if entry["name"] == context["cluster"])
try:
    print(urllib.request.urlopen(cluster["server"] + path).read().decode())
except urllib.error.HTTPError as error:
    sys.exit(f"Error from server ({{ {_REASONS}[error.code] }}): status {{error.code}}")
except urllib.error.URLError as error:
    sys.exit(f"The connection to the server {{cluster['server']}} was refused")
"""


def write_kubectl(folder: Path) -> Path:
    """Return a substitute for kubectl, with the flags, answers and errors of kubectl that Pagebus uses."""
    program = folder / "kubectl"
    program.write_text(_KUBECTL, encoding="utf-8")
    program.chmod(0o755)
    return program


def write_kubeconfig(folder: Path, **servers: str) -> Path:
    """Return a kubeconfig file with a context for each server. The first one is the current context."""
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
def run_api_server(answers: Mapping[str, Any]) -> Iterator[str]:
    """Serve these answers by path, and yield the URL. A number is the status of an error.

    The server needs no credentials, because kubectl sends none over plain HTTP.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path.partition("?")[0], 404)  # kubectl adds its timeout as a query
            status, content = (answer, _build_error(answer)) if isinstance(answer, int) else (200, answer)
            body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class requires this name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _build_error(status: int) -> dict[str, Any]:
    failure = {"status": "Failure", "reason": _REASONS[status], "code": status, "message": "access denied"}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, **failure}
