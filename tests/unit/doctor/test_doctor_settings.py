"""Findings about the settings of functions."""

from pathlib import Path

import pytest

from local.doctor import settings
from local.doctor.functions import PLACEHOLDER_ENDPOINTS, list_functions
from local.doctor.probe_runner import ProbeError
from local.doctor.settings import SettingsReport
from local.manifests.loading import load_manifests
from local.manifests.serving import Service
from local.twin.services.model_weights import MODELS_VARIABLE
from tests.kit import ROOT
from tests.unit.doctor.doctor_examples import LOCATION, build_function

REPORT = SettingsReport(frozenset({"CONCURRENCY"}), values={"concurrency": 2, "deadline_seconds": 30})


def test_invalid_variable_is_reported_with_its_place() -> None:
    report = SettingsReport(frozenset(), ("PORT: Input should be a valid integer. It must hold port to listen on.",))

    [found] = settings.check_function(build_function(origins={"PORT": "a.yaml: ConfigMap a"}), report)

    assert (found.state, found.found) == ("wrong", report.problems[0])
    assert found.advice == "Correct PORT in a.yaml: ConfigMap a."


def test_missing_variable_has_advice_to_add_it() -> None:
    report = SettingsReport(frozenset(), ("DATABASE_URL: Field required. It must hold PostgreSQL.",))

    [found] = settings.check_function(build_function(), report)

    assert found.advice == f"Set DATABASE_URL: add it to `env` of {LOCATION}."


def test_settings_that_contradict_the_service_are_wrong() -> None:
    agreed = settings.check_function(build_function(containerConcurrency=2, timeoutSeconds=60), REPORT)
    contradictory = settings.check_function(build_function(containerConcurrency=4, timeoutSeconds=20), REPORT)

    assert [finding.state for finding in agreed] == ["ok"]
    assert [finding.found for finding in contradictory] == [
        "CONCURRENCY is 2, but containerConcurrency is 4",
        "DEADLINE_SECONDS is 30, but timeoutSeconds is 20",
    ]


def test_failed_probe_is_wrong_with_its_reason() -> None:
    [found] = settings.check_function(build_function(), ProbeError("ModuleNotFoundError: No module named 'acme'"))

    assert found.state == "wrong"
    assert "No module named 'acme'" in found.found


def test_all_product_functions_have_valid_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    product = load_manifests([ROOT / "knative/base", ROOT / "infra/kafka"])
    # The settings check only that the weights exist, so empty files are enough.
    for service in product.select(Service):
        (tmp_path / service.name).mkdir()
        (tmp_path / service.name / "config.json").touch()
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    functions = list(list_functions(product, PLACEHOLDER_ENDPOINTS, ROOT))

    results = settings.probe_functions(functions)

    assert {finding.state for finding in settings.check_settings(functions, results)} == {"ok"}
    assert {function.name for function in functions} == results.keys()
    intake = results["intake"]
    assert isinstance(intake, SettingsReport)
    assert intake.values["route"] == "tesseract,rapidocr"
    assert "DATABASE_URL" not in intake.names


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"CONCURRENCY": "many"}, "CONCURRENCY: Input should be a valid integer"),
        ({"KAFKA_BOOTSTRAP_SERVERS": None}, "KAFKA_BOOTSTRAP_SERVERS: Field required"),
    ],
)
def test_probe_uses_the_environment_of_the_function(changes: dict[str, str | None], problem: str) -> None:
    variables = PLACEHOLDER_ENDPOINTS.as_environment() | changes
    environment = {name: value for name, value in variables.items() if value is not None}
    intake = build_function("intake", package="functions.intake", environment=environment)

    result = settings.probe_functions([intake])["intake"]

    assert isinstance(result, SettingsReport)
    [line] = result.problems
    assert line.startswith(problem)
