"""What is measured on: the product, awake or asleep as a measurement needs it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from local.cli.request import PRODUCT
from tests.bench import workers
from tests.kit import Running, running

#: Tells on the terminal what is going on.
Say = Callable[[str], None]

_WINDOW = "autoscaling.knative.dev/window: 30s"
#: /tmp may be memory, where a commit need not wait for anything.
_DISK = "/var/tmp"  # noqa: S108  # a new folder of our own is made there


@dataclass(frozen=True)
class System:
    """The product on a platform, with `window` in the place of the autoscaler's; of functions only these, if any.

    Or other manifests, which `own` makes for a folder: their texts by file names. On no platform nothing runs.
    """

    platform: Literal["embedded", "real", "none"]
    window: str = _WINDOW
    only: tuple[str, ...] = ()
    own: Callable[[Path], Mapping[str, str]] | None = None


#: What has scaled up stays, so that pauses between rounds make nothing cold.
AWAKE = System("real", f"{_WINDOW}\n        autoscaling.knative.dev/scale-down-delay: 1h")
#: Begins at zero, and goes back there as soon as Knative allows.
ASLEEP = System("embedded", f'{_WINDOW.replace("30", "6")}\n        autoscaling.knative.dev/initial-scale: "0"')
#: Nobody takes what it says.
PERSISTENCE_ALONE = System("real", AWAKE.window, ("persistence", "dead-letter"))
#: The twin with functions that do nothing of their own.
WORKERS = System("real", own=workers.awake_and_burst)
FIFTY_ASLEEP = System("embedded", own=workers.fifty)
#: What is measured needs nobody else.
ALONE = System("none")


@contextmanager
def up(system: System) -> Iterator[Running]:
    """The system, running, and gone at the end with all that it wrote."""
    with TemporaryDirectory(prefix="pagebus-bench-", dir=_DISK, ignore_cleanup_errors=True) as folder:
        home, manifests = Path(folder) / "home", Path(folder) / "manifests"
        if system.platform == "none":
            yield Running(home, {})
            return
        manifests.mkdir()
        for name, text in (system.own(Path(folder)) if system.own else _product(system)).items():
            (manifests / name).write_text(text)
        with running(home, system.platform, (manifests,)) as there:
            yield there


def _product(system: System) -> dict[str, str]:
    files = (file for source in PRODUCT for file in source.glob("*.yaml"))
    return {file.name: _adapted(file, system) for file in files if file.name != "kustomization.yaml"}


def _adapted(file: Path, system: System) -> str:
    """The file for this system: topics are there whoever reads them."""
    resources = file.read_text().replace(_WINDOW, system.window).split("\n---\n")
    wanted = not system.only or file.stem in system.only
    return "\n---\n".join(resource for resource in resources if wanted or "\nkind: KafkaTopic\n" in resource)
