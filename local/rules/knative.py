"""Checks of manifests with Knative's own schemas and webhooks, by the program in infra/knative-check."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from local.rules.kustomize import REPOSITORY, CannotCheckError, find_tools_folder
from local.rules.problem import Problem

#: The feature flags that a cluster must have. Knative accepts some fields of a pod only if their flag is on.
_FEATURES_FILE = REPOSITORY / "knative" / "platform" / "config-features.yaml"


def check_with_knative(name: str, manifests: bytes) -> Iterator[Problem]:
    """Yield the problems for which Knative rejects manifests.

    `name` is the file or folder that the problems name. Raise CannotCheckError if the program is missing or fails.
    """
    try:
        completed = subprocess.run(_build_command(), input=manifests, capture_output=True, check=False)
    except FileNotFoundError:
        raise CannotCheckError(f"there is no {_find_program()}; run `make knative-check`") from None
    if completed.returncode not in {0, 1}:
        raise CannotCheckError(f"{name}: {completed.stderr.decode(errors='replace').strip()}; run `make knative-check`")
    for refusal in json.loads(completed.stdout):
        yield Problem("knative", name, f"{refusal['kind']} {refusal['name']}", refusal["problem"])


def list_crd_folders() -> Sequence[Path]:
    """Return the folders of CRDs: the folder beside the program, and $PAGEBUS_CRDS, for example with Strimzi's CRDs."""
    additional = os.environ.get("PAGEBUS_CRDS")
    return [_find_program().parent / "crds", *([Path(additional)] if additional else [])]


def _find_program() -> Path:
    return find_tools_folder() / "knative-check" / "knative-check"


def _build_command() -> list[str]:
    folders = [word for folder in list_crd_folders() for word in ("--crds", str(folder))]
    return [str(_find_program()), "--json", "--features", str(_FEATURES_FILE), *folders]
