"""Checks whether the real platform is installed, or can be installed."""

from collections.abc import Mapping

from local.doctor.finding import Finding, report_ok, report_warning, report_wrong
from local.platform import installation
from local.platform.installer import TOOLS, Tool, Version

GROUP = "tools"

# Java runs the platform. The other tools are needed only to install it.
_RUNTIME_TOOL = "java"


def check_tools(*, is_required: bool) -> list[Finding]:
    """Return findings about each tool and the real platform.

    `is_required` means that the user's stack runs on the real platform. Otherwise a missing tool is only a warning.
    """
    installed_parts = {
        part.name: part.exists() for part in (installation.get_kafka_folder(), installation.get_versitygw_path().parent)
    }
    is_installed = all(installed_parts.values())
    tools = [
        check_tool(tool, tool.detect_version(), is_installed=is_installed, is_required=is_required) for tool in TOOLS
    ]
    return [*tools, check_platform(installed_parts, is_required=is_required)]


def check_tool(tool: Tool, version: Version | None, *, is_installed: bool, is_required: bool) -> Finding:
    """Return a finding about a tool and its version, which is None if the tool is missing.

    `is_installed` means that the real platform is installed, so that only Java is still needed.
    """
    if version is not None and version >= tool.minimum:
        return report_ok(GROUP, tool.name, _render_version(version))
    found = "is not installed" if version is None else f"{_render_version(version)} is too old"
    if is_installed and tool.name != _RUNTIME_TOOL:
        return report_ok(GROUP, tool.name, f"{found}, but is not needed: the real platform is installed already")
    report = report_wrong if is_required else report_warning
    return report(GROUP, tool.name, found, f"For `--platform real` install {tool.requirement}.")


def check_platform(installed_parts: Mapping[str, bool], *, is_required: bool) -> Finding:
    """Return a finding about the real platform. `installed_parts` maps each part to whether it is installed."""
    if missing := [name for name, is_installed in installed_parts.items() if not is_installed]:
        report = report_wrong if is_required else report_warning
        found = f"not installed: {', '.join(missing)}"
        return report(GROUP, "real platform", found, "For `--platform real` run `make platform`.")
    return report_ok(GROUP, "real platform", f"{' and '.join(installed_parts)} in {installation.get_folder()}")


def _render_version(version: Version) -> str:
    return ".".join(map(str, version))
