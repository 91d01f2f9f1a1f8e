"""What holds in each file still holds in every cluster: names, credentials, bounds, deadlines."""

from math import ceil
from pathlib import Path

import pytest

from local.manifests.shape import iso_seconds
from tests.contract.manifests.built import (
    COMPONENTS,
    OVERLAYS,
    ROLE,
    Manifest,
    annotations,
    built,
    composed,
    container,
    engines,
    environment,
    everything,
    of,
    partitions,
    pod,
    services,
    sources_of,
)

BUILT = {folder.name: built(folder) for folder in OVERLAYS} | {"everything": everything()}
every_overlay = pytest.mark.parametrize("overlay", sorted(BUILT))
every_cluster = pytest.mark.parametrize("overlay", sorted(folder.name for folder in OVERLAYS))

#: Seconds from nothing to being ready, on a node that has the image: most functions, and those that load a model.
COLD_START, COLD_START_WITH_MODEL = 30, 180
CLUSTER_WIDE = {"Namespace", "PriorityClass"}


def security(manifests: tuple[Manifest, ...]) -> str:
    return str(of(manifests, "ConfigMap")["pagebus"]["data"].get("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT"))


def wanted_seconds(manifests: tuple[Manifest, ...], name: str) -> float:
    """The longest that a request may take: those before it at the same replica, a cold start, and its own work."""
    service = services(manifests)[name]
    topics = [topic for source in sources_of(manifests, name) for topic in source["spec"]["topics"]]
    in_flight = sum(partitions(manifests)[topic] for topic in topics) or 1
    replicas = int(annotations(service)["autoscaling.knative.dev/max-scale"])
    at_a_time = replicas * int(pod(service)["containerConcurrency"])
    cold = COLD_START_WITH_MODEL if "startupProbe" in container(service) else COLD_START
    deadline = float(environment(service)["DEADLINE_SECONDS"])
    return cold + ceil(in_flight / at_a_time) * deadline


def loads_a_model(service: Manifest) -> bool:
    return bool(service["metadata"]["labels"].get("pagebus.io/models") == "wanted")


def test_there_are_a_cluster_for_oneself_one_for_trials_and_one_for_all() -> None:
    assert [folder.name for folder in OVERLAYS] == ["dev", "production", "staging"]


@every_overlay
def test_no_request_is_given_up_while_it_is_worked_on(overlay: str) -> None:
    manifests = BUILT[overlay]
    for name, service in services(manifests).items():
        limit = pod(service)["timeoutSeconds"]
        assert limit >= wanted_seconds(manifests, name), name
        for source in sources_of(manifests, name):
            assert iso_seconds(source["spec"]["delivery"]["timeout"]) >= limit, name


@every_overlay
def test_a_source_has_as_many_consumers_as_its_topic_has_partitions(overlay: str) -> None:
    for name, source in of(BUILT[overlay], "KafkaSource").items():
        (topic,) = source["spec"]["topics"]
        assert source["spec"]["consumers"] == partitions(BUILT[overlay])[topic], name


@pytest.mark.parametrize("engine", [name for name, said in engines(everything()).items() if loads_a_model(said)])
def test_a_batching_engine_has_as_many_pages_in_flight_as_its_batches_hold(engine: str) -> None:
    service = services(everything())[engine]
    replicas = int(annotations(service)["autoscaling.knative.dev/max-scale"])
    topics = [topic for source in sources_of(everything(), engine) for topic in source["spec"]["topics"]]

    in_flight = sum(partitions(everything())[topic] for topic in topics)
    assert in_flight == replicas * pod(service)["containerConcurrency"]


@every_cluster
def test_all_is_in_the_namespace_of_the_overlay_and_so_are_the_brokers(overlay: str) -> None:
    (namespace,) = of(BUILT[overlay], "Namespace")
    homes = {one["metadata"].get("namespace") for one in BUILT[overlay] if one["kind"] not in CLUSTER_WIDE}
    assert homes == {namespace}

    port = 9092 if security(BUILT[overlay]) == "PLAINTEXT" else 9093
    brokers = f"pagebus-kafka-bootstrap.{namespace}.svc:{port}"
    assert of(BUILT[overlay], "ConfigMap")["pagebus"]["data"]["KAFKA_BOOTSTRAP_SERVERS"] == brokers
    for kind in ("KafkaSource", "KafkaSink"):
        assert [one["spec"]["bootstrapServers"] for one in of(BUILT[overlay], kind).values()] == [[brokers]] * len(
            of(BUILT[overlay], kind)
        )


