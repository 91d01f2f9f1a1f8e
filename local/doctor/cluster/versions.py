"""Whether the cluster runs what Pagebus is made for."""

import re
from collections.abc import Sequence

from local.doctor.cluster.expected import Component, Kind
from local.doctor.cluster.kubectl import Ask
from local.doctor.finding import Finding, ok, warning, wrong

GROUP = "cluster"

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_LABEL = "app.kubernetes.io/version"
_README = "knative/platform/README.md"
_NUMBERS = re.compile(r"v?([0-9]+)\.([0-9]+)")


def check(component: Component, ask: Ask) -> list[Finding]:
    """Raises NoAnswer."""
    if component.definition is None:
        said = ask("/version") or {}
        return [compared(component, said.get("gitVersion"))]
    definition = ask(f"{_DEFINITIONS}/{component.definition}")
    if definition is None:
        return [wrong(GROUP, component.name, "is not installed", f"Install {component.version}, as {_README} says.")]
    return [compared(component, definition["metadata"].get("labels", {}).get(_LABEL))]


def compared(component: Component, runs: str | None) -> Finding:
    """Patch releases do not matter, and what is newer most likely does as well."""
    there, wanted = _numbers(runs), _numbers(component.version)
    if not there or not wanted:
        advice = f"Made for {component.version}: look by yourself."
        return warning(GROUP, component.name, f"is there, and does not say its version ({runs or 'no label'})", advice)
    if there < wanted:
        advice = f"Made for {component.version}: install that, or try tests/parity on it."
        return warning(GROUP, component.name, f"{runs} is older than what Pagebus is made for", advice)
    newer = f"Made for {component.version}; tests/parity tells whether this one behaves alike."
    return ok(GROUP, component.name, str(runs), newer if there > wanted else "")


def served(kinds: Sequence[Kind], ask: Ask) -> list[Finding]:
    """Whether there is every kind of the manifests, in its version. Raises NoAnswer."""
    offered = {version: _kinds(version, ask) for version in {kind.api_version for kind in kinds}}
    missing = [kind for kind in kinds if kind.name not in offered[kind.api_version]]
    if not missing:
        return [ok(GROUP, "kinds", f"all {len(kinds)} of the manifests")]
    return [_not_served(kind) for kind in missing]


def _not_served(kind: Kind) -> Finding:
    found = f"the cluster does not know {kind.api_version}"
    return wrong(GROUP, f"kind {kind.name}", found, f"Install what brings it, in a version that serves it: {_README}.")


def _kinds(api_version: str, ask: Ask) -> set[str]:
    listed = ask(f"/apis/{api_version}") or {}
    return {resource["kind"] for resource in listed.get("resources", [])}


def _numbers(version: str | None) -> tuple[int, int] | None:
    found = _NUMBERS.match(version or "")
    return (int(found[1]), int(found[2])) if found else None
