"""Findings about manifests, and the functions in them."""

from pathlib import Path

from local.doctor import manifests
from local.doctor.functions import PLACEHOLDER_ENDPOINTS, list_functions
from local.manifests.loading import load_manifests
from tests.kit import ROOT

PRODUCT = [ROOT / "knative/base", ROOT / "infra/kafka"]


def _write_changed_product(folder: Path, *changes: tuple[str, str]) -> list[Path]:
    """Write the product's manifests with a changed intake.yaml, and return the folders of all manifests."""
    for file in PRODUCT[0].glob("*.yaml"):
        text = file.read_text()
        if file.name == "intake.yaml":
            for old, new in changes:
                assert old in text
                text = text.replace(old, new)
        (folder / file.name).write_text(text)
    return [folder, PRODUCT[1]]


def test_product_manifests_are_ok() -> None:
    [found], loaded = manifests.load_and_check(PRODUCT)

    assert found.state == "ok"
    assert loaded is not None


def test_problem_is_reported_with_its_place_and_advice(tmp_path: Path) -> None:
    folders = _write_changed_product(
        tmp_path, ("containerConcurrency", "containerConcurency"), ("name: dead-letters", "name: letters")
    )

    found, loaded = manifests.load_and_check(folders)

    assert loaded is None
    [typo] = found
    assert typo.state == "wrong"
    assert f"{tmp_path}/intake.yaml: Service intake: spec.template.spec.containerConcurency" in typo.found
    assert typo.advice == "Correct its name or remove it."


def test_too_few_consumers_are_a_warning(tmp_path: Path) -> None:
    found, loaded = manifests.load_and_check(_write_changed_product(tmp_path, ("consumers: 4", "consumers: 1")))

    assert loaded is not None
    assert [(finding.check, finding.state) for finding in found[1:]] == [("KafkaSource intake", "warning")]


def test_undeclared_topic_is_a_warning(tmp_path: Path) -> None:
    found, _ = manifests.load_and_check(
        _write_changed_product(tmp_path, ("topics: [pagebus.uploads]", "topics: [pagebus.uplaods]"))
    )

    assert ("topic pagebus.uplaods", "warning") in [(finding.check, finding.state) for finding in found]


def test_folder_without_manifests_is_wrong(tmp_path: Path) -> None:
    [found], loaded = manifests.load_and_check([tmp_path])

    assert (found.state, loaded) == ("wrong", None)


def test_function_has_the_origin_of_each_variable() -> None:
    functions = {
        function.name: function for function in list_functions(load_manifests(PRODUCT), PLACEHOLDER_ENDPOINTS, ROOT)
    }

    intake = functions["intake"]
    assert (intake.python, intake.package, intake.folder) == ("python", "functions.intake", ROOT)
    assert intake.environment["CONCURRENCY"] == "2"
    assert intake.origins["CONCURRENCY"].endswith("intake.yaml: Service intake")
    assert intake.origins["DATABASE_URL"] == "the platform"
    assert "dead-letter" in functions
