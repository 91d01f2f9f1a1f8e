"""The output of DeepSeek-OCR is parsed into blocks with boxes."""

from functions.deepseek.grounding import parse_output
from functions.reading.reading import BlockKind


def format_part(label: str, places: str, markdown: str) -> str:
    return f"<|ref|>{label}<|/ref|><|det|>{places}<|/det|>\n{markdown}\n\n"


def test_parts_become_blocks_with_boxes_in_pixels() -> None:
    written = format_part("title", "[[0, 0, 999, 100]]", "# Größe") + format_part(
        "text", "[[100, 200, 500, 300]]", "5 **Maß** Öl"
    )
    content = parse_output(written, 1998, 999)
    assert [(block.kind, block.text, block.box) for block in content.blocks] == [
        (BlockKind.HEADING, "Größe", (0, 0, 1998, 100)),
        (BlockKind.TEXT, "5 Maß Öl", (200, 200, 1000, 300)),
    ]
    assert content.text == "Größe\n\n5 Maß Öl"
    assert content.markdown == "# Größe\n\n5 **Maß** Öl"


def test_table_row_becomes_a_line_with_tabs() -> None:
    html = "<table><tr><th>Menge</th><th>Preis</th></tr><tr><td>5</td><td>12,50 €</td></tr></table>"
    (table,) = parse_output(format_part("table", "[[1, 1, 9, 9]]", html), 100, 100).blocks
    assert (table.kind, table.text) == (BlockKind.TABLE, "Menge\tPreis\n5\t12,50 €")


def test_picture_has_a_box_and_no_text() -> None:
    content = parse_output(
        format_part("image", "[[0, 0, 500, 500]]", "") + format_part("text", "[[0, 600, 9, 700]]", "Öl"), 999, 999
    )
    assert [(block.kind, block.text) for block in content.blocks] == [(BlockKind.PICTURE, ""), (BlockKind.TEXT, "Öl")]
    assert content.text == "Öl"


def test_part_with_several_boxes_gets_one_around_them() -> None:
    (block,) = parse_output(format_part("text", "[[10, 10, 20, 20], [30, 5, 40, 15]]", "Öl"), 999, 999).blocks
    assert block.box == (10, 5, 40, 20)


def test_part_with_invalid_coordinates_has_no_box() -> None:
    for places in ("[[20, 20, 10, 10]]", "[[0, 0, 5000, 10]]", "[[a]]", ""):
        (block,) = parse_output(format_part("text", places, "Öl"), 999, 999).blocks
        assert (block.text, block.box) == ("Öl", None)


def test_unknown_label_is_text() -> None:
    (block,) = parse_output(format_part("stamp", "[[0, 0, 9, 9]]", "Öl"), 999, 999).blocks
    assert block.kind == BlockKind.TEXT


def test_output_without_coordinates_has_text_and_no_blocks() -> None:
    content = parse_output("# Rechnung\n\nNr. 4711", 999, 999)
    assert (content.text, content.markdown, content.blocks) == ("Rechnung\n\nNr. 4711", "# Rechnung\n\nNr. 4711", ())


def test_text_before_the_first_part_is_kept() -> None:
    content = parse_output("Maß\n" + format_part("text", "[[0, 0, 9, 9]]", "Öl"), 999, 999)
    assert content.text == "Maß\n\nÖl"


def test_comparison_signs_are_not_tokens() -> None:
    assert parse_output("a < b und c > d", 9, 9).text == "a < b und c > d"


def test_printed_tags_stay_in_the_text() -> None:
    printed = "Das Element <box> 12 345 steht in <image>"
    assert parse_output(printed, 100, 100).text == printed
    assert parse_output("<center>H<sub>2</sub>O<br/></center>", 100, 100).text == "H2O"
