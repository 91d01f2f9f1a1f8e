"""Builders of functions for checks, and an overview of findings."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.doctor.finding import Finding
from local.doctor.functions import PythonFunction
from local.manifests.serving import Service

LOCATION = "echo.yaml: Service echo"


def build_function(
    name: str = "echo",
    *,
    package: str = "functions.echo",
    origins: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    **spec: object,
) -> PythonFunction:
    """Return a function whose Service has an empty container and the fields of `spec`."""
    service = {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "template": {"metadata": {"annotations": annotations or {}}, "spec": {"containers": [{}], **spec}},
        },
    }
    return PythonFunction(
        Service.model_validate(service),
        LOCATION,
        sys.executable,
        package,
        Path(),
        environment or {},
        dict(origins or {}),
    )


def get_states(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return the state of each finding by the name of its check."""
    return {finding.check: finding.state for finding in findings}
