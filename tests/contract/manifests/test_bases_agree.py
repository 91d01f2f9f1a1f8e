"""Each function's file is complete, as the twin reads it by itself; so what they have in common must be kept alike."""

import pytest
import yaml

from local.manifests.shape import go_seconds, iso_seconds
from tests.contract.manifests.built import (
    KNATIVE,
    Manifest,
    annotations,
    container,
    environment,
    of,
    pod,
    services,
)

FILES = {
    path.stem: path for path in (KNATIVE / "base").glob("*.yaml") if path.stem not in {"kustomization", "platform"}
}
ORDER = ["Service", "KafkaSource", "PingSource", "KafkaTopic", "KafkaUser", "ServiceAccount"]
every_function = pytest.mark.parametrize("function", sorted(FILES))


def manifests(function: str) -> list[Manifest]:
    return list(yaml.safe_load_all(FILES[function].read_text()))


def service(function: str) -> Manifest:
    (name,) = found = services(manifests(function))
    assert name == function
    return found[name]


@every_function
def test_a_function_is_called_the_same_everywhere(function: str) -> None:
    said = service(function)

    assert container(said)["name"] == function
    assert container(said)["image"] == f"pagebus/{function}"
    assert container(said)["command"] == ["python", "-m", f"functions.{function.replace('-', '_')}.main"]
    assert said["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] == function
    assert pod(said)["serviceAccountName"] in of(manifests(function), "ServiceAccount")
    assert environment(said)["KAFKA_SASL_USERNAME"] == f"pagebus-{function}"
    assert f"pagebus-{function}" in of(manifests(function), "KafkaUser")


@every_function
def test_a_function_is_confined_as_all_are(function: str) -> None:
    model, said = service("intake"), service(function)

    assert container(said)["securityContext"] == container(model)["securityContext"]
    assert container(said)["volumeMounts"] == container(model)["volumeMounts"]
    assert container(said)["envFrom"] == container(model)["envFrom"]
    assert container(said)["livenessProbe"] == container(model)["livenessProbe"]
    assert container(said)["readinessProbe"] == container(model)["readinessProbe"]
    assert pod(said)["automountServiceAccountToken"] is False
    (account,) = of(manifests(function), "ServiceAccount").values()
    assert account["automountServiceAccountToken"] is False
    (tmp,) = pod(said)["volumes"]
    assert tmp["emptyDir"]["sizeLimit"]
    assert container(said)["resources"]["limits"]["memory"]


@every_function
def test_fields_stand_in_one_order(function: str) -> None:
    model, said = service("intake"), service(function)

    assert list(pod(said)) == list(pod(model))
    assert [name for name in container(said) if name != "startupProbe"] == list(container(model))
    kinds = [one["kind"] for one in manifests(function) if one["kind"] != "KafkaSink"]
    assert kinds == sorted(kinds, key=ORDER.index)


@every_function
def test_a_function_takes_as_many_requests_as_it_is_given_and_ends_before_its_callers_give_up(function: str) -> None:
    said = service(function)
    variables = environment(said)

    assert int(variables["CONCURRENCY"]) == pod(said)["containerConcurrency"]
    assert variables.get("MAX_BATCH_SIZE", variables["CONCURRENCY"]) == variables["CONCURRENCY"]
    assert float(variables["DEADLINE_SECONDS"]) < pod(said)["timeoutSeconds"] <= 600
    assert pod(said)["responseStartTimeoutSeconds"] == pod(said)["timeoutSeconds"]
    for source in of(manifests(function), "KafkaSource").values():
        assert iso_seconds(source["spec"]["delivery"]["timeout"]) >= pod(said)["timeoutSeconds"]


@every_function
def test_a_function_scales_from_zero_to_a_bound_without_a_spare_replica(function: str) -> None:
    said = annotations(service(function))

    assert int(said["autoscaling.knative.dev/max-scale"]) > 0
    assert "autoscaling.knative.dev/min-scale" not in said
    assert said["autoscaling.knative.dev/target-utilization-percentage"] == "100"
    assert go_seconds(said["serving.knative.dev/progress-deadline"]) > 0


@every_function
def test_only_the_gateway_can_be_reached_from_outside(function: str) -> None:
    labels = service(function)["metadata"]["labels"]

    assert (labels.get("networking.knative.dev/visibility") == "cluster-local") == (function != "gateway")


@every_function
def test_a_function_that_loads_a_model_is_left_alone_until_then(function: str) -> None:
    said = service(function)
    loads = said["metadata"]["labels"].get("pagebus.io/models") == "wanted"

    assert ("startupProbe" in container(said)) == loads
    if loads:
        probe = container(said)["startupProbe"]
        patience = probe["periodSeconds"] * probe["failureThreshold"]
        assert patience < go_seconds(annotations(said)["serving.knative.dev/progress-deadline"])
