"""Detection of regions with Docling's layout model (an RT-DETR) on transformers. The module imports torch.

Docling's own package would install six gigabytes, and makes the same two calls of transformers.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from transformers import AutoImageProcessor, AutoModelForObjectDetection

from functions.reading.layout.xy_cut import split_spans
from functions.reading.reading import Box
from functions.surya.library import settings as surya_settings

T = TypeVar("T")

#: Surya's label for each label of Docling.
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
#: Docling itself uses this threshold for most labels.
_MIN_CONFIDENCE = 0.5
#: A region is nested if a larger region contains more than this share of its area, for example words in a picture.
_NESTED_SHARE = 0.8


class Region(NamedTuple):
    """A part of a page: its label in Surya's terms, and its box in pixels of the page."""

    label: str
    box: Box


class LayoutModel:
    """Docling's layout model, on the same device as the models of Surya."""

    def __init__(self, directory: Path) -> None:
        """Load the model. Raise OSError if the directory has no model."""
        self._processor = AutoImageProcessor.from_pretrained(directory, local_files_only=True)
        model = AutoModelForObjectDetection.from_pretrained(directory, local_files_only=True)
        self._model = model.to(surya_settings.TORCH_DEVICE_MODEL).eval()

    def __call__(self, images: Sequence[Any]) -> list[list[Region]]:
        """Return the regions of each page, in reading order."""
        inputs = self._processor(images=list(images), return_tensors="pt").to(self._model.device)
        with torch.inference_mode():
            outputs = self._model(**inputs)
        sizes = [(image.height, image.width) for image in images]
        pages = self._processor.post_process_object_detection(outputs, threshold=_MIN_CONFIDENCE, target_sizes=sizes)
        return [self._build_regions(page, image) for page, image in zip(pages, images, strict=True)]

    def _build_regions(self, page: Any, image: Any) -> list[Region]:
        regions = [
            Region(self._convert_label(int(label)), _clip_box(box, image.size))
            for label, box in zip(page["labels"], page["boxes"].tolist(), strict=True)
        ]
        return sort_by_xy_cut(drop_nested_regions(regions), lambda region: region.box)

    def _convert_label(self, number: int) -> str:
        name = self._model.config.id2label[number].lower().replace("-", "_").replace(" ", "_")
        return _LABELS.get(name, "Text")


def drop_nested_regions(regions: Sequence[Region]) -> list[Region]:
    """Return the regions by decreasing area, without empty regions and without regions inside larger regions."""
    outer: list[Region] = []
    for region in sorted(regions, key=lambda region: _compute_area(region.box), reverse=True):
        area = _compute_area(region.box)
        if area and all(_compute_overlap(region.box, other.box) <= _NESTED_SHARE * area for other in outer):
            outer.append(region)
    return outer


def sort_by_xy_cut(items: Sequence[T], get_box: Callable[[T], Box]) -> list[T]:
    """Return the items in reading order, by the recursive XY-cut.

    The page is cut at white space, first into rows and then each row into columns from left to right: G. Nagy and S.
    Seth, Hierarchical Representation of Optically Scanned Documents, ICPR 1984. Items that no cut separates are sorted
    from top to bottom.
    """
    for start, end in ((1, 3), (0, 2)):  # indexes in a box: top and bottom, left and right
        groups = split_spans((get_box(item)[start], get_box(item)[end], item) for item in items)
        if len(groups) > 1:
            return [item for group in groups for item in sort_by_xy_cut(group, get_box)]
    return sorted(items, key=lambda item: (get_box(item)[1], get_box(item)[0]))


def _clip_box(box: Iterable[float], size: tuple[int, int]) -> Box:
    left, top, right, bottom = map(round, box)
    width, height = size
    return max(0, left), max(0, top), min(width, right), min(height, bottom)


def _compute_area(box: Box) -> int:
    return max(0, box[2] - box[0]) * max(0, box[3] - box[1])


def _compute_overlap(box: Box, other: Box) -> int:
    left, top = max(box[0], other[0]), max(box[1], other[1])
    right, bottom = min(box[2], other[2]), min(box[3], other[3])
    return _compute_area((left, top, right, bottom))
