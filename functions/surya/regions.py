"""A page's regions by Docling's layout model, RT-DETR, by transformers alone. Imports torch.

Docling's package would bring six gigabytes for the loop around the same two calls.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import AutoImageProcessor, AutoModelForObjectDetection

from functions.reading.reading import Box
from functions.surya.library import settings as library
from functions.surya.order import ordered

#: Docling's names, and Surya's for the same.
_LABELS = {
    "caption": "Caption",
    "footnote": "Footnote",
    "formula": "Equation",
    "list_item": "ListGroup",
    "page_footer": "PageFooter",
    "page_header": "PageHeader",
    "picture": "Picture",
    "section_header": "SectionHeader",
    "table": "Table",
    "title": "SectionHeader",
    "document_index": "TableOfContents",
    "code": "Code",
    "form": "Form",
    "key_value_region": "Form",
}
#: Docling keeps most kinds from here on.
_SURE = 0.5
#: A region is part of another one that holds so much of it, as the words of a picture are.
_INSIDE = 0.8


class Region(NamedTuple):
    """What it is, in Surya's words, and where: pixels of the page."""

    label: str
    box: Box


class Layout:
    """One model per process, on the device of the others."""

    def __init__(self, directory: Path) -> None:
        """Raises OSError when there is no such model."""
        self._processor = AutoImageProcessor.from_pretrained(directory, local_files_only=True)
        model = AutoModelForObjectDetection.from_pretrained(directory, local_files_only=True)
        self._model = model.to(library.TORCH_DEVICE_MODEL).eval()

    def __call__(self, pictures: Sequence[Any]) -> list[list[Region]]:
        """The regions of each page, in reading order."""
        inputs = self._processor(images=list(pictures), return_tensors="pt").to(self._model.device)
        with torch.inference_mode():
            outputs = self._model(**inputs)
        sizes = [(picture.height, picture.width) for picture in pictures]
        pages = self._processor.post_process_object_detection(outputs, threshold=_SURE, target_sizes=sizes)
        return [self._regions(page, picture) for page, picture in zip(pages, pictures, strict=True)]

    def _regions(self, page: Any, picture: Any) -> list[Region]:
        found = [
            Region(self._label(int(label)), _clipped(box, picture.size))
            for label, box in zip(page["labels"], page["boxes"].tolist(), strict=True)
        ]
        return ordered(outermost(found), lambda region: region.box)

    def _label(self, number: int) -> str:
        name = self._model.config.id2label[number].lower().replace("-", "_").replace(" ", "_")
        return _LABELS.get(name, "Text")


def outermost(regions: Sequence[Region]) -> list[Region]:
    """Without those that lie inside of larger ones, and without the empty ones."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda region: _area(region.box), reverse=True):
        area = _area(region.box)
        if area and all(_shared(region.box, other.box) <= _INSIDE * area for other in kept):
            kept.append(region)
    return kept


def _clipped(box: Iterable[float], size: tuple[int, int]) -> Box:
    left, top, right, bottom = map(round, box)
    width, height = size
    return max(0, left), max(0, top), min(width, right), min(height, bottom)


def _area(box: Box) -> int:
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def _shared(a: Box, b: Box) -> int:
    return _area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
