"""From gray pixels to lines of text, by RapidOCR's steps and ONNX Runtime. Importing it takes most of a start."""

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
from functions.rapidocr.library import (
    EngineType,
    ONNXRuntimeError,
    TextDetector,
    TextRecInput,
    TextRecognizer,
    get_rotate_crop_image,
)
from functions.rapidocr.models import DETECTION, RECOGNITION
from functions.rapidocr.places import Corners
from functions.rapidocr.settings import RapidocrSettings
from functions.rapidocr.window import Pixels, Quadrangles, window

logging.getLogger("RapidOCR").setLevel(logging.ERROR)  # it tells of every file that it opens

#: Taller than this many times its width, a line is taken for one that is read downwards; as in the crop's function.
_DOWNWARDS = 1.5
#: Colors, height and least width of a line's picture. RapidOCR's own 320 makes most of a short line padding: a tenth
#: of a page's seconds for no character.
_LINE_SHAPE = [3, 48, 160]

#: Windows are as large as they are to be.
_ANY_SIDE = 1 << 30


class EngineError(RuntimeError):
    """ONNX Runtime gave up on a page or a model."""


@dataclass(frozen=True)
class Found:
    """A line: its text, the confidence in each character, and the columns of the characters that are no spaces."""

    text: str
    confidences: list[float]
    columns: list[int]
    length: float
    corners: Corners

    @property
    def confidence(self) -> float:
        return sum(self.confidences) / len(self.confidences)


@dataclass
class Pipeline:
    """One for all threads: ONNX Runtime's sessions may run in several at a time, and the steps keep nothing."""

    models: Path
    settings: RapidocrSettings
    _detect: Any = field(init=False)
    _recognize: Any = field(init=False)

    def __post_init__(self) -> None:
        cv2.setNumThreads(self.settings.ort_threads)
        self._detect = TextDetector(
            _configured(
                self._session(DETECTION),
                limit_side_len=_ANY_SIDE,
                limit_type="max",
                mean=[0.5] * 3,
                std=[0.5] * 3,
                box_thresh=0.5,
                unclip_ratio=1.6,
            )
        )
        self._recognize = TextRecognizer(
            _configured(
                self._session(RECOGNITION),
                lang_type="ch",
                rec_batch_num=self.settings.line_batch,
                rec_img_shape=_LINE_SHAPE,
                font_path=None,
            )
        )

    def lines(self, image: Raster) -> tuple[list[Found], dict[str, float]]:
        """Lines in the order of RapidOCR, with the seconds of each step. Raises EngineError."""
        started = time.monotonic()
        gray = np.frombuffer(image.pixels, np.uint8).reshape(image.height, image.width)
        try:
            found = self._detected(gray)
            detected = time.monotonic()
            lines = [] if found is None else self._recognized(gray, found)
        except ONNXRuntimeError as error:
            raise EngineError("ONNX Runtime gave up on the page") from error
        return lines, {"detection": detected - started, "recognition": time.monotonic() - detected}

    def _detected(self, gray: Pixels) -> Quadrangles | None:
        looked_at = window(gray, self.settings.detection_side)
        found = self._detect(cv2.cvtColor(looked_at.pixels, cv2.COLOR_GRAY2RGB)).boxes
        return None if found is None else looked_at.on_page(found, gray)

    def _recognized(self, gray: Pixels, quadrangles: Quadrangles) -> list[Found]:
        crops = [cv2.cvtColor(get_rotate_crop_image(gray, corners), cv2.COLOR_GRAY2RGB) for corners in quadrangles]
        read = self._recognize(TextRecInput(img=crops, return_word_box=True))
        return [
            Found(text, seen.confs, [column for word in seen.word_cols for column in word], seen.line_txt_len, corners)
            for text, seen, corners in zip(read.txts, read.word_results, map(_as_read, quadrangles), strict=True)
            if text.strip()
        ]

    def _session(self, model: str) -> InferenceSession:
        options = SessionOptions()
        options.intra_op_num_threads = self.settings.ort_threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it keeps what the largest page needed, for ever
        try:
            return InferenceSession(self.models / model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # a family of classes that have nothing in common
            raise EngineError(f"ONNX Runtime cannot load {model}") from error


def _configured(session: InferenceSession, **settings: object) -> Any:
    """With a session of our own, RapidOCR has no reason to look for models, or to fetch them."""
    values = {"engine_type": EngineType.ONNXRUNTIME, "session": session, **settings}
    return OmegaConf.create(values, flags={"allow_objects": True})


def _as_read(quadrangle: Quadrangles) -> Corners:
    """From the corners of what stands on the page, clockwise from the top left."""
    a, b, c, d = ((float(x), float(y)) for x, y in quadrangle)
    width, height = np.linalg.norm(quadrangle[0] - quadrangle[1]), np.linalg.norm(quadrangle[0] - quadrangle[3])
    return Corners(b, c, d, a) if height >= _DOWNWARDS * width else Corners(a, b, c, d)
