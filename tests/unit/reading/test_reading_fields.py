"""Event fields that come from a reading."""

import pytest

from events.page import PageRecognized
from functions.reading.reading import Reading
from tests.unit.engine.engine_fakes import make_reading


def test_event_has_every_common_field_of_its_reading() -> None:
    read = make_reading("tesseract", 0.7, "Öl", languages=("deu", "eng"), engine_version="5")

    fields = read.as_event_fields(inline_text_bytes=3)

    assert fields == {name: getattr(read, name) for name in fields}
    # `seconds` differ: those of a reading are from one engine, those of an event are from all engines.
    assert fields.keys() == (PageRecognized.model_fields.keys() & Reading.model_fields.keys()) - {"seconds"}


@pytest.mark.parametrize("limit", [0, 2])
def test_text_above_the_limit_is_not_in_the_event(limit: int) -> None:
    assert make_reading("tesseract", 0.7, "Öl").as_event_fields(limit)["text"] is None
