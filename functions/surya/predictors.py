"""Surya's own predictors, with our model behind them. Imports torch.

They take for their manager whatever has `generate` and `capacity`; Surya's own would start a server.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from functions.engine.models.marks import unmarked
from functions.reading.boxes import around_points
from functions.reading.reading import Polygon
from functions.surya.blocks import Grid, polygon
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
from functions.surya.questions import Answer, Ask, Question
from functions.surya.regions import Layout, Region
from functions.surya.tags import printed

__all__ = ["Detector", "Layout", "Manager", "by_blocks", "by_regions", "grids", "whole_page"]

#: Tokens that a block may take of which nobody has an estimate.
_BLOCK_TOKENS = 4096


class Manager:
    """What the predictors ask about one page by; it keeps what was answered."""

    def __init__(self, ask: Ask, parallel: int) -> None:
        self._ask, self._parallel = ask, parallel
        self.answers: list[Answer] = []

    def generate(self, batch: list[Any]) -> list[Any]:
        """Raises what asking raises."""
        if not batch:
            return []
        with ThreadPoolExecutor(min(self._parallel, len(batch))) as threads:
            answers = list(threads.map(self._ask, map(_question, batch)))
        self.answers += answers
        return [_output(item, answer) for item, answer in zip(batch, answers, strict=True)]

    def capacity(self) -> int:
        return self._parallel

    @property
    def sure(self) -> bool:
        """Whether the probabilities of all answers are known."""
        return all(answer.probability is not None for answer in self.answers)


def whole_page(manager: Manager, picture: Any) -> list[Any]:
    """Surya's blocks by one answer; when it can make nothing of that, by the layout and a question per block."""
    return _in_order(RecognitionPredictor(manager)([picture]))


def by_blocks(manager: Manager, picture: Any) -> list[Any]:
    """Surya's blocks by the layout, each asked by itself."""
    return _in_order(RecognitionPredictor(manager)([picture], LayoutPredictor(manager)([picture]), full_page=False))


def by_regions(manager: Manager, picture: Any, regions: Sequence[Region]) -> list[Any]:
    """The blocks that another model has found, each asked by itself."""
    boxes = [
        LayoutBox(polygon=list(region.box), label=region.label, raw_label=region.label, position=n, count=_BLOCK_TOKENS)
        for n, region in enumerate(regions)
    ]
    layout = LayoutResult(bboxes=boxes, image_bbox=[0, 0, *picture.size])
    return _in_order(RecognitionPredictor(manager)([picture], [layout], full_page=False))


def grids(manager: Manager, picture: Any, tables: Sequence[Any]) -> Iterator[Grid]:
    """The grid of each of these blocks; an empty one where the model tells of none."""
    boxes = [around_points(polygon(table.polygon, picture.size)) for table in tables]
    for (left, top, _, _), found in zip(boxes, TableRecPredictor(manager)(list(map(picture.crop, boxes))), strict=True):
        cells = {
            (cell.row_id, cell.col_id): around_points(
                polygon([(x + left, y + top) for x, y in cell.polygon], picture.size)
            )
            for cell in found.cells
        }
        yield Grid(len(found.rows), len(found.cols), cells)


class Detector:
    """Surya's text detection: where lines are."""

    def __init__(self, directory: Path) -> None:
        """Raises OSError when there is no such model."""
        self._predictor = DetectionPredictor.local(checkpoint=str(directory))

    def __call__(self, pictures: Sequence[Any]) -> list[list[Polygon]]:
        """The lines of each page."""
        pages = self._predictor(list(pictures))
        return [
            [polygon(line.polygon, picture.size) for line in page.bboxes]
            for picture, page in zip(pictures, pages, strict=True)
        ]


def _in_order(pages: list[Any]) -> list[Any]:
    """Without what is drawn around a page that has nothing on it."""
    blocks = [block for block in pages[0].blocks if block.label != "BlankPage"]
    return sorted(blocks, key=lambda block: block.reading_order)


def _question(item: Any) -> Question:
    prompt = item.prompt or PROMPT_MAPPING[item.prompt_type]
    return Question(scale_to_fit(item.image), prompt, item.max_tokens, item.guided_json)


def _output(item: Any, answer: Answer) -> Any:
    """A page that was cut off is an error, whereupon Surya asks block by block."""
    return BatchOutputItem(
        raw=printed(unmarked(answer.text)),
        token_count=answer.tokens,
        error=answer.cut and item.prompt_type == PROMPT_TYPE_HIGH_ACCURACY_BBOX,
        mean_token_prob=answer.confidence,
        metadata=item.metadata,
    )
