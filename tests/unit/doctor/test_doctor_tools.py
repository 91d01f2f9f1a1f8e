"""What the real platform needs, judged by whether somebody wants it."""

import pytest

from local.doctor import tools
from local.doctor.finding import State
from local.platform.install import Tool, Version

MAVEN = Tool("mvn", ("mvn", "-version"), (3, 6), "Maven 3.6 or newer (Debian: apt-get install maven)")
JAVA = Tool("java", ("java", "-version"), (17, 0), "Java 17")
NONE, ALL = {"kafka-4": False, "versitygw-1": True}, {"kafka-4": True, "versitygw-1": True}


@pytest.mark.parametrize(
    ("found", "wanted", "state"),
    [((3, 8), True, "ok"), ((3, 5), True, "wrong"), (None, True, "wrong"), (None, False, "warning")],
)
def test_a_tool_is_missing_only_for_who_wants_it(found: Version | None, wanted: bool, state: State) -> None:  # noqa: FBT001  # a parameter of the test
    said = tools.tool(MAVEN, found, is_installed=False, wanted=wanted)

    assert said.state == state
    assert state == "ok" or "apt-get install maven" in said.advice


def test_what_is_installed_needs_java_alone() -> None:
    assert tools.tool(MAVEN, None, is_installed=True, wanted=True).state == "ok"
    assert tools.tool(JAVA, None, is_installed=True, wanted=True).state == "wrong"


def test_a_platform_that_is_not_installed_is_named_part_by_part() -> None:
    assert tools.platform(ALL, wanted=True).state == "ok"
    assert tools.platform(NONE, wanted=False).state == "warning"
    wanted = tools.platform(NONE, wanted=True)
    assert (wanted.state, wanted.found) == ("wrong", "not installed: kafka-4")
    assert "make platform" in wanted.advice


def test_this_machine_is_asked_for_every_tool_and_the_platform() -> None:
    assert [found.check for found in tools.check(wanted=False)] == ["java", "mvn", "go", "real platform"]
