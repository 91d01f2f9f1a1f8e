"""Checks whether every resource of the manifests exists in the cluster and is ready."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.doctor.address import redact_text
from local.doctor.cluster.expected import ResourceKind
from local.doctor.cluster.kubectl import Query
from local.doctor.finding import Finding, report_ok, report_warning, report_wrong

GROUP = "resources"

_MAX_SHOWN_NAMES = 5


def check_resources(kind: ResourceKind, names: frozenset[str], namespace: str, query: Query) -> list[Finding]:
    """Return findings about the resources of one kind. Raise ClusterQueryError if they cannot be read.

    There is no finding if the cluster does not serve the kind, because `versions.check_kinds` reports missing kinds.
    """
    plural = _find_plural(kind, query)
    if plural is None:
        return []
    listing = query(f"/apis/{kind.api_version}/namespaces/{namespace}/{plural}") or {}
    return compare_resources(kind, names, listing.get("items", []))


def compare_resources(
    kind: ResourceKind, names: frozenset[str], resources: Iterable[Mapping[str, Any]]
) -> list[Finding]:
    """Return a finding for each resource that is not ready, and one finding for all missing resources together.

    If all expected resources exist and are ready, return one finding about them.
    """
    existing = {name: resource for name in names if (resource := _find_resource(name, resources)) is not None}
    missing = sorted(names - existing.keys())
    findings = [finding for _, resource in sorted(existing.items()) if (finding := _check_ready(kind, resource))]
    if missing:
        advice = "Apply your overlay with `kubectl apply -k`, or select its namespace with --namespace."
        findings.insert(0, report_wrong(GROUP, f"{kind.name}s", f"missing: {_render_names(missing)}", advice))
    return findings or [report_ok(GROUP, f"{kind.name}s", f"all {len(names)} exist and are ready")]


def _find_resource(name: str, resources: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the resource with this name, or else one with a prefix and `-` before it, or else None.

    Names can have a prefix, because overlays may add one.
    """
    by_name = {resource["metadata"]["name"]: resource for resource in resources}
    prefixed_names = (candidate for candidate in by_name if candidate.endswith(f"-{name}"))
    return by_name.get(name) or by_name.get(next(prefixed_names, ""))


def _check_ready(kind: ResourceKind, resource: Mapping[str, Any]) -> Finding | None:
    """Return a finding if the resource is not ready, else None."""
    name = f"{kind.name} {resource['metadata']['name']}"
    conditions = (resource.get("status") or {}).get("conditions", [])
    ready = next((condition for condition in conditions if condition["type"] == "Ready"), None)
    if ready is None:
        advice = "Wait a minute and check again. If there is still none, check the pods of this kind's controller."
        return report_warning(GROUP, name, "has no Ready condition yet", advice)
    if ready["status"] == "True":
        return None
    reason = redact_text(f"{ready.get('reason', '')}: {ready.get('message', '')}").strip(" :")
    # Knative sets Unknown while it works on a change, which may still succeed.
    report = report_wrong if ready["status"] == "False" else report_warning
    return report(GROUP, name, f"is not ready: {reason or 'its status has no reason'}", _advise(kind, resource))


def _advise(kind: ResourceKind, resource: Mapping[str, Any]) -> str:
    plural = f"{kind.name.lower()}s.{kind.api_version.partition('/')[0]}"
    metadata = resource["metadata"]
    command = f"kubectl describe {plural} {metadata['name']} -n {metadata.get('namespace', 'NAMESPACE')}"
    return f"Run `{command}` for details."


def _find_plural(kind: ResourceKind, query: Query) -> str | None:
    """Return the plural name of a kind in API paths, or None if the cluster does not serve the kind."""
    listing = query(f"/apis/{kind.api_version}") or {}
    plurals = [str(entry["name"]) for entry in listing.get("resources", []) if entry["kind"] == kind.name]
    # A name with a slash is a subresource, such as services/status.
    return next((plural for plural in plurals if "/" not in plural), None)


def _render_names(names: list[str]) -> str:
    hidden = len(names) - _MAX_SHOWN_NAMES
    return ", ".join(names[:_MAX_SHOWN_NAMES]) + (f" and {hidden} more" if hidden > 0 else "")
