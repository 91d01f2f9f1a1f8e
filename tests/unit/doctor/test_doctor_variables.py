"""A variable that nothing reads is named with the one that was meant."""

import pytest

from local.doctor import variables
from local.doctor.settings import Told
from tests.unit.doctor.doctor_facts import PLACE, function

TOLD = Told(frozenset({"CONCURRENCY", "DEADLINE_SECONDS", "LANGUAGES"}))
MAP = "platform.yaml: ConfigMap pagebus"


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("CONCURENCY", "CONCURRENCY"),
        ("DEADLINE_SECS", "DEADLINE_SECONDS"),
        ("LANGUAGE", "LANGUAGES"),
        ("AWS_ACESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
        ("OTEL_EXPORTER_OLTP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    ],
)
def test_a_misspelt_variable_is_wrong_and_named_with_the_right_one(written: str, right: str) -> None:
    [found] = variables.check([function(origins={written: PLACE})], {"echo": TOLD})

    assert found.state == "wrong"
    assert written in found.found
    assert found.advice == f"Write {right} in {PLACE}."


@pytest.mark.parametrize(
    "name",
    [
        *("CONCURRENCY", "concurrency", "TZ", "PYTHONUNBUFFERED", "OMP_NUM_THREADS", "AWS_SESSION_TOKEN"),
        *("AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_SERVICE_NAME"),
    ],
)
def test_what_a_function_or_a_library_reads_is_well(name: str) -> None:
    assert variables.check([function(origins={name: PLACE})], {"echo": TOLD}) == []


def test_a_variable_like_no_other_may_be_a_library_s_and_is_a_warning() -> None:
    [found] = variables.check([function(origins={"ACME_TOKENS": PLACE})], {"echo": TOLD})

    assert found.state == "warning"


def test_a_setting_of_another_function_is_well_in_a_shared_config_map_and_nowhere_else() -> None:
    other = Told(frozenset({"ROUTE"}))
    two = [function(origins={"ROUTE": MAP}), function("intake")]

    assert variables.check(two, {"echo": TOLD, "intake": other}) == []
    [found] = variables.check([function(origins={"ROUTE": PLACE}), two[1]], {"echo": TOLD, "intake": other})
    assert found.state == "warning"


def test_a_mistake_in_a_shared_config_map_is_told_once() -> None:
    two = [function(origins={"LANGAUGES": MAP}), function("intake", origins={"LANGAUGES": MAP})]

    assert len(variables.check(two, {"echo": TOLD, "intake": TOLD})) == 1


def test_of_a_function_that_says_nothing_nothing_is_said() -> None:
    assert variables.check([function(origins={"LANGAUGES": PLACE})], {"echo": None}) == []
