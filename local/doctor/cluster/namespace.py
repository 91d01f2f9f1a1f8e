"""Checks whether the namespace of the functions exists, and has their ConfigMap and Secret with all keys."""

from local.doctor.cluster.expected import ExpectedValues
from local.doctor.cluster.kubectl import Query
from local.doctor.finding import Finding, report_ok, report_wrong

GROUP = "namespace"

_PLURALS = {"ConfigMap": "configmaps", "Secret": "secrets"}


def check_namespace(namespace: str, query: Query) -> list[Finding]:
    """Return a finding about whether the namespace exists. Raise ClusterQueryError if it cannot be read."""
    if query(f"/api/v1/namespaces/{namespace}") is None:
        advice = "Select the namespace of the functions with --namespace, or create it: `kubectl create namespace`."
        return [report_wrong(GROUP, "namespace", f"{namespace} does not exist", advice)]
    return [report_ok(GROUP, "namespace", namespace)]


def check_keys(expected: ExpectedValues, namespace: str, query: Query) -> list[Finding]:
    """Return a finding about whether a ConfigMap or Secret exists and each of its keys has a value.

    The values of the keys are not compared or shown. Raise ClusterQueryError if the ConfigMap or Secret cannot be read.
    """
    name = f"{expected.kind} {expected.name}"
    resource = query(f"/api/v1/namespaces/{namespace}/{_PLURALS[expected.kind]}/{expected.name}")
    if resource is None:
        advice = f"Create it with {', '.join(sorted(expected.data))}. Their meanings are in {expected.file}."
        return [report_wrong(GROUP, name, f"is not in {namespace}", advice)]
    data = resource.get("data") or {}
    if missing := sorted(key for key in expected.data if not data.get(key)):
        advice = f"Add these keys: functions do not start without them. Examples are in {expected.file}."
        return [report_wrong(GROUP, name, f"has no value for {', '.join(missing)}", advice)]
    return [report_ok(GROUP, name, f"has all {len(expected.data)} keys")]
