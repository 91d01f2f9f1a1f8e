"""Functions as manifests have them, and a way to see one finding among many."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.doctor.finding import Finding
from local.doctor.functions import Function
from local.manifests.serving import Service

PLACE = "echo.yaml: Service echo"


def function(
    name: str = "echo",
    *,
    package: str = "functions.echo",
    origins: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    **spec: object,
) -> Function:
    """Its Service has what `spec` says beyond a container."""
    service = {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "template": {"metadata": {"annotations": annotations or {}}, "spec": {"containers": [{}], **spec}},
        },
    }
    return Function(
        Service.model_validate(service), PLACE, sys.executable, package, Path(), environment or {}, dict(origins or {})
    )


def states(findings: Iterable[Finding]) -> dict[str, Any]:
    """The state of each, by what was checked."""
    return {finding.check: finding.state for finding in findings}
