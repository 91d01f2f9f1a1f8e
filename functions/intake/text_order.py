"""The reading order of a text layer. A PDF can store its text in any order."""

from dataclasses import dataclass

from functions.documents.model import PageSize, PositionedText, TextLayer
from functions.documents.text_positions import POSITIONS_INCOMPLETE, TOO_MUCH_TEXT, count_characters
from functions.reading.boxes import enclose_boxes
from functions.reading.layout.analysis import analyze_layout
from functions.reading.reading import Block, Box, Line, Word

#: Layout analysis works on whole numbers. Whole points are too coarse to distinguish a space from a gap between
#: columns, so positions in points are multiplied by this factor.
_SCALE = 16


@dataclass(frozen=True)
class OrderedText:
    """The text of a page in reading order, with lines and blocks in points.

    If the order of the PDF is kept, `why` gives the reason, and `lines` and `blocks` are empty.
    """

    text: str
    lines: tuple[Line, ...] = ()
    blocks: tuple[Block, ...] = ()
    why: str = ""


def order_text(layer: TextLayer, size: PageSize, *, max_words: int) -> OrderedText:
    """Return the text of the layer in reading order.

    Except for white space, the result has exactly the characters of the layer. The order of the PDF is kept if
    positions are missing, if the page has more than `max_words` words, or if layout analysis loses or adds a character.
    """
    if not layer.lines:
        return OrderedText(layer.text, why=layer.missing_positions_reason)
    if sum(map(len, layer.lines)) > max_words:
        return OrderedText(layer.text, why=TOO_MUCH_TEXT)
    lines = [_to_scaled_line(words) for words in layer.lines]
    layout = analyze_layout(lines, width=round(size.width * _SCALE), height=round(size.height * _SCALE))
    if count_characters(layout.text) != count_characters(layer.text):
        return OrderedText(layer.text, why=POSITIONS_INCOMPLETE)
    return OrderedText(
        layout.text, tuple(map(_to_line_in_points, layout.lines)), tuple(map(_to_block_in_points, layout.blocks))
    )


def _to_scaled_line(words: tuple[PositionedText, ...]) -> Line:
    first_word, *next_words = words
    text = first_word.text + "".join(word.text if word.no_space_before else f" {word.text}" for word in next_words)
    scaled_words = tuple(Word(text=word.text, box=_to_scaled_box(word)) for word in words)
    return Line(text=text, box=enclose_boxes(word.box for word in scaled_words), words=scaled_words)


def _to_scaled_box(word: PositionedText) -> Box:
    return round(word.left * _SCALE), round(word.top * _SCALE), round(word.right * _SCALE), round(word.bottom * _SCALE)


def _to_line_in_points(line: Line) -> Line:
    words = tuple(Word(text=word.text, box=_to_box_in_points(word.box)) for word in line.words)
    return line.model_copy(update={"box": _to_box_in_points(line.box), "words": words})


def _to_block_in_points(block: Block) -> Block:
    cells = tuple(cell.model_copy(update={"box": cell.box and _to_box_in_points(cell.box)}) for cell in block.cells)
    return block.model_copy(update={"box": block.box and _to_box_in_points(block.box), "cells": cells})


def _to_box_in_points(box: Box) -> Box:
    """Return the smallest box in whole points that contains the scaled box."""
    left, top, right, bottom = box
    return left // _SCALE, top // _SCALE, -(-right // _SCALE), -(-bottom // _SCALE)
