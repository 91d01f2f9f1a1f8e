"""Manifests that cannot be run are named problem by problem."""

from pathlib import Path

from local.doctor import manifests
from local.doctor.functions import SOMEWHERE, of
from local.manifests.loading import load
from tests.kit import ROOT

PRODUCT = [ROOT / "knative/base", ROOT / "infra/kafka"]


def _changed(folder: Path, *changes: tuple[str, str]) -> list[Path]:
    """The product's manifests with another intake."""
    for file in PRODUCT[0].glob("*.yaml"):
        text = file.read_text()
        if file.name == "intake.yaml":
            for old, new in changes:
                assert old in text
                text = text.replace(old, new)
        (folder / file.name).write_text(text)
    return [folder, PRODUCT[1]]


def test_the_product_s_can_be_run() -> None:
    [found], loaded = manifests.read(PRODUCT)

    assert found.state == "ok"
    assert loaded is not None


def test_every_problem_is_a_finding_with_its_place_and_its_advice(tmp_path: Path) -> None:
    changed = _changed(
        tmp_path, ("containerConcurrency", "containerConcurency"), ("name: dead-letters", "name: letters")
    )

    found, loaded = manifests.read(changed)

    assert loaded is None
    [typo] = found
    assert typo.state == "wrong"
    assert f"{tmp_path}/intake.yaml: Service intake: spec.template.spec.containerConcurency" in typo.found
    assert typo.advice == "Correct its name or remove it."


def test_what_a_cluster_does_worse_is_a_warning(tmp_path: Path) -> None:
    found, loaded = manifests.read(_changed(tmp_path, ("consumers: 4", "consumers: 1")))

    assert loaded is not None
    assert [(one.check, one.state) for one in found[1:]] == [("KafkaSource intake", "warning")]


def test_a_topic_that_nobody_declares_is_a_warning(tmp_path: Path) -> None:
    found, _ = manifests.read(_changed(tmp_path, ("topics: [pagebus.uploads]", "topics: [pagebus.uplaods]")))

    assert ("topic pagebus.uplaods", "warning") in [(one.check, one.state) for one in found]


def test_a_folder_without_manifests_is_wrong(tmp_path: Path) -> None:
    [found], loaded = manifests.read([tmp_path])

    assert (found.state, loaded) == ("wrong", None)


def test_a_function_is_known_by_its_command_with_the_place_of_each_variable() -> None:
    known = {one.name: one for one in of(load(PRODUCT), SOMEWHERE, ROOT)}

    intake = known["intake"]
    assert (intake.python, intake.package, intake.folder) == ("python", "functions.intake", ROOT)
    assert intake.environment["CONCURRENCY"] == "2"
    assert intake.origins["CONCURRENCY"].endswith("intake.yaml: Service intake")
    assert intake.origins["DATABASE_URL"] == "the platform"
    assert "dead-letter" in known
