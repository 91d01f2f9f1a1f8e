"""What a container finds in its environment, resolved as Kubernetes resolves it."""

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.manifests.cluster import ConfigMap, Secret
from local.manifests.serving import Container, Service
from local.manifests.variables import Variable, Variables
from local.twin.services import weights

#: The ConfigMap and the Secret that the twin makes of the platform's variables.
PROVIDED = "pagebus"
#: Marks every process of a replica with the home of its twin, so that a later twin finds what was left behind.
MARK = "PAGEBUS_TWIN_HOME"

# A container has nothing of its host; these stand for what its image would bring. Knative leaves HOME at `/` where the
# image names none, but programs that are installed here look for their files in the HOME of the machine.
_OF_THE_IMAGE = ("HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")

Values = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Settings:
    """ConfigMaps and Secrets by name."""

    config_maps: Values
    secrets: Values


def settings(config_maps: Iterable[ConfigMap], secrets: Iterable[Secret], platform: Mapping[str, str]) -> Settings:
    """The manifests' own, with the platform's variables laid over those of the name that the twin provides."""
    maps = {found.metadata.name: found.values for found in config_maps}
    hidden = {found.metadata.name: found.values for found in secrets}
    return Settings(
        {**maps, PROVIDED: {**maps.get(PROVIDED, {}), **platform}},
        {**hidden, PROVIDED: {**hidden.get(PROVIDED, {}), **platform}},
    )


def variables(service: Service, settings: Settings, port: int, home: Path) -> dict[str, str]:
    """The whole environment of a replica of `service` that listens on `port`."""
    found = {name: os.environ[name] for name in _OF_THE_IMAGE if name in os.environ}
    found["PATH"] = program_path()
    for group in service.container.env_from:
        found |= {f"{group.prefix}{name}": value for name, value in _group(group, settings).items()}
    found |= _given(service.container, settings, found) | weights.variables(service)
    knative = {"K_SERVICE": service.name, "K_CONFIGURATION": service.name, "K_REVISION": service.revision_name}
    return {**found, **knative, "PORT": str(port), MARK: str(home)}


def pod(service: Service, number: int) -> dict[str, str]:
    """What each replica has of its own."""
    return {"HOSTNAME": f"{service.revision_name}-deployment-{number}"}


def program_path() -> str:
    """Where programs are found: beside the Python that runs the twin, then as anywhere."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def command(service: Service, environment: Mapping[str, str]) -> list[str]:
    return [expanded(part, environment) for part in (*service.container.command, *service.container.args)]


def expanded(text: str, values: Mapping[str, str]) -> str:
    """`$(NAME)` replaced where NAME is known, `$$` made `$`."""
    return _REFERENCE.sub(lambda found: "$" if not found[1] else values.get(found[1], found[0]), text)


def _group(group: Variables, settings: Settings) -> Mapping[str, str]:
    if group.config_map_ref:
        return settings.config_maps.get(group.config_map_ref.name, {})
    return settings.secrets.get(group.secret_ref.name, {}) if group.secret_ref else {}


def _given(container: Container, settings: Settings, groups: Mapping[str, str]) -> dict[str, str]:
    """Literal values may refer to groups and to what stands above them; values from elsewhere are taken as they are."""
    found: dict[str, str] = {}
    for variable in container.env:
        value = _value(variable, settings)
        if value is not None:
            literal = variable.value_from is None
            found[variable.name] = expanded(value, {**groups, **found}) if literal else value
    return found


def _value(variable: Variable, settings: Settings) -> str | None:
    origin = variable.value_from
    if origin is None:
        return variable.value or ""
    if origin.config_map_key_ref:
        reference, known = origin.config_map_key_ref, settings.config_maps
    elif origin.secret_key_ref:
        reference, known = origin.secret_key_ref, settings.secrets
    return known.get(reference.name, {}).get(reference.key)
