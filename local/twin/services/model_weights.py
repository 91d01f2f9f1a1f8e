"""Folders with model weights: in the image or a volume at /models on a cluster, and in a local folder in the twin."""

import os
from pathlib import Path

from local.manifests.serving import Service

#: The environment variable with the folder that contains a folder of weights for each engine. Without it, the folders
#: in the manifests are used.
MODELS_VARIABLE = "PAGEBUS_MODELS"
#: The advice for users if `MODELS_VARIABLE` does not name a folder.
MODELS_ADVICE = "Set it to a folder that has a folder of weights for each engine, then restart."
_WEIGHTS_LABEL, _WEIGHTS_WANTED = "pagebus.io/models", "wanted"
_FOLDER_VARIABLE = "MODEL_DIR"
#: The file that must be in a folder of weights. Engines check this before they load the weights.
_REQUIRED_FILE = "config.json"


def get_weights_folder(service: Service, models: str | None = None) -> Path | None:
    """Return the folder in which a Service expects its weights, or None if it needs none.

    `models` is the folder that contains a folder of weights for each engine. If it is None, `MODELS_VARIABLE` of this
    process applies.
    """
    if service.metadata.labels.get(_WEIGHTS_LABEL) != _WEIGHTS_WANTED:
        return None
    manifest_folder = next(
        (variable.value for variable in service.container.env if variable.name == _FOLDER_VARIABLE), None
    )
    if not manifest_folder:
        return None
    models = models or os.environ.get(MODELS_VARIABLE)
    return Path(models, Path(manifest_folder).name).absolute() if models else Path(manifest_folder)


def describe_invalid_folder(models: str | None, parent: Path) -> str | None:
    """Return a problem text if `models`, a path relative to `parent`, is set but not a folder, else None."""
    if not models or (parent / models).is_dir():
        return None
    return f"is {models}, which {'is not a folder' if (parent / models).exists() else 'does not exist'}"


def build_variables(service: Service, models: str | None = None) -> dict[str, str]:
    """Return the environment variables that the twin changes so that the Service finds its weights."""
    folder = get_weights_folder(service, models)
    return {_FOLDER_VARIABLE: str(folder)} if folder else {}


def describe_missing_weights(service: Service) -> str | None:
    """Return a problem text if the Service lacks weights that it needs, else None."""
    folder = get_weights_folder(service)
    if folder is None or (folder / _REQUIRED_FILE).is_file():
        return None
    return f"no weights in {folder}"
