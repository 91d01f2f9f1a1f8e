"""The models that RapidOCR's wheel brings, and what they can read. Loads no heavy library."""

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from functions.rapidocr.settings import RapidocrSettings

DETECTION = "PP-OCRv6_det_small.onnx"
RECOGNITION = "PP-OCRv6_rec_small.onnx"

#: Another number for every change of our own steps that changes what is read: pages are read afresh then.
_STEPS = b"2"
_CHANGE_WHAT_IS_READ = {"detection_side", "line_batch", "min_line_confidence"}

#: Languages by the letters and marks that they need beside a to z, all of which are in the recognition model's
#: dictionary. It lacks the low quotation marks (U+201E, U+201A) of German, and what Spanish opens exclamations with.
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


def folder() -> Path:
    """Raises ModuleNotFoundError without RapidOCR."""
    found = find_spec("rapidocr")
    if not found or not found.origin:
        raise ModuleNotFoundError("RapidOCR is not installed: install pagebus[rapidocr]", name="rapidocr")
    return Path(found.origin).parent / "models"


def named(models: Path, settings: RapidocrSettings) -> str:
    """The library and the models, as 3.10.0-PP-OCRv6-1a2b3c4d: other files, settings or steps are another version."""
    digest = hashlib.sha256(_STEPS)
    for name in (DETECTION, RECOGNITION):
        digest.update((models / name).read_bytes())
    digest.update(settings.model_dump_json(include=_CHANGE_WHAT_IS_READ).encode())
    return f"{version('rapidocr')}-PP-OCRv6-{digest.hexdigest()[:8]}"
