"""Building of manifests with kustomize."""

import os
import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_KUSTOMIZATION = "kustomization.yaml"


class CannotCheckError(Exception):
    """A failure of a tool or a folder that a check needs. The error text contains advice."""


def find_tools_folder() -> Path:
    """Return $PAGEBUS_TOOLS, or else `.tools` in the repository, where `make knative-check` builds its tools."""
    return Path(os.environ.get("PAGEBUS_TOOLS") or REPOSITORY / ".tools").absolute()


def build_manifests(folder: Path) -> bytes:
    """Return the manifests of a folder as one YAML stream, built by kustomize if the folder has a kustomization.

    Raise CannotCheckError if the folder does not exist or kustomize fails.
    """
    if not folder.is_dir():
        raise CannotCheckError(f"{folder}: is no folder; choose a folder with manifests")
    if not (folder / _KUSTOMIZATION).exists():
        return b"\n---\n".join(file.read_bytes() for file in sorted(folder.glob("*.yaml")))
    completed = subprocess.run([_find_kustomize(), "build", folder], capture_output=True, check=False)
    if completed.returncode != 0:
        problem = completed.stderr.decode(errors="replace").strip()
        raise CannotCheckError(f"{folder}: kustomize could not build this folder: {problem}")
    return completed.stdout


def _find_kustomize() -> str:
    path = os.pathsep.join([str(find_tools_folder()), os.environ.get("PATH", "")])
    program = shutil.which("kustomize", path=path)
    if program is None:
        raise CannotCheckError("kustomize is not installed; run `make knative-check`, which builds it")
    return program
