"""Asking a cluster by `kubectl get --raw`.

Who has a cluster has kubectl, and its contexts, proxies and credential plugins then work for us as they do for them.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from local.doctor.address import without

_ANSWER_S = 10
#: Longer, as a credential plugin may have to ask somebody first.
_PATIENCE_S = 40

#: What lies at a path of the API; None where nothing does. Raises NoAnswer.
Ask = Callable[[str], dict[str, Any] | None]


class NoAnswer(Exception):  # noqa: N818  # it names how the asking ended
    """The text says why, in a line."""


class MayNot(NoAnswer):
    """The cluster answers, and does not let this user read that."""


def asking(kubeconfig: Path | None, context: str | None, program: str = "kubectl") -> Ask:
    """Ask the cluster that kubectl would ask, unless these say otherwise."""
    named = {"--kubeconfig": kubeconfig and str(kubeconfig), "--context": context}
    flags = [f"{flag}={value}" for flag, value in named.items() if value]

    def ask(path: str) -> dict[str, Any] | None:
        return _answer([program, *flags, f"--request-timeout={_ANSWER_S}s", "get", "--raw", path])

    return ask


def _answer(command: Sequence[str]) -> dict[str, Any] | None:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except FileNotFoundError as error:
        raise NoAnswer(f"{command[0]} is not there") from error
    except OSError as error:
        raise NoAnswer(f"{command[0]} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise NoAnswer(f"no answer within {_PATIENCE_S} s") from error
    if not done.returncode:
        return _parsed(done.stdout)
    said = without(done.stderr)
    if "(NotFound)" in said:
        return None
    if "(Forbidden)" in said:
        raise MayNot(said)
    raise NoAnswer(said or "kubectl failed, and did not say why")


def _parsed(said: str) -> dict[str, Any]:
    try:
        answer = json.loads(said)
    except ValueError as error:
        raise NoAnswer("what answers is no Kubernetes: it sent no JSON") from error
    if not isinstance(answer, dict):
        raise NoAnswer("what answers is no Kubernetes: it sent no object")
    return answer
