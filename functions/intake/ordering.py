"""The text that a page brings along, in the order in which it is read: a PDF holds it in any."""

from dataclasses import dataclass

from functions.documents.model import Placed, Size, TextLayer
from functions.documents.placing import NOT_ALL, TOO_MUCH, letters
from functions.reading.boxes import around
from functions.reading.layout.arranging import arrange
from functions.reading.reading import Block, Box, Line, Word

#: A point is too coarse to tell a space from a gap between columns, so that order is found on a page so many times as
#: large.
_FINE = 16


@dataclass(frozen=True)
class Ordered:
    """Text in reading order, with lines and blocks in points; or in the PDF's own order, without them, and `why`."""

    text: str
    lines: tuple[Line, ...] = ()
    blocks: tuple[Block, ...] = ()
    why: str = ""


def ordered(layer: TextLayer, size: Size, *, most_words: int) -> Ordered:
    """The layer's text, all of it and no more; in the PDF's own order where there are more words than that."""
    if not layer.lines:
        return Ordered(layer.text, why=layer.unplaced)
    if sum(map(len, layer.lines)) > most_words:
        return Ordered(layer.text, why=TOO_MUCH)
    lines = [_line(words) for words in layer.lines]
    found = arrange(lines, width=round(size.width * _FINE), height=round(size.height * _FINE))
    if letters(found.text) != letters(layer.text):
        return Ordered(layer.text, why=NOT_ALL)
    return Ordered(found.text, tuple(map(_coarse, found.lines)), tuple(map(_coarse_block, found.blocks)))


def _line(words: tuple[Placed, ...]) -> Line:
    text = words[0].text + "".join(word.text if word.glued else f" {word.text}" for word in words[1:])
    fine = tuple(Word(text=word.text, box=_fine(word)) for word in words)
    return Line(text=text, box=around(word.box for word in fine), words=fine)


def _fine(word: Placed) -> Box:
    return round(word.left * _FINE), round(word.top * _FINE), round(word.right * _FINE), round(word.bottom * _FINE)


def _coarse(line: Line) -> Line:
    words = tuple(Word(text=word.text, box=_points(word.box)) for word in line.words)
    return line.model_copy(update={"box": _points(line.box), "words": words})


def _coarse_block(block: Block) -> Block:
    cells = tuple(cell.model_copy(update={"box": cell.box and _points(cell.box)}) for cell in block.cells)
    return block.model_copy(update={"box": block.box and _points(block.box), "cells": cells})


def _points(box: Box) -> Box:
    """All that it touches."""
    left, top, right, bottom = box
    return left // _FINE, top // _FINE, -(-right // _FINE), -(-bottom // _FINE)
