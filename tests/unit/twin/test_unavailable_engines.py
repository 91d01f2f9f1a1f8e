"""Unavailable engines: their reasons, their topics, and the folder of model weights."""

from pathlib import Path

import pytest

from events.topics import get_pages_topic
from local.cli.stack.up_options import PRODUCT_MANIFESTS
from local.manifests.cluster import KafkaTopic
from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests, parse_manifests
from local.manifests.serving import Service
from local.rules.references import check_references
from local.twin import unavailable_engines as module
from local.twin.services.environment import build_environment, load_config_sources
from local.twin.services.model_weights import MODELS_VARIABLE
from local.twin.unavailable_engines import (
    UNINSTALLED,
    UnavailableEngine,
    find_unavailable_engines,
    list_engine_topics,
    remove_engines,
    render_lines,
)

SURYA = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: surya, labels: {pagebus.io/role: engine, pagebus.io/models: wanted}}
spec:
  template:
    spec:
      containers:
        - image: pagebus/surya
          command: [python, -m, functions.surya.main]
          env: [{name: MODEL_DIR, value: WEIGHTS}]
---
apiVersion: sources.knative.dev/v1
kind: KafkaSource
metadata: {name: surya}
spec:
  topics: [pagebus.pages.surya]
  bootstrapServers: [kafka:9092]
  consumerGroup: pagebus-surya
  sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: surya}}
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: {name: pagebus.pages.surya}
spec: {partitions: 1}
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: {name: pagebus.outcomes}
spec: {partitions: 1}
"""


def build_surya_manifests(weights: Path | str = "/models/surya") -> Manifests:
    placed, problems = parse_manifests([(Path("surya.yaml"), SURYA.replace("WEIGHTS", str(weights)).encode())])
    assert problems == []
    return Manifests(tuple(placed))


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """All packages are installed, and no models folder is set."""
    monkeypatch.setattr(module, "list_extra_problems", lambda _: [])
    monkeypatch.delenv(MODELS_VARIABLE, raising=False)


def list_names(manifests: Manifests) -> set[str]:
    return {placed.name for placed in manifests.located_resources}


def test_engine_without_weights_is_unavailable_with_advice(tmp_path: Path) -> None:
    [found] = find_unavailable_engines(build_surya_manifests(tmp_path / "surya"))

    assert (found.engine, found.reason) == ("surya", f"no weights in {tmp_path / 'surya'}")
    assert MODELS_VARIABLE in found.advice


def test_weights_folder_needs_a_config_file(tmp_path: Path) -> None:
    (tmp_path / "README.md").touch()
    assert find_unavailable_engines(build_surya_manifests(tmp_path)) != []
    (tmp_path / "config.json").touch()
    assert find_unavailable_engines(build_surya_manifests(tmp_path)) == []


def test_weights_are_found_in_the_users_models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "surya").mkdir()
    (tmp_path / "surya/config.json").touch()
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    manifests = build_surya_manifests()
    [service] = manifests.select(Service)

    assert find_unavailable_engines(manifests) == []
    assert build_environment(service, load_config_sources([], [], {}), 1, tmp_path)["MODEL_DIR"] == str(
        tmp_path / "surya"
    )


def test_service_without_models_label_keeps_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    [service] = build_surya_manifests().select(Service)
    metadata = service.metadata.model_copy(update={"labels": {}})
    other = service.model_copy(update={"metadata": metadata})

    assert build_environment(other, load_config_sources([], [], {}), 1, tmp_path)["MODEL_DIR"] == "/models/surya"


def test_engine_without_packages_is_unavailable_despite_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").touch()
    monkeypatch.setattr(module, "list_extra_problems", lambda _: ["torch is missing"])

    assert find_unavailable_engines(build_surya_manifests(tmp_path)) == [
        UnavailableEngine("surya", UNINSTALLED, "Run `make models`, then restart.")
    ]


def test_removed_engine_leaves_only_other_resources() -> None:
    before = build_surya_manifests()
    after = remove_engines(before, {"surya"})

    assert list_names(before) - list_names(after) == {"surya", "pagebus.pages.surya"}
    assert list_names(after) == {"pagebus.outcomes"}
    assert remove_engines(before, set()) == before


def test_engine_topics_are_those_of_its_sources() -> None:
    assert list_engine_topics(build_surya_manifests(), {"surya"}) == {"pagebus.pages.surya"}
    assert list_engine_topics(build_surya_manifests(), {"tesseract"}) == set()


def test_product_manifests_are_valid_without_any_engine() -> None:
    files = [
        file for folder in PRODUCT_MANIFESTS for file in folder.rglob("*.yaml") if file.name != "kustomization.yaml"
    ]
    placed, _ = parse_manifests((file, file.read_bytes()) for file in files)
    product = Manifests(tuple(placed))
    engines = [one.name for one in product.select(Service) if one.metadata.labels.get("pagebus.io/role") == "engine"]

    assert {"tesseract", "rapidocr", "gotocr", "deepseek", "surya"} == set(engines)
    for engine in engines:
        rest = remove_engines(product, {engine})
        lanes = {get_pages_topic(engine, bulk=bulk) for bulk in (False, True)}
        assert list(check_references(rest)) == []
        assert {topic.topic for topic in product.select(KafkaTopic)} - {
            t.topic for t in rest.select(KafkaTopic)
        } == lanes
        assert len(rest.select(KafkaSource)) == len(product.select(KafkaSource)) - len(lanes)


def test_engines_with_the_same_advice_share_a_line() -> None:
    both = [UnavailableEngine(name, UNINSTALLED, "Run `make models`.") for name in ("gotocr", "surya")]

    assert render_lines([*both, UnavailableEngine("deepseek", "no weights in /models/deepseek", "Bring some.")]) == [
        f"Unavailable: gotocr ({UNINSTALLED}), surya ({UNINSTALLED}). Run `make models`.",
        "Unavailable: deepseek (no weights in /models/deepseek). Bring some.",
    ]
