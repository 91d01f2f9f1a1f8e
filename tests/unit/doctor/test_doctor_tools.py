"""Findings about the tools of the real platform."""

import pytest

from local.doctor import tools
from local.doctor.finding import State
from local.platform.installer import Tool, Version

MAVEN = Tool("mvn", ("mvn", "-version"), (3, 6), "Maven 3.6 or newer (Debian: apt-get install maven)")
JAVA = Tool("java", ("java", "-version"), (17, 0), "Java 17")
WITHOUT_KAFKA, ALL = {"kafka-4": False, "versitygw-1": True}, {"kafka-4": True, "versitygw-1": True}


@pytest.mark.parametrize(
    ("version", "is_required", "state"),
    [((3, 8), True, "ok"), ((3, 5), True, "wrong"), (None, True, "wrong"), (None, False, "warning")],
)
def test_missing_tool_is_wrong_only_if_required(version: Version | None, is_required: bool, state: State) -> None:  # noqa: FBT001  # a parameter of the test
    finding = tools.check_tool(MAVEN, version, is_installed=False, is_required=is_required)

    assert finding.state == state
    assert state == "ok" or "apt-get install maven" in finding.advice


def test_installed_platform_needs_only_java() -> None:
    assert tools.check_tool(MAVEN, None, is_installed=True, is_required=True).state == "ok"
    assert tools.check_tool(JAVA, None, is_installed=True, is_required=True).state == "wrong"


def test_missing_parts_of_the_platform_are_named() -> None:
    assert tools.check_platform(ALL, is_required=True).state == "ok"
    assert tools.check_platform(WITHOUT_KAFKA, is_required=False).state == "warning"
    missing = tools.check_platform(WITHOUT_KAFKA, is_required=True)
    assert (missing.state, missing.found) == ("wrong", "not installed: kafka-4")
    assert "make platform" in missing.advice


def test_all_tools_and_the_platform_are_checked() -> None:
    assert [found.check for found in tools.check_tools(is_required=False)] == ["java", "mvn", "go", "real platform"]
