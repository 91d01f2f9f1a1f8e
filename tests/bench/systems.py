"""The systems on which measurements run: the product, or other manifests, with the scaling that a measurement needs."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from local.cli.stack.up_options import PRODUCT_MANIFESTS
from tests.bench import workers
from tests.kit import PagebusStack, run_stack

#: Prints the progress on the terminal.
Log = Callable[[str], None]

_WINDOW = "autoscaling.knative.dev/window: 30s"
_RUNS_FUNCTION = re.compile(r"^kind: (?:Service|KafkaSource|PingSource)$", re.MULTILINE)
#: /tmp may be in memory, where a commit does not wait for a disk.
_DISK = "/var/tmp"  # noqa: S108  # only new folders with random names are made there


@dataclass(frozen=True)
class System:
    """A platform with the product or with other manifests. On the platform "none", nothing runs.

    `window` replaces the autoscaling window of the product. If `functions` has names, only these are deployed.
    `build_manifests` returns other manifests for a folder: their texts by file name.
    """

    platform: Literal["embedded", "real", "none"]
    window: str = _WINDOW
    functions: tuple[str, ...] = ()
    build_manifests: Callable[[Path], Mapping[str, str]] | None = None


#: Functions keep their replicas, so that pauses between rounds cause no cold starts.
WARM_REPLICAS = System("real", f"{_WINDOW}\n        autoscaling.knative.dev/scale-down-delay: 1h")
#: Functions start at zero replicas and return there as soon as Knative allows.
SCALED_TO_ZERO = System("embedded", f'{_WINDOW.replace("30", "6")}\n        autoscaling.knative.dev/initial-scale: "0"')
#: Persistence without any consumer of its events.
PERSISTENCE_ONLY = System("real", WARM_REPLICAS.window, ("persistence", "dead-letter"))
#: The twin with functions whose work time is part of each event.
WORKERS = System("real", build_manifests=workers.build_warm_and_burst_workers)
FIFTY_WORKERS = System("embedded", build_manifests=workers.build_fifty_workers)
#: For measurements in this process alone.
NO_STACK = System("none")


@contextmanager
def run_system(system: System) -> Iterator[PagebusStack]:
    """Start the system, yield it, and stop it at the end. All its files are deleted."""
    with TemporaryDirectory(prefix="pagebus-bench-", dir=_DISK, ignore_cleanup_errors=True) as folder:
        home, manifests = Path(folder) / "home", Path(folder) / "manifests"
        if system.platform == "none":
            yield PagebusStack(home, {})
            return
        manifests.mkdir()
        build = system.build_manifests
        texts = build(Path(folder)) if build else read_product_manifests(system)
        for name, text in texts.items():
            (manifests / name).write_text(text)
        with run_stack(home, system.platform, (manifests,)) as stack:
            yield stack


def read_product_manifests(system: System) -> dict[str, str]:
    """Return the product's manifests for this system, by file name."""
    files = (file for source in PRODUCT_MANIFESTS for file in source.glob("*.yaml"))
    return {file.name: _adapt_manifest(file, system) for file in files if file.name != "kustomization.yaml"}


def _adapt_manifest(file: Path, system: System) -> str:
    """Return the manifests of a file for this system. A function that is not deployed has no Service and no source."""
    resources = file.read_text().replace(_WINDOW, system.window).split("\n---\n")
    is_deployed = not system.functions or file.stem in system.functions
    return "\n---\n".join(resource for resource in resources if is_deployed or not _RUNS_FUNCTION.search(resource))
