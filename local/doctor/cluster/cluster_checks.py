"""List of all checks of a cluster."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path

import yaml

from local.doctor.check_runner import Check, run_checks
from local.doctor.cluster import configs, namespace, readiness, versions
from local.doctor.cluster.expected import ExpectedCluster, load_expected_cluster
from local.doctor.cluster.kubectl import AccessDeniedError, ClusterQueryError, Query, create_query
from local.doctor.finding import Finding, report_warning, report_wrong
from local.doctor.targets import ClusterTarget

_GROUP_ORDER = (versions.GROUP, configs.GROUP, namespace.GROUP, readiness.GROUP)


def run_cluster_checks(target: ClusterTarget, manifests: Sequence[Path]) -> list[Finding]:
    """Compare a cluster with the manifests in these folders, and return all findings, sorted by group."""
    try:
        expected = load_expected_cluster(manifests)
    except (OSError, yaml.YAMLError) as error:
        advice = "Correct this file: it defines what the cluster should have."
        return [report_wrong(versions.GROUP, "manifests", " ".join(str(error).split()), advice)]
    return check_cluster(expected, target.namespace, create_query(target.kubeconfig, target.context))


def check_cluster(expected: ExpectedCluster, functions_namespace: str, query: Query) -> list[Finding]:
    """Return all findings about the cluster that `query` reads, or one finding if the cluster does not answer."""
    cached_query = cache(query)  # many checks need the same responses
    try:
        cached_query("/version")
    except ClusterQueryError as error:
        return [report_wrong(versions.GROUP, "Kubernetes", f"cannot be queried: {error}", _advise(error))]
    checks = [
        *_list_platform_checks(expected, cached_query),
        *_list_namespace_checks(expected, functions_namespace, cached_query),
    ]
    return sorted(run_checks(checks), key=lambda finding: _GROUP_ORDER.index(finding.group))


def _list_platform_checks(expected: ExpectedCluster, query: Query) -> Iterator[Check]:
    for component in expected.components:
        check = partial(versions.check_component, component, query)
        yield _create_check(versions.GROUP, component.name, check)
    check_kinds = partial(versions.check_kinds, list(expected.resources), query)
    yield _create_check(versions.GROUP, "kinds", check_kinds)
    for config in expected.configs:
        check = partial(configs.check_config, config, query)
        yield _create_check(configs.GROUP, f"{config.namespace}/{config.name}", check)


def _list_namespace_checks(expected: ExpectedCluster, functions_namespace: str, query: Query) -> Iterator[Check]:
    check_namespace = partial(namespace.check_namespace, functions_namespace, query)
    yield _create_check(namespace.GROUP, "namespace", check_namespace)
    for values in expected.settings:
        check = partial(namespace.check_keys, values, functions_namespace, query)
        yield _create_check(namespace.GROUP, f"{values.kind} {values.name}", check)
    for kind, names in expected.resources.items():
        check = partial(readiness.check_resources, kind, names, functions_namespace, query)
        yield _create_check(readiness.GROUP, f"{kind.name}s", check)


def _create_check(group: str, name: str, check: Callable[[], list[Finding]]) -> Check:
    """Return a check that reports a failed query as a finding."""

    def run() -> list[Finding]:
        try:
            return check()
        except AccessDeniedError as error:
            advice = "Request the permission to read this resource, then check again."
            return [report_warning(group, name, f"not checked: {error}", advice)]
        except ClusterQueryError as error:
            return [report_wrong(group, name, f"cannot be queried: {error}", _advise(error))]

    return Check(group, name, run)


def _advise(error: ClusterQueryError) -> str:
    if isinstance(error.__cause__, FileNotFoundError):
        return "Install kubectl, and configure it for your cluster."
    return "Run `kubectl get --raw /version` with the same --kubeconfig and --context until it works."
