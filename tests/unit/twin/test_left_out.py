"""What this machine cannot run is left out with its topics, and weights are found where their owner says."""

from pathlib import Path

import pytest

from events.topics import pages_topic
from local.cli.request import PRODUCT
from local.manifests.cluster import KafkaTopic
from local.manifests.eventing import KafkaSource
from local.manifests.loading import Manifests, read
from local.manifests.serving import Service
from local.rules.references import references
from local.twin import left_out as module
from local.twin.left_out import UNINSTALLED, LeftOut, left_out, lines, topics_of, without
from local.twin.services.environment import settings, variables
from local.twin.services.weights import MODELS

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


def surya(weights: Path | str = "/models/surya") -> Manifests:
    placed, problems = read([(Path("surya.yaml"), SURYA.replace("WEIGHTS", str(weights)).encode())])
    assert problems == []
    return Manifests(tuple(placed))


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every package is here, and nobody has said where weights are."""
    monkeypatch.setattr(module, "lacking_of_extra", lambda _: [])
    monkeypatch.delenv(MODELS, raising=False)


def names(manifests: Manifests) -> set[str]:
    return {placed.name for placed in manifests.placed}


def test_an_engine_without_weights_is_left_out_and_what_to_do_is_said(tmp_path: Path) -> None:
    [found] = left_out(surya(tmp_path / "surya"))

    assert (found.engine, found.why) == ("surya", f"no weights in {tmp_path / 'surya'}")
    assert MODELS in found.advice


def test_a_folder_is_no_weights_until_it_says_of_which_model(tmp_path: Path) -> None:
    (tmp_path / "README.md").touch()
    assert left_out(surya(tmp_path)) != []
    (tmp_path / "config.json").touch()
    assert left_out(surya(tmp_path)) == []


def test_weights_are_where_their_owner_says_and_the_engine_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "surya").mkdir()
    (tmp_path / "surya/config.json").touch()
    monkeypatch.setenv(MODELS, str(tmp_path))
    manifests = surya()
    [service] = manifests.of(Service)

    assert left_out(manifests) == []
    assert variables(service, settings([], [], {}), 1, tmp_path)["MODEL_DIR"] == str(tmp_path / "surya")


def test_nobody_else_is_told_of_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODELS, str(tmp_path))
    [service] = surya().of(Service)
    metadata = service.metadata.model_copy(update={"labels": {}})
    other = service.model_copy(update={"metadata": metadata})

    assert variables(other, settings([], [], {}), 1, tmp_path)["MODEL_DIR"] == "/models/surya"


def test_an_engine_without_its_packages_is_left_out_wherever_weights_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").touch()
    monkeypatch.setattr(module, "lacking_of_extra", lambda _: ["torch is missing"])

    assert left_out(surya(tmp_path)) == [LeftOut("surya", UNINSTALLED, "Run `make models`, then start afresh.")]


def test_nothing_is_left_of_it_and_everything_else_stays() -> None:
    before = surya()
    after = without(before, {"surya"})

    assert names(before) - names(after) == {"surya", "pagebus.pages.surya"}
    assert names(after) == {"pagebus.outcomes"}
    assert without(before, set()) == before


def test_the_topics_that_feed_an_engine_are_told_and_no_others() -> None:
    assert topics_of(surya(), {"surya"}) == {"pagebus.pages.surya"}
    assert topics_of(surya(), {"tesseract"}) == set()


def test_the_product_holds_together_without_any_of_its_engines() -> None:
    files = [file for folder in PRODUCT for file in folder.rglob("*.yaml") if file.name != "kustomization.yaml"]
    placed, _ = read((file, file.read_bytes()) for file in files)
    product = Manifests(tuple(placed))
    engines = [one.name for one in product.of(Service) if one.metadata.labels.get("pagebus.io/role") == "engine"]

    assert {"tesseract", "rapidocr", "gotocr", "deepseek", "surya"} == set(engines)
    for engine in engines:
        rest = without(product, {engine})
        lanes = {pages_topic(engine, bulk=bulk) for bulk in (False, True)}
        assert list(references(rest)) == []
        assert {topic.topic for topic in product.of(KafkaTopic)} - {t.topic for t in rest.of(KafkaTopic)} == lanes
        assert len(rest.of(KafkaSource)) == len(product.of(KafkaSource)) - len(lanes)


def test_what_the_same_thing_helps_is_said_in_one_line() -> None:
    both = [LeftOut(name, UNINSTALLED, "Run `make models`.") for name in ("gotocr", "surya")]

    assert lines([*both, LeftOut("deepseek", "no weights in /models/deepseek", "Bring some.")]) == [
        f"Left out: gotocr ({UNINSTALLED}), surya ({UNINSTALLED}). Run `make models`.",
        "Left out: deepseek (no weights in /models/deepseek). Bring some.",
    ]
