"""Overlays and components are consistent: names, credentials, sizes and timeouts."""

from math import ceil
from pathlib import Path

import pytest

from local.manifests.shape import parse_iso_duration
from tests.contract.manifests.builds import (
    COMPONENTS,
    OVERLAYS,
    ROLE,
    Manifest,
    build,
    build_product,
    compose,
    count_partitions,
    get_container,
    get_pod_spec,
    read_annotations,
    read_environment,
    select,
    select_engines,
    select_services,
    select_sources,
)

BUILT = {folder.name: build(folder) for folder in OVERLAYS} | {"everything": build_product()}
every_overlay = pytest.mark.parametrize("overlay", sorted(BUILT))
every_cluster = pytest.mark.parametrize("overlay", sorted(folder.name for folder in OVERLAYS))

#: Seconds from zero to ready, on a node that has the image: for most functions, and for those that load a model.
COLD_START, COLD_START_WITH_MODEL = 30, 180
CLUSTER_WIDE = {"Namespace", "PriorityClass"}


def get_protocol(manifests: tuple[Manifest, ...]) -> str:
    return str(select(manifests, "ConfigMap")["pagebus"]["data"].get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT"))


def compute_longest_request(manifests: tuple[Manifest, ...], name: str) -> float:
    """Return the longest duration of a request in seconds: a cold start, the queue before it, and its own work."""
    service = select_services(manifests)[name]
    topics = [topic for source in select_sources(manifests, name) for topic in source["spec"]["topics"]]
    in_flight = sum(count_partitions(manifests)[topic] for topic in topics) or 1
    replicas = int(read_annotations(service)["autoscaling.knative.dev/max-scale"])
    at_a_time = replicas * int(get_pod_spec(service)["containerConcurrency"])
    cold = COLD_START_WITH_MODEL if "startupProbe" in get_container(service) else COLD_START
    deadline = float(read_environment(service)["DEADLINE_SECONDS"])
    return cold + ceil(in_flight / at_a_time) * deadline


def has_model(service: Manifest) -> bool:
    return bool(service["metadata"]["labels"].get("pagebus.io/models") == "wanted")


def test_there_are_three_overlays() -> None:
    assert [folder.name for folder in OVERLAYS] == ["dev", "production", "staging"]


@every_overlay
def test_timeouts_cover_the_longest_request(overlay: str) -> None:
    manifests = BUILT[overlay]
    for name, service in select_services(manifests).items():
        limit = get_pod_spec(service)["timeoutSeconds"]
        assert limit >= compute_longest_request(manifests, name), name
        for source in select_sources(manifests, name):
            assert parse_iso_duration(source["spec"]["delivery"]["timeout"]) >= limit, name


@every_overlay
def test_source_has_one_consumer_per_partition(overlay: str) -> None:
    for name, source in select(BUILT[overlay], "KafkaSource").items():
        (topic,) = source["spec"]["topics"]
        assert source["spec"]["consumers"] == count_partitions(BUILT[overlay])[topic], name


@pytest.mark.parametrize(
    "engine", [name for name, engine in select_engines(build_product()).items() if has_model(engine)]
)
def test_partitions_of_batching_engine_fill_its_batches(engine: str) -> None:
    service = select_services(build_product())[engine]
    replicas = int(read_annotations(service)["autoscaling.knative.dev/max-scale"])
    topics = [topic for source in select_sources(build_product(), engine) for topic in source["spec"]["topics"]]

    in_flight = sum(count_partitions(build_product())[topic] for topic in topics)
    assert in_flight == replicas * get_pod_spec(service)["containerConcurrency"]


@every_cluster
def test_resources_and_brokers_are_in_one_namespace(overlay: str) -> None:
    (namespace,) = select(BUILT[overlay], "Namespace")
    namespaces = {one["metadata"].get("namespace") for one in BUILT[overlay] if one["kind"] not in CLUSTER_WIDE}
    assert namespaces == {namespace}

    port = 9092 if get_protocol(BUILT[overlay]) == "PLAINTEXT" else 9093
    brokers = f"pagebus-kafka-bootstrap.{namespace}.svc:{port}"
    assert select(BUILT[overlay], "ConfigMap")["pagebus"]["data"]["KAFKA_BOOTSTRAP_SERVERS"] == brokers
    for kind in ("KafkaSource", "KafkaSink"):
        assert [one["spec"]["bootstrapServers"] for one in select(BUILT[overlay], kind).values()] == [[brokers]] * len(
            select(BUILT[overlay], kind)
        )


@every_cluster
def test_namespace_enforces_restricted_pods(overlay: str) -> None:
    (namespace,) = select(BUILT[overlay], "Namespace").values()

    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@every_cluster
def test_image_has_registry_and_version(overlay: str) -> None:
    for name, service in select_services(BUILT[overlay]).items():
        repository, _, tag = get_container(service)["image"].partition(":")
        assert repository.endswith(f"/pagebus/{name}")
        assert tag not in {"", "latest"}


@every_cluster
def test_disruption_budget_needs_several_replicas(overlay: str) -> None:
    for budget in select(BUILT[overlay], "PodDisruptionBudget").values():
        name = budget["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
        assert int(read_annotations(select_services(BUILT[overlay])[name])["autoscaling.knative.dev/min-scale"]) > 1


def build_secured(folder: Path, component: str) -> tuple[Manifest, ...]:
    return compose(folder, resources=["base"], components=[f"components/{component}"])


@pytest.mark.parametrize("component", ["kafka-tls", "kafka-mtls"])
def test_all_clients_verify_the_brokers(tmp_path: Path, component: str) -> None:
    manifests = build_secured(tmp_path, component)
    authority = {"secretKeyRef": {"name": "pagebus-cluster-ca-cert", "key": "ca.crt"}}

    for source in select(manifests, "KafkaSource").values():
        assert source["spec"]["net"]["tls"]["enable"] is True
        assert source["spec"]["net"]["tls"]["caCert"] == authority
    for service in select_services(manifests).values():
        assert read_environment(service)["KAFKA_SSL_CA_PEM"] == authority
    for sink in select(manifests, "KafkaSink").values():
        assert sink["spec"]["auth"]["secret"]["ref"]["name"] == "dead-letter-sink"


def test_every_function_has_its_own_password(tmp_path: Path) -> None:
    manifests = build_secured(tmp_path, "kafka-tls")
    names = select(manifests, "Secret")["kafka-users"]["stringData"]

    assert get_protocol(manifests) == "SASL_SSL"
    for function, service in select_services(manifests).items():
        user = f"pagebus-{function}"
        assert read_environment(service)["KAFKA_SASL_PASSWORD"]["secretKeyRef"]["name"] == user
        for source in select_sources(manifests, function):
            sasl = source["spec"]["net"]["sasl"]
            assert sasl["enable"] is True
            assert sasl["password"]["secretKeyRef"] == {"name": user, "key": "password"}
            assert names[sasl["user"]["secretKeyRef"]["key"]] == user
            assert names[sasl["type"]["secretKeyRef"]["key"]] == "SCRAM-SHA-512"


def test_every_function_has_its_own_certificate(tmp_path: Path) -> None:
    manifests = build_secured(tmp_path, "kafka-mtls")

    assert get_protocol(manifests) == "SSL"
    assert {user["spec"]["authentication"]["type"] for user in select(manifests, "KafkaUser").values()} == {"tls"}
    for function, service in select_services(manifests).items():
        certificate = {"secretKeyRef": {"name": f"pagebus-{function}", "key": "user.crt"}}
        key = {"secretKeyRef": {"name": f"pagebus-{function}", "key": "user.key"}}
        assert read_environment(service)["KAFKA_SSL_CERTIFICATE_PEM"] == certificate
        assert read_environment(service)["KAFKA_SSL_KEY_PEM"] == key
        for source in select_sources(manifests, function):
            assert (source["spec"]["net"]["tls"]["cert"], source["spec"]["net"]["tls"]["key"]) == (certificate, key)
            assert "sasl" not in source["spec"]["net"]


def test_gpu_engines_get_a_gpu_and_read_only_weights() -> None:
    for name, service in select_services(build_product()).items():
        has_gpu = service["metadata"]["labels"].get("pagebus.io/gpu") == "wanted"
        assert get_container(service)["resources"]["limits"].get("nvidia.com/gpu") == ("1" if has_gpu else None), name
        assert ("tolerations" in get_pod_spec(service)) == ("nodeSelector" in get_pod_spec(service)) == has_gpu
        claims = [
            one["persistentVolumeClaim"] for one in get_pod_spec(service)["volumes"] if "persistentVolumeClaim" in one
        ]
        assert claims == ([{"claimName": "models", "readOnly": True}] if has_gpu else [])
        mounts = {one["mountPath"]: one.get("readOnly", False) for one in get_container(service)["volumeMounts"]}
        assert mounts == {"/tmp": False, **({"/models": True} if has_gpu else {})}  # noqa: S108  # the only place to write


def test_engines_have_the_lowest_priority() -> None:
    classes = {name: one["value"] for name, one in select(build_product(), "PriorityClass").items()}

    for service in select_services(build_product()).values():
        is_engine = service["metadata"]["labels"].get(ROLE) == "engine"
        assert (classes[get_pod_spec(service)["priorityClassName"]] < 0) == is_engine


def test_prefix_changes_all_names_except_topics(tmp_path: Path) -> None:
    manifests = compose(tmp_path, namePrefix="acme-", resources=["base"], components=COMPONENTS)

    assert all(one["metadata"]["name"].startswith("acme-") for one in manifests)
    assert all(topic.startswith("pagebus.") for topic in count_partitions(manifests))
    dangling = [
        (referrer, name) for referrer, kind, name in list_references(manifests) if name not in select(manifests, kind)
    ]
    assert dangling == []


def list_references(manifests: tuple[Manifest, ...]) -> list[tuple[str, str, str]]:
    """Return (referrer, kind, name) for all references, except to resources that users create."""
    references = []
    for source in [*select(manifests, "KafkaSource").values(), *select(manifests, "PingSource").values()]:
        name, spec = source["metadata"]["name"], source["spec"]
        references.append((name, "Service", spec["sink"]["ref"]["name"]))
        if source["kind"] == "KafkaSource":
            references.append((name, "KafkaSink", spec["delivery"]["deadLetterSink"]["ref"]["name"]))
            references += [
                (name, "Secret", spec["net"]["sasl"][what]["secretKeyRef"]["name"]) for what in ("user", "type")
            ]
            references.append((name, "KafkaUser", spec["net"]["sasl"]["password"]["secretKeyRef"]["name"]))
    for secret in select(manifests, "Secret").values():
        users = [user for key, user in secret["stringData"].items() if key != "type"]
        references += [(secret["metadata"]["name"], "KafkaUser", user) for user in users]
    for name, service in select_services(manifests).items():
        variables = read_environment(service)
        references += [
            (name, "KafkaUser", variables["KAFKA_SASL_USERNAME"]),
            (name, "KafkaUser", variables["KAFKA_SASL_PASSWORD"]["secretKeyRef"]["name"]),
            (name, "ServiceAccount", get_pod_spec(service)["serviceAccountName"]),
            (name, "PriorityClass", get_pod_spec(service)["priorityClassName"]),
            (name, "ConfigMap", get_container(service)["envFrom"][0]["configMapRef"]["name"]),
        ]
        claims = [
            one["persistentVolumeClaim"] for one in get_pod_spec(service)["volumes"] if "persistentVolumeClaim" in one
        ]
        references += [(name, "PersistentVolumeClaim", claim["claimName"]) for claim in claims]
    return references


def test_only_dev_lacks_engines_with_weights() -> None:
    every = select_engines(build_product())
    without = {name for name, service in every.items() if not has_model(service)}

    assert select_engines(BUILT["production"]).keys() == select_engines(BUILT["staging"]).keys() == every.keys()
    assert select_engines(BUILT["dev"]).keys() == without < every.keys()


def test_without_models_removes_engines_completely(tmp_path: Path) -> None:
    remaining = compose(tmp_path, resources=["base"], components=["components/without-models"])
    removed = select_services(build_product()).keys() - select_services(remaining).keys()

    assert removed
    assert [
        topic for topic in count_partitions(remaining) if topic.split(".")[2:3] and topic.split(".")[2] in removed
    ] == []
    assert select(remaining, "KafkaUser").keys() & {f"pagebus-{name}" for name in removed} == set()
    assert select(remaining, "KafkaSource").keys() & {*removed, *(f"{name}-bulk" for name in removed)} == set()
    assert select(remaining, "ServiceAccount").keys() & removed == set()
