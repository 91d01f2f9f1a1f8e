from functions.reading.reading import Block, Box, Polygon
from functions.surya.lines import placed


def at(box: Box) -> Polygon:
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)


UPPER = Block(text="eins\nzwei", box=(0, 0, 100, 100))
LOWER = Block(text="ein ganzer Absatz", box=(0, 100, 100, 200))


def test_lines_stand_in_the_order_of_their_blocks_and_there_from_top_to_bottom() -> None:
    boxes = [(0, 110, 90, 130), (0, 50, 90, 70), (0, 10, 90, 30)]
    lines, blocks = placed(map(at, boxes), [UPPER, LOWER])
    assert [line.box for line in lines] == [boxes[2], boxes[1], boxes[0]]
    assert [block.lines for block in blocks] == [(0, 1), (2,)]


def test_a_line_has_its_text_where_its_block_has_as_many_lines() -> None:
    lines, _ = placed([at((0, 10, 90, 30)), at((0, 50, 90, 70))], [UPPER, LOWER])
    assert [line.text for line in lines] == ["eins", "zwei"]


def test_nobody_invents_which_words_of_a_paragraph_stand_on_a_line() -> None:
    lines, _ = placed([at((0, 110, 90, 130)), at((0, 150, 90, 170))], [UPPER, LOWER])
    assert [(line.text, line.confidence, line.words) for line in lines] == [("", None, ())] * 2


def test_a_line_outside_of_all_blocks_comes_last_and_is_nobodys() -> None:
    lines, blocks = placed([at((0, 300, 90, 320)), at((0, 10, 90, 30))], [UPPER])
    assert [line.box[1] for line in lines] == [10, 300]
    assert blocks[0].lines == (0,)
