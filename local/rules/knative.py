"""Knative's own verdict: the code of its webhooks and its schemas, in a program of infra/knative-check."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from local.rules.built import REPOSITORY, ImpossibleError, tools
from local.rules.verdict import Verdict

#: What we ask of a cluster: fields of a pod that Knative lets through only where a flag is on.
_FEATURES = REPOSITORY / "knative" / "platform" / "config-features.yaml"


def judged(name: str, manifests: bytes) -> Iterator[Verdict]:
    """Raises ImpossibleError where it could not tell."""
    try:
        done = subprocess.run(_command(), input=manifests, capture_output=True, check=False)
    except FileNotFoundError:
        raise ImpossibleError(f"there is no {_program()}; run `make knative-check`") from None
    if done.returncode not in {0, 1}:
        raise ImpossibleError(f"{name}: {done.stderr.decode(errors='replace').strip()}; run `make knative-check`")
    for refusal in json.loads(done.stdout):
        yield Verdict("knative", name, f"{refusal['kind']} {refusal['name']}", refusal["problem"])


def crds() -> Sequence[Path]:
    """Knative's, which lie beside the program; and those of $PAGEBUS_CRDS, as Strimzi's."""
    more = os.environ.get("PAGEBUS_CRDS")
    return [_program().parent / "crds", *([Path(more)] if more else [])]


def _program() -> Path:
    return tools() / "knative-check" / "knative-check"


def _command() -> list[str]:
    folders = [word for folder in crds() for word in ("--crds", str(folder))]
    return [str(_program()), "--json", "--features", str(_FEATURES), *folders]
