"""Findings about variables that nothing reads."""

import pytest

from local.doctor import variables
from local.doctor.settings import SettingsReport
from tests.unit.doctor.doctor_examples import LOCATION, build_function

REPORT = SettingsReport(frozenset({"CONCURRENCY", "DEADLINE_SECONDS", "LANGUAGES"}))
MAP = "platform.yaml: ConfigMap pagebus"


@pytest.mark.parametrize(
    ("written", "similar"),
    [
        ("CONCURENCY", "CONCURRENCY"),
        ("DEADLINE_SECS", "DEADLINE_SECONDS"),
        ("LANGUAGE", "LANGUAGES"),
        ("AWS_ACESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
        ("OTEL_EXPORTER_OLTP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    ],
)
def test_misspelt_variable_is_reported_with_the_similar_one(written: str, similar: str) -> None:
    [found] = variables.check_variables([build_function(origins={written: LOCATION})], {"echo": REPORT})

    assert found.state == "wrong"
    assert written in found.found
    assert found.advice == f"Write {similar} in {LOCATION}."


@pytest.mark.parametrize(
    "name",
    [
        *("CONCURRENCY", "concurrency", "TZ", "PYTHONUNBUFFERED", "OMP_NUM_THREADS", "AWS_SESSION_TOKEN"),
        *("AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_SERVICE_NAME"),
    ],
)
def test_variable_of_a_function_or_library_is_ok(name: str) -> None:
    assert variables.check_variables([build_function(origins={name: LOCATION})], {"echo": REPORT}) == []


def test_unknown_variable_is_a_warning() -> None:
    [found] = variables.check_variables([build_function(origins={"ACME_TOKENS": LOCATION})], {"echo": REPORT})

    assert found.state == "warning"


def test_setting_of_another_function_is_ok_only_in_shared_config() -> None:
    other = SettingsReport(frozenset({"ROUTE"}))
    functions = [build_function(origins={"ROUTE": MAP}), build_function("intake")]

    assert variables.check_variables(functions, {"echo": REPORT, "intake": other}) == []
    [found] = variables.check_variables(
        [build_function(origins={"ROUTE": LOCATION}), functions[1]], {"echo": REPORT, "intake": other}
    )
    assert found.state == "warning"


def test_misspelt_variable_in_shared_config_is_reported_once() -> None:
    functions = [build_function(origins={"LANGAUGES": MAP}), build_function("intake", origins={"LANGAUGES": MAP})]

    assert len(variables.check_variables(functions, {"echo": REPORT, "intake": REPORT})) == 1


def test_function_without_settings_has_no_finding() -> None:
    assert variables.check_variables([build_function(origins={"LANGAUGES": LOCATION})], {"echo": None}) == []
