"""The parts of RapidOCR that are used, without its list of all models there are.

RapidOCR parses that list, 85 KB of YAML, twice when it is imported: half a second of CPU, more than both models take to
load. Ours come as sessions that are open already; and what knows no address has nothing to fetch.
"""

from typing import Any

from omegaconf import OmegaConf


def _nothing(_: object) -> Any:
    return OmegaConf.create()


_load = OmegaConf.load
OmegaConf.load = _nothing  # type: ignore[method-assign,assignment]  # for the imports below
try:
    from rapidocr.ch_ppocr_det import TextDetector
    from rapidocr.ch_ppocr_rec import TextRecInput, TextRecognizer
    from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError
    from rapidocr.utils.process_img import get_rotate_crop_image
    from rapidocr.utils.typings import EngineType
finally:
    OmegaConf.load = _load  # type: ignore[method-assign]  # as it was

__all__ = ["EngineType", "ONNXRuntimeError", "TextDetector", "TextRecInput", "TextRecognizer", "get_rotate_crop_image"]
