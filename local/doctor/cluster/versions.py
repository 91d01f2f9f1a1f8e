"""Checks whether the cluster has the components that Pagebus needs, in the versions for which Pagebus is made."""

import re
from collections.abc import Sequence

from local.doctor.cluster.expected import Component, ResourceKind
from local.doctor.cluster.kubectl import Query
from local.doctor.finding import Finding, report_ok, report_warning, report_wrong

GROUP = "cluster"

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_VERSION_LABEL = "app.kubernetes.io/version"
_README = "knative/platform/README.md"
_VERSION_PATTERN = re.compile(r"v?([0-9]+)\.([0-9]+)")


def check_component(component: Component, query: Query) -> list[Finding]:
    """Return a finding about whether a component is installed in a suitable version.

    Raise ClusterQueryError if the version cannot be read.
    """
    if component.definition is None:
        response = query("/version") or {}
        return [compare_version(component, response.get("gitVersion"))]
    definition = query(f"{_DEFINITIONS}/{component.definition}")
    if definition is None:
        advice = f"Install version {component.version}: see {_README}."
        return [report_wrong(GROUP, component.name, "is not installed", advice)]
    return [compare_version(component, definition["metadata"].get("labels", {}).get(_VERSION_LABEL))]


def compare_version(component: Component, installed: str | None) -> Finding:
    """Return a finding about the version of a component. `installed` is None if the version is unknown.

    Patch releases are ignored. A newer version is ok, because it most likely works too.
    """
    installed_numbers, expected_numbers = _parse_version(installed), _parse_version(component.version)
    if not installed_numbers or not expected_numbers:
        found = f"is installed, but its version is unknown ({installed or 'it has no version label'})"
        advice = f"Check the version yourself: Pagebus is made for {component.version}."
        return report_warning(GROUP, component.name, found, advice)
    if installed_numbers < expected_numbers:
        found = f"{installed} is older than {component.version}, which Pagebus is made for"
        advice = f"Install {component.version}, or run tests/parity against this version."
        return report_warning(GROUP, component.name, found, advice)
    if installed_numbers > expected_numbers:
        advice = f"Pagebus is made for {component.version}. To compare the behaviour of this version, run tests/parity."
        return report_ok(GROUP, component.name, str(installed), advice)
    return report_ok(GROUP, component.name, str(installed))


def check_kinds(kinds: Sequence[ResourceKind], query: Query) -> list[Finding]:
    """Return a finding for each kind of the manifests that the cluster does not serve, or one finding if it serves all.

    Raise ClusterQueryError if the kinds cannot be read.
    """
    served = {version: _load_served_kinds(version, query) for version in {kind.api_version for kind in kinds}}
    missing = [kind for kind in kinds if kind.name not in served[kind.api_version]]
    if not missing:
        return [report_ok(GROUP, "kinds", f"all {len(kinds)} kinds of the manifests are served")]
    return [_report_missing_kind(kind) for kind in missing]


def _report_missing_kind(kind: ResourceKind) -> Finding:
    found = f"is not served in {kind.api_version}"
    advice = f"Install the component that has this kind, in a version with this API: see {_README}."
    return report_wrong(GROUP, f"kind {kind.name}", found, advice)


def _load_served_kinds(api_version: str, query: Query) -> set[str]:
    listing = query(f"/apis/{api_version}") or {}
    return {resource["kind"] for resource in listing.get("resources", [])}


def _parse_version(version: str | None) -> tuple[int, int] | None:
    match = _VERSION_PATTERN.match(version or "")
    return (int(match[1]), int(match[2])) if match else None
