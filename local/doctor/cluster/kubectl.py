"""Queries of a cluster with `kubectl get --raw`.

This module needs no Kubernetes client of its own: users of a cluster have kubectl, which handles contexts, proxies and
credential plugins.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from local.doctor.address import redact_text

_REQUEST_TIMEOUT_S = 10
#: Longer than the timeout of the request, because a credential plugin of kubectl may first ask the user for a password.
_KUBECTL_TIMEOUT_S = 40

#: A function that returns the object at a path of the API, or None if there is no object. It raises ClusterQueryError
#: if the query fails.
Query = Callable[[str], dict[str, Any] | None]


class ClusterQueryError(Exception):
    """A failed query of the cluster. The text is the reason, in one line."""


class AccessDeniedError(ClusterQueryError):
    """A query that the cluster refused, because this user has no permission for it."""


def create_query(kubeconfig: Path | None, context: str | None, program: str = "kubectl") -> Query:
    """Return a function that queries a cluster. If `kubeconfig` or `context` is None, kubectl's default applies."""
    options = {"--kubeconfig": kubeconfig and str(kubeconfig), "--context": context}
    flags = [f"{option}={value}" for option, value in options.items() if value]

    def query(path: str) -> dict[str, Any] | None:
        return _run_kubectl([program, *flags, f"--request-timeout={_REQUEST_TIMEOUT_S}s", "get", "--raw", path])

    return query


def _run_kubectl(command: Sequence[str]) -> dict[str, Any] | None:
    try:
        process = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_KUBECTL_TIMEOUT_S, check=False
        )
    except FileNotFoundError as error:
        raise ClusterQueryError(f"{command[0]} is not installed") from error
    except OSError as error:
        raise ClusterQueryError(f"{command[0]} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise ClusterQueryError(f"kubectl did not answer within {_KUBECTL_TIMEOUT_S} s") from error
    if not process.returncode:
        return _parse_object(process.stdout)
    message = redact_text(process.stderr)
    if "(NotFound)" in message:
        return None
    if "(Forbidden)" in message:
        raise AccessDeniedError(message)
    raise ClusterQueryError(message or "kubectl failed without a message")


def _parse_object(text: str) -> dict[str, Any]:
    try:
        response = json.loads(text)
    except ValueError as error:
        raise ClusterQueryError("the server is not Kubernetes: its answer is not JSON") from error
    if not isinstance(response, dict):
        raise ClusterQueryError("the server is not Kubernetes: its answer is not an object")
    return response
