"""What is measured on: the product, awake or asleep as a measurement needs it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from local.cli.request import PRODUCT
from tests.kit import Running, running

#: Tells on the terminal what is going on.
Say = Callable[[str], None]

_WINDOW = "autoscaling.knative.dev/window: 30s"
#: /tmp may be memory, where a commit need not wait for anything.
_DISK = "/var/tmp"  # noqa: S108  # a new folder of our own is made there


@dataclass(frozen=True)
class System:
    """The product on a platform, with `window` in the place of the autoscaler's; of functions only these, if any."""

    platform: Literal["embedded", "real"]
    window: str = _WINDOW
    only: tuple[str, ...] = ()


#: What has scaled up stays, so that pauses between rounds make nothing cold.
AWAKE = System("real", f"{_WINDOW}\n        autoscaling.knative.dev/scale-down-delay: 1h")
#: Begins at zero, and goes back there as soon as Knative allows.
ASLEEP = System("embedded", f'{_WINDOW.replace("30", "6")}\n        autoscaling.knative.dev/initial-scale: "0"')
#: Nobody takes what it says.
PERSISTENCE_ALONE = System("real", AWAKE.window, ("persistence", "dead-letter"))


@contextmanager
def up(system: System) -> Iterator[Running]:
    """The system, running, and gone at the end with all that it wrote."""
    with TemporaryDirectory(prefix="pagebus-bench-", dir=_DISK, ignore_cleanup_errors=True) as folder:
        home, manifests = Path(folder) / "home", Path(folder) / "manifests"
        manifests.mkdir()
        for file in (file for source in PRODUCT for file in source.glob("*.yaml")):
            if file.name != "kustomization.yaml":
                (manifests / file.name).write_text(_adapted(file, system))
        with running(home, system.platform, (manifests,)) as there:
            yield there


def _adapted(file: Path, system: System) -> str:
    """The file for this system: topics are there whoever reads them."""
    resources = file.read_text().replace(_WINDOW, system.window).split("\n---\n")
    wanted = not system.only or file.stem in system.only
    return "\n---\n".join(resource for resource in resources if wanted or "\nkind: KafkaTopic\n" in resource)
