"""What a recognized page says of its reading, the reading tells itself."""

import pytest

from events.page import PageRecognized
from functions.reading.reading import Reading
from tests.unit.engine.engine_fakes import reading


def test_every_field_that_a_page_has_from_its_reading_is_told_as_the_reading_has_it() -> None:
    read = reading("tesseract", 0.7, "Öl", languages=("deu", "eng"), engine_version="5")

    told = read.told(limit=3)

    assert told == {name: getattr(read, name) for name in told}
    # A reading's seconds are the engine's alone; a page's are more.
    assert told.keys() == (PageRecognized.model_fields.keys() & Reading.model_fields.keys()) - {"seconds"}


@pytest.mark.parametrize("limit", [0, 2])
def test_a_text_of_more_bytes_than_an_event_may_carry_is_not_told(limit: int) -> None:
    assert reading("tesseract", 0.7, "Öl").told(limit)["text"] is None
