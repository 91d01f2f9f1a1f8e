"""The environment variables of a container, resolved as Kubernetes resolves them."""

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.manifests.cluster import ConfigMap, Secret
from local.manifests.serving import Container, Service
from local.manifests.variables import Variable, VariableGroup
from local.twin.services import model_weights

#: The name of the ConfigMap and the Secret that the twin makes from the platform's variables.
PLATFORM_CONFIG = "pagebus"
#: A variable with the twin's home in every process of a replica. A later twin finds processes that are left by it.
HOME_MARK = "PAGEBUS_TWIN_HOME"

# A container inherits nothing from its host. These variables stand for those that its image would set. Knative leaves
# HOME at `/` if the image sets none, but programs installed on this machine look for files in the user's HOME.
_OF_THE_IMAGE = ("HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")

Values = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class ConfigSources:
    """ConfigMaps and Secrets by name."""

    config_maps: Values
    secrets: Values


def load_config_sources(
    config_maps: Iterable[ConfigMap], secrets: Iterable[Secret], platform: Mapping[str, str]
) -> ConfigSources:
    """Return the values of the manifests. The platform's variables override those of `PLATFORM_CONFIG`."""
    maps = {config_map.metadata.name: config_map.values for config_map in config_maps}
    secret_values = {secret.metadata.name: secret.values for secret in secrets}
    return ConfigSources(
        {**maps, PLATFORM_CONFIG: {**maps.get(PLATFORM_CONFIG, {}), **platform}},
        {**secret_values, PLATFORM_CONFIG: {**secret_values.get(PLATFORM_CONFIG, {}), **platform}},
    )


def build_environment(service: Service, config_sources: ConfigSources, port: int, home: Path) -> dict[str, str]:
    """Return the complete environment of a replica of `service` that listens on `port`."""
    variables = {name: os.environ[name] for name in _OF_THE_IMAGE if name in os.environ}
    variables["PATH"] = get_program_path()
    for group in service.container.env_from:
        variables |= {
            f"{group.prefix}{name}": value for name, value in _get_group_variables(group, config_sources).items()
        }
    variables |= _resolve_variables(service.container, config_sources, variables) | model_weights.build_variables(
        service
    )
    knative = {"K_SERVICE": service.name, "K_CONFIGURATION": service.name, "K_REVISION": service.revision_name}
    return {**variables, **knative, "PORT": str(port), HOME_MARK: str(home)}


def build_pod_variables(service: Service, number: int) -> dict[str, str]:
    """Return the variables that differ between replicas."""
    return {"HOSTNAME": f"{service.revision_name}-deployment-{number}"}


def get_program_path() -> str:
    """Return the PATH of replicas: first the folder of the twin's Python, then the twin's own PATH."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def build_command(service: Service, environment: Mapping[str, str]) -> list[str]:
    return [expand_references(part, environment) for part in (*service.container.command, *service.container.args)]


def expand_references(text: str, values: Mapping[str, str]) -> str:
    """Replace `$(NAME)` by its value if NAME is known, and `$$` by `$`."""
    return _REFERENCE.sub(lambda found: "$" if not found[1] else values.get(found[1], found[0]), text)


def _get_group_variables(group: VariableGroup, config_sources: ConfigSources) -> Mapping[str, str]:
    if group.config_map_ref:
        return config_sources.config_maps.get(group.config_map_ref.name, {})
    return config_sources.secrets.get(group.secret_ref.name, {}) if group.secret_ref else {}


def _resolve_variables(
    container: Container, config_sources: ConfigSources, groups: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables of `env`.

    A literal value may refer to `env_from` groups and to variables above it. A value from a ConfigMap or Secret is
    not expanded.
    """
    resolved: dict[str, str] = {}
    for variable in container.env:
        value = _resolve_value(variable, config_sources)
        if value is not None:
            is_literal = variable.value_from is None
            resolved[variable.name] = expand_references(value, {**groups, **resolved}) if is_literal else value
    return resolved


def _resolve_value(variable: Variable, config_sources: ConfigSources) -> str | None:
    origin = variable.value_from
    if origin is None:
        return variable.value or ""
    if origin.config_map_key_ref:
        reference, known = origin.config_map_key_ref, config_sources.config_maps
    elif origin.secret_key_ref:
        reference, known = origin.secret_key_ref, config_sources.secrets
    return known.get(reference.name, {}).get(reference.key)
