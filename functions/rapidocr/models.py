"""Models in RapidOCR's wheel, and their languages. The module imports no large library."""

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from functions.rapidocr.settings import RapidocrSettings

DETECTION_MODEL = "PP-OCRv6_det_small.onnx"
RECOGNITION_MODEL = "PP-OCRv6_rec_small.onnx"

#: Increase this number with every change of the engine's own code that changes readings. Pages are then read again.
_CODE_VERSION = b"2"
#: The settings that change readings.
_VERSIONED_SETTINGS = {"detection_side", "line_batch", "min_line_confidence"}

#: Languages, with the letters and marks that each needs in addition to a to z. The recognition model's dictionary has
#: all these characters. It lacks German low quotation marks (U+201E, U+201A) and inverted Spanish exclamation marks.
LANGUAGES: Mapping[str, str] = {
    "ces": "áčďéěíňóřšťúůýž",
    "dan": "æøå",
    "deu": "äöüÄÖÜß€§",
    "eng": "£",
    "fin": "äöå",
    "fra": "àâæçéèêëîïôœùûüÿÉÀÇŒ«»",
    "hrv": "čćđšž",
    "hun": "áéíóöőúüű",
    "ita": "àèéìòù",
    "nld": "éëïóöü",
    "nor": "æøå",
    "pol": "ąćęłńóśźż",
    "por": "áâãàçéêíóôõú",
    "ron": "ăâîșț",
    "slk": "áäčďéíĺľňóôŕšťúýž",
    "slv": "čšž",
    "swe": "äöå",
    "tur": "çğıöşüİ",
}


def find_models_dir() -> Path:
    """Return the folder of the models. Raise ModuleNotFoundError if RapidOCR is not installed."""
    package = find_spec("rapidocr")
    if not package or not package.origin:
        raise ModuleNotFoundError("RapidOCR is not installed: install pagebus[rapidocr]", name="rapidocr")
    return Path(package.origin).parent / "models"


def build_version(models: Path, settings: RapidocrSettings) -> str:
    """Return the engine's version, such as 3.10.0-PP-OCRv6-1a2b3c4d.

    The version changes with the library, the model files, the settings, and the engine's own code.
    """
    digest = hashlib.sha256(_CODE_VERSION)
    for name in (DETECTION_MODEL, RECOGNITION_MODEL):
        digest.update((models / name).read_bytes())
    digest.update(settings.model_dump_json(include=_VERSIONED_SETTINGS).encode())
    return f"{version('rapidocr')}-PP-OCRv6-{digest.hexdigest()[:8]}"
