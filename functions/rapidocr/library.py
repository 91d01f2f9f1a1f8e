"""Imports of the parts of RapidOCR that the engine uses, without RapidOCR's list of models.

RapidOCR parses that list, 85 KB of YAML, twice during its import. This takes half a second of CPU, more than loading
both models. The engine passes its own sessions to RapidOCR, so the list is not needed. The list also has the addresses
of the models. Without them, RapidOCR cannot download models.
"""

from typing import Any

from omegaconf import OmegaConf


def _load_empty_config(_: object) -> Any:
    return OmegaConf.create()


_original_load = OmegaConf.load
OmegaConf.load = _load_empty_config  # type: ignore[method-assign,assignment]  # replaced only during the imports below
try:
    from rapidocr.ch_ppocr_det import TextDetector
    from rapidocr.ch_ppocr_rec import TextRecInput, TextRecognizer
    from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError
    from rapidocr.utils.process_img import get_rotate_crop_image
    from rapidocr.utils.typings import EngineType
finally:
    OmegaConf.load = _original_load  # type: ignore[method-assign]  # the end of the replacement above

__all__ = ["EngineType", "ONNXRuntimeError", "TextDetector", "TextRecInput", "TextRecognizer", "get_rotate_crop_image"]
