from functions.surya.regions import sort_by_xy_cut


def test_left_column_comes_before_the_right_one() -> None:
    title, footer = (0, 0, 100, 10), (0, 90, 100, 100)
    left, right = [(0, 20, 45, 40), (0, 45, 45, 80)], [(55, 25, 100, 60), (55, 65, 100, 80)]
    boxes = [right[1], footer, left[1], right[0], title, left[0]]
    assert sort_by_xy_cut(boxes, lambda box: box) == [title, *left, *right, footer]


def test_overlapping_boxes_are_sorted_from_top_to_bottom() -> None:
    boxes = [(10, 10, 60, 60), (0, 0, 50, 50)]
    assert sort_by_xy_cut(boxes, lambda box: box) == boxes[::-1]


def test_no_boxes_give_an_empty_list() -> None:
    assert sort_by_xy_cut([], lambda box: box) == []
