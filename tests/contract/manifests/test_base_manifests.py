"""Every manifest in knative/base is complete and follows the same conventions, because the twin reads it as it is."""

import pytest
import yaml

from local.manifests.shape import parse_go_duration, parse_iso_duration
from tests.contract.manifests.builds import (
    KNATIVE,
    Manifest,
    get_container,
    get_pod_spec,
    read_annotations,
    read_environment,
    select,
    select_services,
)

FILES = {
    path.stem: path
    for path in (KNATIVE / "base").glob("*.yaml")
    if path.stem not in {"dead-letter-sink", "kustomization", "platform"}
}
ORDER = ["Service", "KafkaSource", "PingSource", "KafkaTopic", "KafkaUser", "ServiceAccount"]
every_function = pytest.mark.parametrize("function", sorted(FILES))


def load_manifests(function: str) -> list[Manifest]:
    return list(yaml.safe_load_all(FILES[function].read_text()))


def load_service(function: str) -> Manifest:
    (name,) = found = select_services(load_manifests(function))
    assert name == function
    return found[name]


@every_function
def test_function_has_one_name_in_all_fields(function: str) -> None:
    service = load_service(function)

    assert get_container(service)["name"] == function
    assert get_container(service)["image"] == f"pagebus/{function}"
    assert get_container(service)["command"] == ["python", "-m", f"functions.{function.replace('-', '_')}.main"]
    assert service["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] == function
    assert get_pod_spec(service)["serviceAccountName"] in select(load_manifests(function), "ServiceAccount")
    assert read_environment(service)["KAFKA_SASL_USERNAME"] == f"pagebus-{function}"
    assert f"pagebus-{function}" in select(load_manifests(function), "KafkaUser")


@every_function
def test_function_has_the_common_security_settings(function: str) -> None:
    model, service = load_service("intake"), load_service(function)

    assert get_container(service)["securityContext"] == get_container(model)["securityContext"]
    assert get_container(service)["volumeMounts"] == get_container(model)["volumeMounts"]
    assert get_container(service)["envFrom"] == get_container(model)["envFrom"]
    assert get_container(service)["livenessProbe"] == get_container(model)["livenessProbe"]
    assert get_container(service)["readinessProbe"] == get_container(model)["readinessProbe"]
    assert get_pod_spec(service)["automountServiceAccountToken"] is False
    (account,) = select(load_manifests(function), "ServiceAccount").values()
    assert account["automountServiceAccountToken"] is False
    (tmp,) = get_pod_spec(service)["volumes"]
    assert tmp["emptyDir"]["sizeLimit"]
    assert get_container(service)["resources"]["limits"]["memory"]


@every_function
def test_fields_and_kinds_have_one_order(function: str) -> None:
    model, service = load_service("intake"), load_service(function)

    assert list(get_pod_spec(service)) == list(get_pod_spec(model))
    assert [name for name in get_container(service) if name != "startupProbe"] == list(get_container(model))
    kinds = [manifest["kind"] for manifest in load_manifests(function)]
    assert kinds == sorted(kinds, key=ORDER.index)


@every_function
def test_concurrency_and_timeouts_are_consistent(function: str) -> None:
    service = load_service(function)
    variables = read_environment(service)

    assert int(variables["CONCURRENCY"]) == get_pod_spec(service)["containerConcurrency"]
    assert variables.get("MAX_BATCH_SIZE", variables["CONCURRENCY"]) == variables["CONCURRENCY"]
    assert float(variables["DEADLINE_SECONDS"]) < get_pod_spec(service)["timeoutSeconds"] <= 600
    assert get_pod_spec(service)["responseStartTimeoutSeconds"] == get_pod_spec(service)["timeoutSeconds"]
    for source in select(load_manifests(function), "KafkaSource").values():
        assert parse_iso_duration(source["spec"]["delivery"]["timeout"]) >= get_pod_spec(service)["timeoutSeconds"]


@every_function
def test_function_scales_from_zero_to_a_limit(function: str) -> None:
    annotations = read_annotations(load_service(function))

    assert int(annotations["autoscaling.knative.dev/max-scale"]) > 0
    assert "autoscaling.knative.dev/min-scale" not in annotations
    assert annotations["autoscaling.knative.dev/target-utilization-percentage"] == "100"
    assert parse_go_duration(annotations["serving.knative.dev/progress-deadline"]) > 0


@every_function
def test_only_the_gateway_is_public(function: str) -> None:
    labels = load_service(function)["metadata"]["labels"]

    assert (labels.get("networking.knative.dev/visibility") == "cluster-local") == (function != "gateway")


@every_function
def test_function_with_model_has_a_startup_probe(function: str) -> None:
    service = load_service(function)
    loads = service["metadata"]["labels"].get("pagebus.io/models") == "wanted"

    assert ("startupProbe" in get_container(service)) == loads
    if loads:
        probe = get_container(service)["startupProbe"]
        longest_start = probe["periodSeconds"] * probe["failureThreshold"]
        assert longest_start < parse_go_duration(read_annotations(service)["serving.knative.dev/progress-deadline"])
