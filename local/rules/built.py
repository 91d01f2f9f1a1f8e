"""What kustomize makes of a folder: the manifests as a cluster would get them."""

import os
import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_KUSTOMIZATION = "kustomization.yaml"


class ImpossibleError(Exception):
    """Something to judge with is missing; says what to do."""


def tools() -> Path:
    """$PAGEBUS_TOOLS, else `.tools` beside the sources: where `make lint-manifests` puts what it needs."""
    return Path(os.environ.get("PAGEBUS_TOOLS") or REPOSITORY / ".tools").absolute()


def content(folder: Path) -> bytes:
    """All manifests of a folder as one stream: built where it has a kustomization, joined where it has none."""
    if not folder.is_dir():
        raise ImpossibleError(f"{folder}: is no folder; name one that holds manifests")
    if not (folder / _KUSTOMIZATION).exists():
        return b"\n---\n".join(file.read_bytes() for file in sorted(folder.glob("*.yaml")))
    done = subprocess.run([_kustomize(), "build", folder], capture_output=True, check=False)
    if done.returncode != 0:
        raise ImpossibleError(f"{folder}: kustomize could not build it: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _kustomize() -> str:
    found = shutil.which("kustomize", path=os.pathsep.join([str(tools()), os.environ.get("PATH", "")]))
    if found is None:
        raise ImpossibleError("there is no kustomize; run `make knative-check`, which builds it")
    return found
