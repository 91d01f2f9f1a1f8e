"""Folders with model weights: on a cluster in the image or a volume at /models, here in a folder of this machine."""

import os
from pathlib import Path

from local.manifests.serving import Service

#: The variable that names a folder with a folder of weights for each engine. The default is that of the manifests.
MODELS_VARIABLE = "PAGEBUS_MODELS"
#: The advice for users if the variable does not name a folder.
MODELS_ADVICE = "Set it to a folder that has a folder of weights for each engine, then restart."
_LABEL, _WANTED = "pagebus.io/models", "wanted"
_VARIABLE = "MODEL_DIR"
#: The file that engines require in a folder of weights before they load it.
_CHECKPOINT = "config.json"


def get_weights_folder(service: Service, models: str | None = None) -> Path | None:
    """Return the folder in which a Service expects its weights, or None if it needs none.

    `models` is the folder of all weights if another process has set it; the default is this process's variable.
    """
    if service.metadata.labels.get(_LABEL) != _WANTED:
        return None
    declared = next((variable.value for variable in service.container.env if variable.name == _VARIABLE), None)
    if not declared:
        return None
    models = models or os.environ.get(MODELS_VARIABLE)
    return Path(models, Path(declared).name).absolute() if models else Path(declared)


def describe_invalid_folder(models: str | None, start: Path) -> str | None:
    """Return what is wrong with the folder `models`, relative to `start`, or None if it is a folder or is not set."""
    if not models or (start / models).is_dir():
        return None
    return f"is {models}, which {'is not a folder' if (start / models).exists() else 'does not exist'}"


def build_variables(service: Service, models: str | None = None) -> dict[str, str]:
    """Return the variables that replace those of the manifest, so that the Service finds its weights."""
    folder = get_weights_folder(service, models)
    return {_VARIABLE: str(folder)} if folder else {}


def describe_missing_weights(service: Service) -> str | None:
    """Return what is missing, or None if the Service has its weights or needs none."""
    folder = get_weights_folder(service)
    if folder is None or (folder / _CHECKPOINT).is_file():
        return None
    return f"no weights in {folder}"
