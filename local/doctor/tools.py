"""Whether the real platform can be installed and started."""

from collections.abc import Mapping

from local.doctor.finding import Finding, ok, warning, wrong
from local.platform import installed
from local.platform.install import TOOLS, Tool, Version

GROUP = "tools"

# The others are needed once, to install it.
_TO_RUN = "java"


def check(*, wanted: bool) -> list[Finding]:
    """`wanted` says that the real platform is what was asked for last."""
    parts = {place.name: place.exists() for place in (installed.kafka_jars(), installed.versitygw().parent)}
    installed_ = all(parts.values())
    tools = [tool(one, one.version(), is_installed=installed_, wanted=wanted) for one in TOOLS]
    return [*tools, platform(parts, wanted=wanted)]


def tool(tool: Tool, found: Version | None, *, is_installed: bool, wanted: bool) -> Finding:
    if found is not None and found >= tool.oldest:
        return ok(GROUP, tool.name, ".".join(map(str, found)))
    what = "is not there" if found is None else f"{'.'.join(map(str, found))} is too old"
    if is_installed and tool.name != _TO_RUN:
        return ok(GROUP, tool.name, f"{what}, and the real platform is installed without it")
    return (wrong if wanted else warning)(GROUP, tool.name, what, f"For `--platform real` install {tool.wanted}.")


def platform(parts: Mapping[str, bool], *, wanted: bool) -> Finding:
    """`parts` says of each whether it is installed."""
    if missing := [name for name, there in parts.items() if not there]:
        found = f"not installed: {', '.join(missing)}"
        return (wrong if wanted else warning)(GROUP, "real platform", found, "For `--platform real`: `make platform`.")
    return ok(GROUP, "real platform", f"{' and '.join(parts)} in {installed.folder()}")
