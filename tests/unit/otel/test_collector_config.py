"""The collectors' configuration fits itself, the manifests around it, and the functions that it serves.

Whether a collector takes it only a collector can tell: `otelcol-contrib validate --config infra/otel/one/config.yaml`.
"""

import re
from typing import Any

import pytest
import yaml

from events.states import DocumentState
from local.manifests.loading import load
from local.manifests.serving import Service
from local.manifests.shape import go_seconds
from tests.kit import ROOT

OTEL = ROOT / "infra/otel"
KINDS = ("receivers", "processors", "exporters")
FOLDERS = {"one": "collector.yaml", "several": "front.yaml"}
every_folder = pytest.mark.parametrize("folder", FOLDERS)


def config(folder: str) -> Any:
    return yaml.safe_load((OTEL / folder / "config.yaml").read_text())


def manifests(folder: str) -> dict[str, Any]:
    """By kind and name."""
    said = yaml.safe_load_all((OTEL / folder / FOLDERS[folder]).read_text())
    return {f"{one['kind']} {one['metadata']['name']}": one for one in said}


def pod(folder: str) -> Any:
    (deployment,) = (one for one in manifests(folder).values() if one["kind"] == "Deployment")
    return deployment["spec"]["template"]["spec"]


def port_of(endpoint: str) -> int:
    return int(endpoint.rpartition(":")[2])


@every_folder
def test_every_pipeline_uses_what_is_declared_and_everything_declared_is_used(folder: str) -> None:
    said = config(folder)
    pipelines = said["service"]["pipelines"].values()
    for kind in KINDS:
        assert {name for pipeline in pipelines for name in pipeline[kind]} == said[kind].keys()
    assert set(said["service"]["extensions"]) == said["extensions"].keys()


@every_folder
def test_both_traces_and_metrics_are_taken_and_memory_is_watched_first(folder: str) -> None:
    pipelines = config(folder)["service"]["pipelines"]

    assert pipelines.keys() == {"traces", "metrics"}
    assert {pipeline["processors"][0] for pipeline in pipelines.values()} == {"memory_limiter"}


def test_a_trace_is_decided_when_the_slowest_request_of_a_function_must_have_ended() -> None:
    services = load([ROOT / "knative/base"]).of(Service)
    slowest = max(service.revision.timeout_seconds for service in services)

    assert go_seconds(config("one")["processors"]["tail_sampling"]["decision_wait"]) > slowest


def test_errors_failed_and_slow_documents_are_all_kept_and_of_the_rest_a_share() -> None:
    policies = {policy["type"]: policy for policy in config("one")["processors"]["tail_sampling"]["policies"]}

    assert policies["status_code"]["status_code"] == {"status_codes": ["ERROR"]}
    states = policies["string_attribute"]["string_attribute"]
    assert (states["key"], states["values"]) == ("pagebus.document.state", [DocumentState.FAILED])
    assert policies["latency"]["latency"]["threshold_ms"] > 0
    assert 0 < policies["probabilistic"]["probabilistic"]["sampling_percentage"] < 100


def test_deltas_are_added_up_before_prometheus_sees_them_and_kept_as_long_as_shown() -> None:
    said = config("one")
    metrics = said["service"]["pipelines"]["metrics"]

    assert metrics["exporters"] == ["prometheus"]
    assert "deltatocumulative" in metrics["processors"]
    expiration = said["exporters"]["prometheus"]["metric_expiration"]
    assert said["processors"]["deltatocumulative"]["max_stale"] == expiration


@every_folder
def test_every_port_that_is_listened_at_is_the_container_s(folder: str) -> None:
    said = config(folder)
    listened = {one["endpoint"] for one in said["receivers"]["otlp"]["protocols"].values()}
    listened |= {one["endpoint"] for one in said["extensions"].values()}
    listened |= {one["endpoint"] for name, one in said["exporters"].items() if name == "prometheus"}
    [container] = pod(folder)["containers"]

    assert {port["containerPort"] for port in container["ports"]} == set(map(port_of, listened))


@every_folder
def test_whatever_the_configuration_reads_from_the_environment_is_set(folder: str) -> None:
    read = set(re.findall(r"\$\{env:(\w+)\}", (OTEL / folder / "config.yaml").read_text()))
    [container] = pod(folder)["containers"]

    assert read <= {variable["name"] for variable in container["env"]}


@every_folder
def test_a_collector_runs_without_rights_within_limits_and_watched(folder: str) -> None:
    spec = pod(folder)
    [container] = spec["containers"]

    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert "memory" in container["resources"]["limits"]
    assert {"readinessProbe", "livenessProbe"} <= container.keys()
    assert re.fullmatch(r".+:\d+\.\d+\.\d+", container["image"])


def test_one_and_several_run_the_same_collector() -> None:
    assert len({pod(folder)["containers"][0]["image"] for folder in FOLDERS}) == 1


def test_functions_reach_the_collector_where_the_readme_says() -> None:
    service = manifests("one")["Service otel-collector"]
    http = port_of(config("one")["receivers"]["otlp"]["protocols"]["http"]["endpoint"])

    assert http in {port["port"] for port in service["spec"]["ports"]}
    assert f"http://otel-collector:{http}" in (OTEL / "README.md").read_text()


def test_the_front_sends_all_of_a_trace_to_one_collector_by_the_name_of_them_all() -> None:
    exporters = config("several")["exporters"]
    names = manifests("several")["Service otel-collectors"]

    assert exporters["loadbalancing/traces"]["routing_key"] == "traceID"
    # A series may have one writer only: what a replica sends stays together.
    assert exporters["loadbalancing/metrics"]["routing_key"] == "resource"
    for exporter in exporters.values():
        asked = exporter["resolver"]["dns"]
        assert asked["hostname"] == names["metadata"]["name"]
        assert int(asked["port"]) in {port["port"] for port in names["spec"]["ports"]}
    assert names["spec"]["clusterIP"] == "None"
    labels = manifests("one")["Deployment otel-collector"]["spec"]["template"]["metadata"]["labels"]
    assert names["spec"]["selector"].items() <= labels.items()


@every_folder
def test_the_configuration_of_a_folder_is_mounted_where_its_collector_reads_it(folder: str) -> None:
    kustomization = yaml.safe_load((OTEL / folder / "kustomization.yaml").read_text())
    [generated] = kustomization["configMapGenerator"]
    [container] = pod(folder)["containers"]
    [mount], [volume] = container["volumeMounts"], pod(folder)["volumes"]

    assert generated["files"] == ["config.yaml"]
    assert (volume["name"], volume["configMap"]["name"]) == (mount["name"], generated["name"])
    assert container["args"] == [f"--config={mount['mountPath']}/config.yaml"]
