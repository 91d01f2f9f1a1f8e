"""Recognition of text lines on a gray image, with RapidOCR's steps on ONNX Runtime.

The import of this module takes most of the engine's start time.
"""

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from omegaconf import OmegaConf
from onnxruntime import InferenceSession, SessionOptions

from functions.engine.reader import Raster
from functions.rapidocr.coordinates import Corners
from functions.rapidocr.library import (
    EngineType,
    ONNXRuntimeError,
    TextDetector,
    TextRecInput,
    TextRecognizer,
    get_rotate_crop_image,
)
from functions.rapidocr.models import DETECTION_MODEL, RECOGNITION_MODEL
from functions.rapidocr.settings import RapidocrSettings
from functions.rapidocr.window import Pixels, Quadrangles, crop_to_ink

logging.getLogger("RapidOCR").setLevel(logging.ERROR)  # RapidOCR logs each file that it opens

#: A line higher than this many times its width is read downwards. `get_rotate_crop_image` has the same limit.
_VERTICAL_RATIO = 1.5
#: Channels, height and minimum width of a line's image. RapidOCR's default width, 320, adds padding to short lines,
#: which costs a tenth of the time of a page and corrects no character.
_LINE_SHAPE = [3, 48, 160]
#: A limit that no image reaches. The detection window has its final size already, so RapidOCR must not scale it.
_UNLIMITED_SIDE = 1 << 30


class EngineError(RuntimeError):
    """An error of ONNX Runtime on a page or a model."""


@dataclass(frozen=True)
class RecognizedLine:
    """A text line, with the confidence of each character.

    `char_columns` has the column of each character that is no space. The recognition model divides the line into
    `column_count` columns.
    """

    text: str
    confidences: list[float]
    char_columns: list[int]
    column_count: float
    corners: Corners

    @property
    def confidence(self) -> float:
        """The mean confidence of the characters, from 0 to 1."""
        return sum(self.confidences) / len(self.confidences)


@dataclass
class Pipeline:
    """Text detection and recognition for all threads. ONNX Runtime's sessions can run in several threads at once."""

    models: Path
    settings: RapidocrSettings
    _detect: Any = field(init=False)
    _recognize: Any = field(init=False)

    def __post_init__(self) -> None:
        cv2.setNumThreads(self.settings.ort_threads)
        self._detect = TextDetector(
            _build_config(
                self._open_session(DETECTION_MODEL),
                limit_side_len=_UNLIMITED_SIDE,
                limit_type="max",
                mean=[0.5] * 3,
                std=[0.5] * 3,
                box_thresh=0.5,
                unclip_ratio=1.6,
            )
        )
        self._recognize = TextRecognizer(
            _build_config(
                self._open_session(RECOGNITION_MODEL),
                lang_type="ch",
                rec_batch_num=self.settings.line_batch,
                rec_img_shape=_LINE_SHAPE,
                font_path=None,
            )
        )

    def recognize_lines(self, image: Raster) -> tuple[list[RecognizedLine], dict[str, float]]:
        """Return the lines in RapidOCR's order, and the seconds of each step. Raise EngineError."""
        started = time.monotonic()
        gray = np.frombuffer(image.pixels, np.uint8).reshape(image.height, image.width)
        try:
            quadrangles = self._detect_lines(gray)
            detected = time.monotonic()
            lines = [] if quadrangles is None else self._read_lines(gray, quadrangles)
        except ONNXRuntimeError as error:
            raise EngineError("ONNX Runtime failed on the page") from error
        return lines, {"detection": detected - started, "recognition": time.monotonic() - detected}

    def _detect_lines(self, gray: Pixels) -> Quadrangles | None:
        window = crop_to_ink(gray, self.settings.detection_side)
        quadrangles = self._detect(cv2.cvtColor(window.pixels, cv2.COLOR_GRAY2RGB)).boxes
        return None if quadrangles is None else window.map_to_page(quadrangles, gray)

    def _read_lines(self, gray: Pixels, quadrangles: Quadrangles) -> list[RecognizedLine]:
        crops = [cv2.cvtColor(get_rotate_crop_image(gray, corners), cv2.COLOR_GRAY2RGB) for corners in quadrangles]
        output = self._recognize(TextRecInput(img=crops, return_word_box=True))
        return [
            RecognizedLine(
                text,
                words.confs,
                [column for columns in words.word_cols for column in columns],
                words.line_txt_len,
                corners,
            )
            for text, words, corners in zip(
                output.txts, output.word_results, map(_order_corners, quadrangles), strict=True
            )
            if text.strip()
        ]

    def _open_session(self, model: str) -> InferenceSession:
        options = SessionOptions()
        options.intra_op_num_threads = self.settings.ort_threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # an arena never releases the memory that the largest page needed
        try:
            return InferenceSession(self.models / model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no common base class
            raise EngineError(f"ONNX Runtime cannot load {model}") from error


def _build_config(session: InferenceSession, **settings: object) -> Any:
    """Return a configuration for RapidOCR. It contains a session, so RapidOCR does not search or download a model."""
    values = {"engine_type": EngineType.ONNXRUNTIME, "session": session, **settings}
    return OmegaConf.create(values, flags={"allow_objects": True})


def _order_corners(quadrangle: Quadrangles) -> Corners:
    """Return the corners in reading direction. `quadrangle` starts at the top left on the page and goes clockwise."""
    top_left, top_right, bottom_right, bottom_left = ((float(x), float(y)) for x, y in quadrangle)
    width, height = np.linalg.norm(quadrangle[0] - quadrangle[1]), np.linalg.norm(quadrangle[0] - quadrangle[3])
    if height >= _VERTICAL_RATIO * width:
        return Corners(top_right, bottom_right, bottom_left, top_left)
    return Corners(top_left, top_right, bottom_right, bottom_left)
