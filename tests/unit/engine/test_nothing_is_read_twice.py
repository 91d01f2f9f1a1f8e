"""A page is read once for a tenant, by whatever names and in however many documents it comes."""

from typing import Any
from uuid import UUID

import pytest

from events.page import PageRecognized
from functions.engine.attempt import Attempts
from functions.engine.handler import handle
from functions.engine.reader import Raster, Reading
from functions.engine.routing.calibration import Calibration, Curve, Weight
from functions.engine.settings import EngineSettings
from functions.reading.store import Readings
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import FakePages, FakeReader, request

BUCKET = "pagebus-results"


class Shelf:
    """One results bucket, and engines that come and go."""

    def __init__(self) -> None:
        self.readings = Readings(MemoryStorage(), BUCKET)

    def read(self, reader: FakeReader, pages: FakePages | None = None, **others: Any) -> PageRecognized:
        seen = (pages or FakePages()).typed()
        (said,) = handle(request(**others), reader=reader, pages=seen, readings=self.readings, inline_text_bytes=1000)
        assert isinstance(said, PageRecognized)
        return said


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_the_same_bytes_under_two_keys_of_a_tenant_are_read_once(shelf: Shelf) -> None:
    reader = FakeReader()
    first = shelf.read(reader, document=UUID(int=1), key="in/acme/a.pdf")
    second = shelf.read(reader, document=UUID(int=2), key="in/acme/copies/b.pdf")

    assert reader.read_pages == 1
    assert (first.text, first.dataref) == (second.text, second.dataref)
    assert first.document != second.document


def test_the_same_bytes_of_two_tenants_are_read_twice(shelf: Shelf) -> None:
    reader = FakeReader()
    datarefs = {shelf.read(reader, tenant=tenant, key=f"in/{tenant}/a.pdf").dataref for tenant in ("acme", "other")}

    assert reader.read_pages == len(datarefs) == 2


def test_another_replica_of_the_engine_reads_nothing_again(shelf: Shelf) -> None:
    shelf.read(FakeReader())
    late = FakeReader()
    shelf.read(late)

    assert late.read_pages == 0


class Formatted(FakeReader):
    """The same engine with another setting that changes what it says: its version tells."""

    version = "5-formatted"


@pytest.mark.parametrize(("reader", "others"), [(Formatted(), {}), (FakeReader(), {"run": 1})])
def test_what_an_engine_would_say_differently_is_read_again(
    shelf: Shelf, reader: FakeReader, others: dict[str, Any]
) -> None:
    shelf.read(FakeReader())
    shelf.read(reader, **others)

    assert reader.read_pages == 1


def test_a_page_that_is_rendered_differently_is_read_again_under_another_version(shelf: Shelf) -> None:
    reader = FakeReader()
    usual = shelf.read(reader)
    finer = shelf.read(reader, FakePages(rendering="-600dpi"))
    again = shelf.read(reader, FakePages(rendering="-600dpi"))

    assert reader.read_pages == 2
    assert (usual.engine_version, finer.engine_version) == ("5", "5-600dpi")
    assert finer.dataref == again.dataref != usual.dataref


@pytest.mark.parametrize(
    ("settings", "rendering"),
    [
        ({}, ""),
        ({"render_dpi": 600}, "-600dpi"),
        ({"max_page_pixels": 4_000_000}, "-4000000px"),
        ({"render_dpi": 150, "max_page_pixels": 4_000_000}, "-150dpi-4000000px"),
        ({"max_image_pixels": 50_000_000, "cache_bytes": 1}, ""),
    ],
)
def test_settings_that_change_a_pages_pixels_are_in_the_version_and_the_usual_ones_are_not(
    settings: dict[str, Any], rendering: str
) -> None:
    assert EngineSettings(kafka_bootstrap_servers="127.0.0.1:9", **settings).rendering == rendering


class Judged(FakeReader):
    """Says what a table asks for."""

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        return super().read(image, languages).model_copy(update={"signals": {"sure": 0.5}})


def test_what_was_read_before_a_new_table_is_found_and_as_sure_as_that_one_says(shelf: Shelf) -> None:
    reader = Judged(0.9)
    weight = Weight(weight=1.0, mean=0.5, deviation=1.0, least=0.0, most=1.0)
    table = Calibration(made_from="other pages", read=Curve(intercept=0.0, weights={"sure": weight}))
    before, after = (
        Attempts(reader, one, FakePages().typed(), shelf.readings).at(request()).reading for one in (None, table)
    )

    assert reader.read_pages == 1
    assert (before.confidence, after.confidence) == (0.9, 0.5)
    assert after.text == before.text
