"""The configuration of the collectors is consistent with itself, the manifests and the functions.

Only a collector itself can validate all of it: `otelcol-contrib validate --config infra/otel/one/config.yaml`.
"""

import re
from typing import Any

import pytest
import yaml

from events.states import DocumentState
from local.manifests.loading import load_manifests
from local.manifests.serving import Service
from local.manifests.shape import parse_go_duration
from tests.kit import ROOT

OTEL = ROOT / "infra/otel"
KINDS = ("receivers", "processors", "exporters")
FOLDERS = {"one": "collector.yaml", "several": "front.yaml"}
for_every_folder = pytest.mark.parametrize("folder", FOLDERS)


def load_config(folder: str) -> Any:
    return yaml.safe_load((OTEL / folder / "config.yaml").read_text())


def read_manifests(folder: str) -> dict[str, Any]:
    """Return the manifests of a folder by "kind name"."""
    documents = yaml.safe_load_all((OTEL / folder / FOLDERS[folder]).read_text())
    return {f"{document['kind']} {document['metadata']['name']}": document for document in documents}


def get_pod_spec(folder: str) -> Any:
    (deployment,) = (found for found in read_manifests(folder).values() if found["kind"] == "Deployment")
    return deployment["spec"]["template"]["spec"]


def parse_port(endpoint: str) -> int:
    return int(endpoint.rpartition(":")[2])


@for_every_folder
def test_pipelines_use_all_declared_components(folder: str) -> None:
    configuration = load_config(folder)
    pipelines = configuration["service"]["pipelines"].values()
    for kind in KINDS:
        assert {name for pipeline in pipelines for name in pipeline[kind]} == configuration[kind].keys()
    assert set(configuration["service"]["extensions"]) == configuration["extensions"].keys()


@for_every_folder
def test_pipelines_start_with_memory_limiter(folder: str) -> None:
    pipelines = load_config(folder)["service"]["pipelines"]

    assert pipelines.keys() == {"traces", "metrics"}
    assert {pipeline["processors"][0] for pipeline in pipelines.values()} == {"memory_limiter"}


def test_sampling_decision_waits_for_slowest_request() -> None:
    services = load_manifests([ROOT / "knative/base"]).select(Service)
    slowest = max(service.revision.timeout_seconds for service in services)

    assert parse_go_duration(load_config("one")["processors"]["tail_sampling"]["decision_wait"]) > slowest


def test_sampling_keeps_all_failed_and_slow_documents() -> None:
    policies = {policy["type"]: policy for policy in load_config("one")["processors"]["tail_sampling"]["policies"]}

    assert policies["status_code"]["status_code"] == {"status_codes": ["ERROR"]}
    states = policies["string_attribute"]["string_attribute"]
    assert (states["key"], states["values"]) == ("pagebus.document.state", [DocumentState.FAILED])
    assert policies["latency"]["latency"]["threshold_ms"] > 0
    assert 0 < policies["probabilistic"]["probabilistic"]["sampling_percentage"] < 100


def test_prometheus_gets_cumulative_metrics() -> None:
    configuration = load_config("one")
    metrics = configuration["service"]["pipelines"]["metrics"]

    assert metrics["exporters"] == ["prometheus"]
    assert "deltatocumulative" in metrics["processors"]
    expiration = configuration["exporters"]["prometheus"]["metric_expiration"]
    assert configuration["processors"]["deltatocumulative"]["max_stale"] == expiration


@for_every_folder
def test_container_declares_every_listening_port(folder: str) -> None:
    configuration = load_config(folder)
    endpoints = {listener["endpoint"] for listener in configuration["receivers"]["otlp"]["protocols"].values()}
    endpoints |= {listener["endpoint"] for listener in configuration["extensions"].values()}
    endpoints |= {exporter["endpoint"] for name, exporter in configuration["exporters"].items() if name == "prometheus"}
    [container] = get_pod_spec(folder)["containers"]

    assert {port["containerPort"] for port in container["ports"]} == set(map(parse_port, endpoints))


@for_every_folder
def test_variables_of_configuration_are_set(folder: str) -> None:
    variables = set(re.findall(r"\$\{env:(\w+)\}", (OTEL / folder / "config.yaml").read_text()))
    [container] = get_pod_spec(folder)["containers"]

    assert variables <= {variable["name"] for variable in container["env"]}


@for_every_folder
def test_collector_is_restricted_limited_and_probed(folder: str) -> None:
    spec = get_pod_spec(folder)
    [container] = spec["containers"]

    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert "memory" in container["resources"]["limits"]
    assert {"readinessProbe", "livenessProbe"} <= container.keys()
    assert re.fullmatch(r".+:\d+\.\d+\.\d+", container["image"])


def test_both_folders_run_same_collector_image() -> None:
    assert len({get_pod_spec(folder)["containers"][0]["image"] for folder in FOLDERS}) == 1


def test_readme_has_address_of_collector() -> None:
    service = read_manifests("one")["Service otel-collector"]
    http = parse_port(load_config("one")["receivers"]["otlp"]["protocols"]["http"]["endpoint"])

    assert http in {port["port"] for port in service["spec"]["ports"]}
    assert f"http://otel-collector:{http}" in (OTEL / "README.md").read_text()


def test_front_routes_each_trace_to_one_collector() -> None:
    exporters = load_config("several")["exporters"]
    service = read_manifests("several")["Service otel-collectors"]

    assert exporters["loadbalancing/traces"]["routing_key"] == "traceID"
    # A time series must have only one writer, so all metrics of a replica go to the same collector.
    assert exporters["loadbalancing/metrics"]["routing_key"] == "resource"
    for exporter in exporters.values():
        dns = exporter["resolver"]["dns"]
        assert dns["hostname"] == service["metadata"]["name"]
        assert int(dns["port"]) in {port["port"] for port in service["spec"]["ports"]}
    assert service["spec"]["clusterIP"] == "None"
    labels = read_manifests("one")["Deployment otel-collector"]["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()


@for_every_folder
def test_configuration_is_mounted_where_collector_reads_it(folder: str) -> None:
    kustomization = yaml.safe_load((OTEL / folder / "kustomization.yaml").read_text())
    [generated] = kustomization["configMapGenerator"]
    [container] = get_pod_spec(folder)["containers"]
    [mount], [volume] = container["volumeMounts"], get_pod_spec(folder)["volumes"]

    assert generated["files"] == ["config.yaml"]
    assert (volume["name"], volume["configMap"]["name"]) == (mount["name"], generated["name"])
    assert container["args"] == [f"--config={mount['mountPath']}/config.yaml"]
