"""Settings are loaded by the function itself, in the environment that the twin would give it."""

from pathlib import Path

import pytest

from local.doctor import settings
from local.doctor.asking import NoAnswer
from local.doctor.functions import SOMEWHERE, of
from local.doctor.settings import Told
from local.manifests.loading import load
from local.manifests.serving import Service
from local.twin.services.weights import MODELS
from tests.kit import ROOT
from tests.unit.doctor.doctor_facts import PLACE, function

TOLD = Told(frozenset({"CONCURRENCY"}), values={"concurrency": 2, "deadline_seconds": 30})


def test_a_wrong_variable_is_told_in_its_own_words_with_the_place_where_it_stands() -> None:
    told = Told(frozenset(), ("PORT: Input should be a valid integer. It must hold port to listen on.",))

    [found] = settings.findings(function(origins={"PORT": "a.yaml: ConfigMap a"}), told)

    assert (found.state, found.found) == ("wrong", told.problems[0])
    assert found.advice == "Correct PORT in a.yaml: ConfigMap a."


def test_a_missing_variable_is_to_be_added_to_the_function_s_manifest() -> None:
    told = Told(frozenset(), ("DATABASE_URL: Field required. It must hold PostgreSQL.",))

    [found] = settings.findings(function(), told)

    assert found.advice == f"Set DATABASE_URL: add it to `env` of {PLACE}."


def test_settings_that_the_service_contradicts_are_wrong() -> None:
    agreed = settings.findings(function(containerConcurrency=2, timeoutSeconds=60), TOLD)
    contradicted = settings.findings(function(containerConcurrency=4, timeoutSeconds=20), TOLD)

    assert [finding.state for finding in agreed] == ["ok"]
    assert [finding.found for finding in contradicted] == [
        "CONCURRENCY is 2, and containerConcurrency 4",
        "DEADLINE_SECONDS is 30, and timeoutSeconds 20",
    ]


def test_settings_that_cannot_be_loaded_are_wrong_with_the_reason() -> None:
    [found] = settings.findings(function(), NoAnswer("ModuleNotFoundError: No module named 'acme'"))

    assert found.state == "wrong"
    assert "No module named 'acme'" in found.found


def test_every_function_of_the_product_can_read_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    product = load([ROOT / "knative/base", ROOT / "infra/kafka"])
    # Settings look whether there are weights, and not into them.
    for service in product.of(Service):
        (tmp_path / service.name).mkdir()
        (tmp_path / service.name / "config.json").touch()
    monkeypatch.setenv(MODELS, str(tmp_path))
    functions = list(of(product, SOMEWHERE, ROOT))

    answers = settings.ask_all(functions)

    assert {finding.state for finding in settings.check(functions, answers)} == {"ok"}
    assert {one.name for one in functions} == answers.keys()
    intake = answers["intake"]
    assert isinstance(intake, Told)
    assert intake.values["route"] == "tesseract,rapidocr"
    assert "DATABASE_URL" not in intake.names


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"CONCURRENCY": "many"}, "CONCURRENCY: Input should be a valid integer"),
        ({"KAFKA_BOOTSTRAP_SERVERS": None}, "KAFKA_BOOTSTRAP_SERVERS: Field required"),
    ],
)
def test_a_function_is_asked_in_its_own_environment(wrong: dict[str, str | None], said: str) -> None:
    variables = SOMEWHERE.environment() | wrong
    environment = {name: value for name, value in variables.items() if value is not None}
    one = function("intake", package="functions.intake", environment=environment)

    answer = settings.ask_all([one])["intake"]

    assert isinstance(answer, Told)
    [problem] = answer.problems
    assert problem.startswith(said)
