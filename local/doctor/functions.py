"""Python functions of the manifests, each with the environment variables that it has in the twin."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.manifests.cluster import ConfigMap, Secret
from local.manifests.loading import LocatedResource, Manifests
from local.manifests.serving import Service
from local.platform.endpoints import Endpoints
from local.twin.services import model_weights
from local.twin.services.environment import HOME_VARIABLE, PLATFORM_CONFIG, build_environment, load_config_sources

#: Endpoints with valid values that belong to no server. They replace unknown endpoints, so that settings can be read.
PLACEHOLDER_ENDPOINTS = Endpoints(
    kafka="127.0.0.1:9092",
    s3="http://127.0.0.1:9000",
    s3_access_key="key",
    s3_secret_key="secret",  # noqa: S106  # no server has this key
    s3_region="us-east-1",
    database="postgresql://127.0.0.1/pagebus",
)
_PORT = 8080
_MAIN = ".main"


@dataclass(frozen=True)
class PythonFunction:
    """A Service whose command runs the `main` module of a Python package.

    `location` is the file, kind and name of the Service. `origins` has, by variable, the place where the value is set.
    """

    service: Service
    location: str
    python: str
    package: str
    folder: Path
    environment: Mapping[str, str]
    origins: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.service.name


def list_functions(
    manifests: Manifests, endpoints: Endpoints, folder: Path, models_folder: str | None = None
) -> Iterator[PythonFunction]:
    """Yield the Python functions of the manifests, to be run in `folder` with the model weights in `models_folder`.

    Services with other commands are omitted, because their settings are unknown.
    """
    platform = endpoints.as_environment()
    config_sources = load_config_sources(manifests.select(ConfigMap), manifests.select(Secret), platform)
    for located in manifests.located_resources:
        service = located.resource
        if not isinstance(service, Service) or (package := _parse_package(service.container.command)) is None:
            continue
        environment = build_environment(service, config_sources, _PORT, folder)
        # A probe must not have this variable: a twin kills leftover processes that have it, when it starts or ends.
        environment.pop(HOME_VARIABLE)
        environment |= model_weights.build_variables(service, models_folder)
        yield PythonFunction(
            service,
            located.location,
            python=service.container.command[0],
            package=package,
            folder=Path(service.container.working_dir or folder),
            environment=environment,
            origins=_find_origins(located, service, manifests, platform),
        )


def _parse_package(command: Sequence[str]) -> str | None:
    """Return the package of a command, such as `functions.intake` of `python -m functions.intake.main`, or None."""
    if not command or not Path(command[0]).name.startswith("python") or "-m" not in command[:-1]:
        return None
    module = command[command.index("-m") + 1]
    return module.removesuffix(_MAIN) if module.endswith(_MAIN) else None


def _find_origins(
    located: LocatedResource, service: Service, manifests: Manifests, platform: Mapping[str, str]
) -> dict[str, str]:
    """Return, by variable, the place where its value is set. If several places set it, the last one counts.

    Kubernetes uses the same order for the environment of a container.
    """
    origins: dict[str, str] = {}
    for group in service.container.env_from:
        reference = group.config_map_ref or group.secret_ref
        kind = ConfigMap if group.config_map_ref else Secret
        for candidate in manifests.located_resources:
            resource = candidate.resource
            if isinstance(resource, kind) and reference and resource.metadata.name == reference.name:
                origins |= dict.fromkeys(resource.values, candidate.location)
        if reference and reference.name == PLATFORM_CONFIG:
            origins |= dict.fromkeys(platform, "the platform")
    return {**origins, **dict.fromkeys((variable.name for variable in service.container.env), located.location)}
