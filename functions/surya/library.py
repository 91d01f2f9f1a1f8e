"""Imports of the parts of Surya that the engine uses.

The imports take seconds: they load torch. During them, Surya reads its environment variables.
"""

import warnings

with warnings.catch_warnings():
    # Surya's settings use the syntax of an older pydantic, which causes a warning at each start.
    warnings.filterwarnings("ignore", "Support for class-based", DeprecationWarning)
    from surya.settings import settings

from surya.detection import DetectionPredictor
from surya.inference.prompts import PROMPT_MAPPING, PROMPT_TYPE_HIGH_ACCURACY_BBOX
from surya.inference.schema import BatchOutputItem
from surya.inference.util import scale_to_fit
from surya.layout import LayoutPredictor
from surya.layout.schema import LayoutBox, LayoutResult
from surya.recognition import RecognitionPredictor
from surya.table_rec import TableRecPredictor

__all__ = [
    "PROMPT_MAPPING",
    "PROMPT_TYPE_HIGH_ACCURACY_BBOX",
    "BatchOutputItem",
    "DetectionPredictor",
    "LayoutBox",
    "LayoutPredictor",
    "LayoutResult",
    "RecognitionPredictor",
    "TableRecPredictor",
    "scale_to_fit",
    "settings",
]
