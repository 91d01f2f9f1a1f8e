"""The functions that the manifests run, each with the environment that the twin would give it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.manifests.cluster import ConfigMap, Secret
from local.manifests.loading import Manifests, Placed
from local.manifests.serving import Service
from local.platform.endpoints import Endpoints
from local.twin.services import weights
from local.twin.services.environment import MARK, PROVIDED, settings, variables

#: Where nothing is up, what the twin would say of a platform is known only in its shape.
SOMEWHERE = Endpoints(
    kafka="127.0.0.1:9092",
    s3="http://127.0.0.1:9000",
    s3_access_key="key",
    s3_secret_key="secret",  # noqa: S106  # of no server
    s3_region="us-east-1",
    database="postgresql://127.0.0.1/pagebus",
)
_PORT = 8080
_MAIN = ".main"


@dataclass(frozen=True)
class Function:
    """A Service whose command runs the `main` of a Python package; `origins` says where each variable is set."""

    service: Service
    place: str
    python: str
    package: str
    folder: Path
    environment: Mapping[str, str]
    origins: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.service.name


def of(manifests: Manifests, endpoints: Endpoints, folder: Path, models: str | None = None) -> Iterator[Function]:
    """Those in Python, run in `folder` with weights in `models`; of others nobody knows what they read."""
    platform = endpoints.environment()
    known = settings(manifests.of(ConfigMap), manifests.of(Secret), platform)
    for placed in manifests.placed:
        service = placed.resource
        if not isinstance(service, Service) or (package := _package(service.container.command)) is None:
            continue
        # Without the mark of a twin, which ends whatever has it and is not its own.
        environment = variables(service, known, _PORT, folder)
        environment.pop(MARK)
        environment |= weights.variables(service, models)
        yield Function(
            service,
            placed.place,
            python=service.container.command[0],
            package=package,
            folder=Path(service.container.working_dir or folder),
            environment=environment,
            origins=_origins(placed, service, manifests, platform),
        )


def _package(command: Sequence[str]) -> str | None:
    """`functions.intake` of `python -m functions.intake.main`."""
    if not command or not Path(command[0]).name.startswith("python") or "-m" not in command[:-1]:
        return None
    module = command[command.index("-m") + 1]
    return module.removesuffix(_MAIN) if module.endswith(_MAIN) else None


def _origins(placed: Placed, service: Service, manifests: Manifests, platform: Mapping[str, str]) -> dict[str, str]:
    """Where each variable is set; what stands later wins, as in the container."""
    found: dict[str, str] = {}
    for group in service.container.env_from:
        reference = group.config_map_ref or group.secret_ref
        kind = ConfigMap if group.config_map_ref else Secret
        for other in manifests.placed:
            if isinstance(other.resource, kind) and reference and other.resource.metadata.name == reference.name:
                found |= dict.fromkeys(other.resource.values, other.place)
        if reference and reference.name == PROVIDED:
            found |= dict.fromkeys(platform, "the platform")
    return {**found, **dict.fromkeys((variable.name for variable in service.container.env), placed.place)}
