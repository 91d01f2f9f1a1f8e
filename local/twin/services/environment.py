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

#: The name of the ConfigMap and of the Secret that the twin creates from the platform's variables.
PLATFORM_CONFIG = "pagebus"
#: The environment variable with the twin's home, set for all processes of replicas. A later twin uses it to
#: find leftover processes.
HOME_VARIABLE = "PAGEBUS_TWIN_HOME"

# On a cluster, the image sets these variables. The twin uses no images, so it passes on its own values. In Knative,
# HOME is `/` if the image does not set it. The twin passes on HOME, because programs need files in the user's HOME.
_IMAGE_VARIABLES = ("HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")

#: The values of ConfigMaps or Secrets by their names, and then by their keys.
Values = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class ConfigSources:
    """ConfigMaps and Secrets by name."""

    config_maps: Values
    secrets: Values


def load_config_sources(
    config_maps: Iterable[ConfigMap], secrets: Iterable[Secret], platform: Mapping[str, str]
) -> ConfigSources:
    """Return the values in the manifests.

    The ConfigMap and the Secret `PLATFORM_CONFIG` also contain the variables in `platform`, which replace values of the
    same name.
    """
    maps = {config_map.metadata.name: config_map.values for config_map in config_maps}
    secret_values = {secret.metadata.name: secret.values for secret in secrets}
    return ConfigSources(
        {**maps, PLATFORM_CONFIG: {**maps.get(PLATFORM_CONFIG, {}), **platform}},
        {**secret_values, PLATFORM_CONFIG: {**secret_values.get(PLATFORM_CONFIG, {}), **platform}},
    )


def build_environment(service: Service, config_sources: ConfigSources, port: int, home: Path) -> dict[str, str]:
    """Return the complete environment of a replica of `service` that listens on `port`."""
    variables = {name: os.environ[name] for name in _IMAGE_VARIABLES if name in os.environ}
    variables["PATH"] = get_program_path()
    for group in service.container.env_from:
        variables |= {
            f"{group.prefix}{name}": value for name, value in _get_group_variables(group, config_sources).items()
        }
    variables |= _resolve_variables(service.container, config_sources, variables) | model_weights.build_variables(
        service
    )
    knative = {"K_SERVICE": service.name, "K_CONFIGURATION": service.name, "K_REVISION": service.revision_name}
    return {**variables, **knative, "PORT": str(port), HOME_VARIABLE: str(home)}


def build_pod_variables(service: Service, number: int) -> dict[str, str]:
    """Return the environment variables that differ between replicas, for the replica `number`."""
    return {"HOSTNAME": f"{service.revision_name}-deployment-{number}"}


def get_program_path() -> str:
    """Return the PATH of replicas: the folder of the twin's Python interpreter, followed by the twin's own PATH."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def build_command(service: Service, environment: Mapping[str, str]) -> list[str]:
    """Return the command line of a replica, with references to variables replaced by their values."""
    return [expand_references(part, environment) for part in (*service.container.command, *service.container.args)]


def expand_references(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with `$(NAME)` replaced by the value of NAME, if there is one, and `$$` by `$`."""
    return _REFERENCE.sub(lambda match: "$" if not match[1] else values.get(match[1], match[0]), text)


def _get_group_variables(group: VariableGroup, config_sources: ConfigSources) -> Mapping[str, str]:
    if group.config_map_ref:
        return config_sources.config_maps.get(group.config_map_ref.name, {})
    return config_sources.secrets.get(group.secret_ref.name, {}) if group.secret_ref else {}


def _resolve_variables(
    container: Container, config_sources: ConfigSources, outer_variables: Mapping[str, str]
) -> dict[str, str]:
    """Return the resolved variables of the container's `env`.

    A literal value may refer to `outer_variables`, which are set before `env`, and to earlier variables of `env`. A
    value from a ConfigMap or Secret is not expanded.
    """
    resolved: dict[str, str] = {}
    for variable in container.env:
        value = _resolve_value(variable, config_sources)
        if value is not None:
            is_literal = variable.value_from is None
            resolved[variable.name] = expand_references(value, {**outer_variables, **resolved}) if is_literal else value
    return resolved


def _resolve_value(variable: Variable, config_sources: ConfigSources) -> str | None:
    """Return the unexpanded value of a variable, or None if its ConfigMap or Secret lacks the key."""
    origin = variable.value_from
    if origin is None:
        return variable.value or ""
    if origin.config_map_key_ref:
        reference, values_by_name = origin.config_map_key_ref, config_sources.config_maps
    elif origin.secret_key_ref:
        reference, values_by_name = origin.secret_key_ref, config_sources.secrets
    return values_by_name.get(reference.name, {}).get(reference.key)
