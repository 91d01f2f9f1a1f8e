"""Surya's predictors, which send their requests to the engine's model. The module imports torch.

PredictorManager replaces Surya's own manager, which would start a server. A predictor calls only the methods `generate`
and `capacity` of its manager.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from functions.engine.models.special_tokens import strip_special_tokens
from functions.reading.boxes import enclose_points
from functions.reading.reading import Polygon
from functions.surya.blocks import TableGrid, clip_polygon
from functions.surya.html import escape_unknown_tags
from functions.surya.inference import ModelRequest, ModelResponse, SendRequest
from functions.surya.library import (
    PROMPT_MAPPING,
    PROMPT_TYPE_HIGH_ACCURACY_BBOX,
    BatchOutputItem,
    DetectionPredictor,
    LayoutBox,
    LayoutPredictor,
    LayoutResult,
    RecognitionPredictor,
    TableRecPredictor,
    scale_to_fit,
)
from functions.surya.regions import LayoutModel, Region

__all__ = [
    "LayoutModel",
    "LineDetector",
    "PredictorManager",
    "read_blocks",
    "read_page",
    "read_regions",
    "read_table_grids",
]

#: Maximum number of tokens for a region of another layout model. Only Surya's layout estimates the number of tokens.
_MAX_BLOCK_TOKENS = 4096


class PredictorManager:
    """The manager that sends the requests of the predictors for one page, and stores all responses."""

    def __init__(self, send: SendRequest, parallel: int) -> None:
        self._send, self._parallel = send, parallel
        self.responses: list[ModelResponse] = []

    def generate(self, batch: list[Any]) -> list[Any]:
        """Send a batch of Surya's items and return Surya's output items, in order. Raise the errors of `send`."""
        if not batch:
            return []
        with ThreadPoolExecutor(min(self._parallel, len(batch))) as threads:
            responses = list(threads.map(self._send, map(_build_request, batch)))
        self.responses += responses
        return [_build_output(item, response) for item, response in zip(batch, responses, strict=True)]

    def capacity(self) -> int:
        """Return the number of requests that can be sent at the same time."""
        return self._parallel

    @property
    def has_probabilities(self) -> bool:
        """True if all responses so far have a probability."""
        return all(response.probability is not None for response in self.responses)


def read_page(manager: PredictorManager, image: Any) -> list[Any]:
    """Return Surya's blocks from one response for the whole page.

    If Surya cannot parse this response, it requests the layout and then a response per block.
    """
    return _sort_blocks(RecognitionPredictor(manager)([image]))


def read_blocks(manager: PredictorManager, image: Any) -> list[Any]:
    """Return Surya's blocks, from a layout by Surya and one response per block."""
    return _sort_blocks(RecognitionPredictor(manager)([image], LayoutPredictor(manager)([image]), full_page=False))


def read_regions(manager: PredictorManager, image: Any, regions: Sequence[Region]) -> list[Any]:
    """Return Surya's blocks for regions of another layout model, from one response per region."""
    boxes = [
        LayoutBox(
            polygon=list(region.box),
            label=region.label,
            raw_label=region.label,
            position=position,
            count=_MAX_BLOCK_TOKENS,
        )
        for position, region in enumerate(regions)
    ]
    layout = LayoutResult(bboxes=boxes, image_bbox=[0, 0, *image.size])
    return _sort_blocks(RecognitionPredictor(manager)([image], [layout], full_page=False))


def read_table_grids(manager: PredictorManager, image: Any, tables: Sequence[Any]) -> Iterator[TableGrid]:
    """Yield the grid of each table. `tables` are Surya's blocks. A grid is empty if the model detects no rows."""
    boxes = [enclose_points(clip_polygon(table.polygon, image.size)) for table in tables]
    results = TableRecPredictor(manager)(list(map(image.crop, boxes)))
    for (left, top, _, _), table in zip(boxes, results, strict=True):
        cells = {
            (cell.row_id, cell.col_id): enclose_points(
                clip_polygon([(x + left, y + top) for x, y in cell.polygon], image.size)
            )
            for cell in table.cells
        }
        yield TableGrid(len(table.rows), len(table.cols), cells)


class LineDetector:
    """Surya's text detection model, which locates lines."""

    def __init__(self, directory: Path) -> None:
        """Load the model. Raise OSError if the directory has no model."""
        self._predictor = DetectionPredictor.local(checkpoint=str(directory))

    def __call__(self, images: Sequence[Any]) -> list[list[Polygon]]:
        """Return the polygons of the lines of each page, in pixels."""
        pages = self._predictor(list(images))
        return [
            [clip_polygon(line.polygon, image.size) for line in page.bboxes]
            for image, page in zip(images, pages, strict=True)
        ]


def _sort_blocks(pages: list[Any]) -> list[Any]:
    """Return the blocks of the first page in reading order, without Surya's marker of a blank page."""
    blocks = [block for block in pages[0].blocks if block.label != "BlankPage"]
    return sorted(blocks, key=lambda block: block.reading_order)


def _build_request(item: Any) -> ModelRequest:
    prompt = item.prompt or PROMPT_MAPPING[item.prompt_type]
    return ModelRequest(scale_to_fit(item.image), prompt, item.max_tokens, item.guided_json)


def _build_output(item: Any, response: ModelResponse) -> Any:
    """Return Surya's output item. Set `error` if the text of a whole page is cut off: Surya then reads it by blocks."""
    return BatchOutputItem(
        raw=escape_unknown_tags(strip_special_tokens(response.text)),
        token_count=response.token_count,
        error=response.is_cut_off and item.prompt_type == PROMPT_TYPE_HIGH_ACCURACY_BBOX,
        mean_token_prob=response.confidence,
        metadata=item.metadata,
    )
