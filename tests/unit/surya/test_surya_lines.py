from functions.reading.reading import Block, Box, Polygon
from functions.surya.blocks import assign_lines


def to_polygon(box: Box) -> Polygon:
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)


UPPER = Block(text="eins\nzwei", box=(0, 0, 100, 100))
LOWER = Block(text="ein ganzer Absatz", box=(0, 100, 100, 200))


def test_lines_are_sorted_by_block_and_from_top_to_bottom() -> None:
    boxes = [(0, 110, 90, 130), (0, 50, 90, 70), (0, 10, 90, 30)]
    lines, blocks = assign_lines(map(to_polygon, boxes), [UPPER, LOWER])
    assert [line.box for line in lines] == [boxes[2], boxes[1], boxes[0]]
    assert [block.lines for block in blocks] == [(0, 1), (2,)]


def test_line_has_text_if_its_block_has_as_many_lines() -> None:
    lines, _ = assign_lines([to_polygon((0, 10, 90, 30)), to_polygon((0, 50, 90, 70))], [UPPER, LOWER])
    assert [line.text for line in lines] == ["eins", "zwei"]


def test_line_of_a_paragraph_without_line_breaks_has_no_text() -> None:
    lines, _ = assign_lines([to_polygon((0, 110, 90, 130)), to_polygon((0, 150, 90, 170))], [UPPER, LOWER])
    assert [(line.text, line.confidence, line.words) for line in lines] == [("", None, ())] * 2


def test_line_outside_all_blocks_comes_last() -> None:
    lines, blocks = assign_lines([to_polygon((0, 300, 90, 320)), to_polygon((0, 10, 90, 30))], [UPPER])
    assert [line.box[1] for line in lines] == [10, 300]
    assert blocks[0].lines == (0,)