@every_cluster
def test_pods_must_be_as_restricted_as_ours_are(overlay: str) -> None:
    (namespace,) = of(BUILT[overlay], "Namespace").values()

    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@every_cluster
def test_an_image_says_where_it_is_from_and_which_one_it_is(overlay: str) -> None:
    for name, service in services(BUILT[overlay]).items():
        place, _, tag = container(service)["image"].partition(":")
        assert place.endswith(f"/pagebus/{name}")
        assert tag not in {"", "latest"}


@every_cluster
def test_what_may_be_interrupted_one_by_one_has_more_than_one_replica(overlay: str) -> None:
    for budget in of(BUILT[overlay], "PodDisruptionBudget").values():
        name = budget["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
        assert int(annotations(services(BUILT[overlay])[name])["autoscaling.knative.dev/min-scale"]) > 1


def secure(folder: Path, component: str) -> tuple[Manifest, ...]:
    return composed(folder, resources=["base"], components=[f"components/{component}"])


@pytest.mark.parametrize("component", ["kafka-tls", "kafka-mtls"])
def test_everybody_who_talks_to_brokers_checks_who_they_are(tmp_path: Path, component: str) -> None:
    manifests = secure(tmp_path, component)
    authority = {"secretKeyRef": {"name": "pagebus-cluster-ca-cert", "key": "ca.crt"}}

    for source in of(manifests, "KafkaSource").values():
        assert source["spec"]["net"]["tls"]["enable"] is True
        assert source["spec"]["net"]["tls"]["caCert"] == authority
    for service in services(manifests).values():
        assert environment(service)["KAFKA_SSL_CA_PEM"] == authority
    for sink in of(manifests, "KafkaSink").values():
        assert sink["spec"]["auth"]["secret"]["ref"]["name"] == "dead-letter-sink"


def test_passwords_are_each_one_s_own(tmp_path: Path) -> None:
    manifests = secure(tmp_path, "kafka-tls")
    names = of(manifests, "Secret")["kafka-users"]["stringData"]

    assert security(manifests) == "SASL_SSL"
    for function, service in services(manifests).items():
        user = f"pagebus-{function}"
        assert environment(service)["KAFKA_SASL_PASSWORD"]["secretKeyRef"]["name"] == user
        for source in sources_of(manifests, function):
            sasl = source["spec"]["net"]["sasl"]
            assert sasl["enable"] is True
            assert sasl["password"]["secretKeyRef"] == {"name": user, "key": "password"}
            assert names[sasl["user"]["secretKeyRef"]["key"]] == user
            assert names[sasl["type"]["secretKeyRef"]["key"]] == "SCRAM-SHA-512"


def test_certificates_are_each_one_s_own(tmp_path: Path) -> None:
    manifests = secure(tmp_path, "kafka-mtls")

    assert security(manifests) == "SSL"
    assert {user["spec"]["authentication"]["type"] for user in of(manifests, "KafkaUser").values()} == {"tls"}
    for function, service in services(manifests).items():
        certificate = {"secretKeyRef": {"name": f"pagebus-{function}", "key": "user.crt"}}
        key = {"secretKeyRef": {"name": f"pagebus-{function}", "key": "user.key"}}
        assert environment(service)["KAFKA_SSL_CERTIFICATE_PEM"] == certificate
        assert environment(service)["KAFKA_SSL_KEY_PEM"] == key
        for source in sources_of(manifests, function):
            assert (source["spec"]["net"]["tls"]["cert"], source["spec"]["net"]["tls"]["key"]) == (certificate, key)
            assert "sasl" not in source["spec"]["net"]


def test_engines_that_want_one_get_a_whole_gpu_and_weights_that_they_can_not_write() -> None:
    for name, service in services(everything()).items():
        wants = service["metadata"]["labels"].get("pagebus.io/gpu") == "wanted"
        assert container(service)["resources"]["limits"].get("nvidia.com/gpu") == ("1" if wants else None), name
        assert ("tolerations" in pod(service)) == ("nodeSelector" in pod(service)) == wants
        claims = [one["persistentVolumeClaim"] for one in pod(service)["volumes"] if "persistentVolumeClaim" in one]
        assert claims == ([{"claimName": "models", "readOnly": True}] if wants else [])
        mounts = {one["mountPath"]: one.get("readOnly", False) for one in container(service)["volumeMounts"]}
        assert mounts == {"/tmp": False, **({"/models": True} if wants else {})}  # noqa: S108  # the only place to write


def test_engines_are_the_first_to_go() -> None:
    classes = {name: one["value"] for name, one in of(everything(), "PriorityClass").items()}

    for service in services(everything()).values():
        is_engine = service["metadata"]["labels"].get(ROLE) == "engine"
        assert (classes[pod(service)["priorityClassName"]] < 0) == is_engine


def test_a_prefix_reaches_every_name_and_no_topic(tmp_path: Path) -> None:
    manifests = composed(tmp_path, namePrefix="acme-", resources=["base"], components=COMPONENTS)

    assert all(one["metadata"]["name"].startswith("acme-") for one in manifests)
    assert all(topic.startswith("pagebus.") for topic in partitions(manifests))
    dangling = [(referrer, name) for referrer, kind, name in references(manifests) if name not in of(manifests, kind)]
    assert dangling == []


def references(manifests: tuple[Manifest, ...]) -> list[tuple[str, str, str]]:
    """Who refers to what kind by which name; not to what users bring, which has the name that they give it."""
    found = []
    for source in [*of(manifests, "KafkaSource").values(), *of(manifests, "PingSource").values()]:
        name, spec = source["metadata"]["name"], source["spec"]
        found.append((name, "Service", spec["sink"]["ref"]["name"]))
        if source["kind"] == "KafkaSource":
            found.append((name, "KafkaSink", spec["delivery"]["deadLetterSink"]["ref"]["name"]))
            found += [(name, "Secret", spec["net"]["sasl"][what]["secretKeyRef"]["name"]) for what in ("user", "type")]
            found.append((name, "KafkaUser", spec["net"]["sasl"]["password"]["secretKeyRef"]["name"]))
    for secret in of(manifests, "Secret").values():
        users = [user for key, user in secret["stringData"].items() if key != "type"]
        found += [(secret["metadata"]["name"], "KafkaUser", user) for user in users]
    for name, service in services(manifests).items():
        said = environment(service)
        found += [
            (name, "KafkaUser", said["KAFKA_SASL_USERNAME"]),
            (name, "KafkaUser", said["KAFKA_SASL_PASSWORD"]["secretKeyRef"]["name"]),
            (name, "ServiceAccount", pod(service)["serviceAccountName"]),
            (name, "PriorityClass", pod(service)["priorityClassName"]),
            (name, "ConfigMap", container(service)["envFrom"][0]["configMapRef"]["name"]),
        ]
        claims = [one["persistentVolumeClaim"] for one in pod(service)["volumes"] if "persistentVolumeClaim" in one]
        found += [(name, "PersistentVolumeClaim", claim["claimName"]) for claim in claims]
    return found


def test_every_engine_is_in_a_cluster_that_has_weights_and_only_the_others_in_one_that_has_none() -> None:
    every = engines(everything())
    without = {name for name, service in every.items() if not loads_a_model(service)}

    assert engines(BUILT["production"]).keys() == engines(BUILT["staging"]).keys() == every.keys()
    assert engines(BUILT["dev"]).keys() == without < every.keys()


def test_nothing_is_left_of_an_engine_that_is_left_out(tmp_path: Path) -> None:
    left = composed(tmp_path, resources=["base"], components=["components/without-models"])
    gone = services(everything()).keys() - services(left).keys()

    assert gone
    assert [topic for topic in partitions(left) if topic.split(".")[2:3] and topic.split(".")[2] in gone] == []
    assert of(left, "KafkaUser").keys() & {f"pagebus-{name}" for name in gone} == set()
    assert of(left, "KafkaSource").keys() & {*gone, *(f"{name}-bulk" for name in gone)} == set()
    assert of(left, "ServiceAccount").keys() & gone == set()
