"""Weights of models: on a cluster in the image or on a volume at /models, here in a folder of this machine."""

import os
from pathlib import Path

from local.manifests.serving import Service

#: Names the folder that holds a folder of weights for each engine; without it, that is where manifests say: /models.
MODELS = "PAGEBUS_MODELS"
#: What to do where it names none.
NAME_A_FOLDER = "Name a folder that holds folders of weights, then start afresh."
_LABEL, _WANTED = "pagebus.io/models", "wanted"
_VARIABLE = "MODEL_DIR"
#: What engines look for too, before they load anything.
_CHECKPOINT = "config.json"


def place(service: Service, models: str | None = None) -> Path | None:
    """Where the weights of this Service are to be; None where it wants none. `models` is another process's MODELS."""
    if service.metadata.labels.get(_LABEL) != _WANTED:
        return None
    said = next((one.value for one in service.container.env if one.name == _VARIABLE), None)
    own = models or os.environ.get(MODELS)
    return Path(own, Path(said).name).absolute() if said and own else Path(said) if said else None


def misnamed(models: str | None, start: Path) -> str | None:
    """What is wrong with the folder that `models` names, seen from `start`; None where nothing is."""
    if not models or (start / models).is_dir():
        return None
    return f"names {models}, which is {'no folder' if (start / models).exists() else 'not there'}"


def variables(service: Service, models: str | None = None) -> dict[str, str]:
    """What the Service is told of them, instead of what its manifest says."""
    found = place(service, models)
    return {_VARIABLE: str(found)} if found else {}


def lacking(service: Service) -> str | None:
    """What is missing, if something is."""
    found = place(service)
    if found is None or (found / _CHECKPOINT).is_file():
        return None
    return f"no weights in {found}"
