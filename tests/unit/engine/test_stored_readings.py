"""A page is read once per tenant, even if it comes under several keys or in several documents."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from events.page import PageRecognized
from functions.engine.engine import Engine
from functions.engine.handler import handle_page_request
from functions.engine.reader import Raster, Reading
from functions.engine.routing.calibration import Calibration, Curve, SignalWeight
from functions.engine.settings import EngineSettings
from functions.reading.store import ReadingStore
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import FakePageSource, FakeReader, make_request

BUCKET = "pagebus-results"


class SharedStore:
    """A results bucket that several engines share."""

    def __init__(self) -> None:
        self.readings = ReadingStore(MemoryStorage(), BUCKET)

    def read(
        self,
        reader: FakeReader,
        pages: FakePageSource | None = None,
        calibration: Calibration | None = None,
        **fields: Any,
    ) -> PageRecognized:
        page_source = (pages or FakePageSource()).as_page_source()
        engine = Engine.from_reader(reader, page_source)
        if calibration:
            engine = replace(engine, calibration=calibration)
        (event,) = handle_page_request(
            make_request(**fields), engine=engine, readings=self.readings, inline_text_bytes=1000
        )
        assert isinstance(event, PageRecognized)
        return event


@pytest.fixture
def store() -> SharedStore:
    return SharedStore()


def test_same_document_under_two_keys_is_read_once(store: SharedStore) -> None:
    reader = FakeReader()
    first = store.read(reader, document=UUID(int=1), key="in/acme/a.pdf")
    second = store.read(reader, document=UUID(int=2), key="in/acme/copies/b.pdf")

    assert reader.read_count == 1
    assert (first.text, first.dataref) == (second.text, second.dataref)
    assert first.document != second.document


def test_same_document_of_two_tenants_is_read_twice(store: SharedStore) -> None:
    reader = FakeReader()
    datarefs = {store.read(reader, tenant=tenant, key=f"in/{tenant}/a.pdf").dataref for tenant in ("acme", "other")}

    assert reader.read_count == len(datarefs) == 2


def test_second_replica_uses_the_stored_reading(store: SharedStore) -> None:
    store.read(FakeReader())
    second = FakeReader()
    store.read(second)

    assert second.read_count == 0


class ReaderWithFormatting(FakeReader):
    """The same engine with another output setting, which its version names."""

    version = "5-formatted"


@pytest.mark.parametrize(("reader", "fields"), [(ReaderWithFormatting(), {}), (FakeReader(), {"run": 1})])
def test_new_version_or_run_reads_the_page_again(
    store: SharedStore, reader: FakeReader, fields: dict[str, Any]
) -> None:
    store.read(FakeReader())
    store.read(reader, **fields)

    assert reader.read_count == 1


def test_other_render_settings_make_another_version(store: SharedStore) -> None:
    reader = FakeReader()
    standard = store.read(reader)
    finer = store.read(reader, FakePageSource(rendering_version="-600dpi"))
    repeated = store.read(reader, FakePageSource(rendering_version="-600dpi"))

    assert reader.read_count == 2
    assert (standard.engine_version, finer.engine_version) == ("5", "5-600dpi")
    assert finer.dataref == repeated.dataref != standard.dataref


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
def test_version_names_only_unusual_render_settings(settings: dict[str, Any], rendering: str) -> None:
    assert EngineSettings(kafka_bootstrap_servers="127.0.0.1:9", **settings).rendering_version == rendering


class ReaderWithSignals(FakeReader):
    """A reader that returns the signal that the calibration needs."""

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        return super().read(image, languages).model_copy(update={"signals": {"sure": 0.5}})


def test_stored_reading_gets_the_confidence_of_a_new_calibration(store: SharedStore) -> None:
    reader = ReaderWithSignals(0.9)
    weight = SignalWeight(weight=1.0, mean=0.5, deviation=1.0, minimum=0.0, maximum=1.0)
    new_calibration = Calibration(source="other pages", after_reading=Curve(intercept=0.0, weights={"sure": weight}))
    before, after = (store.read(reader, calibration=calibration) for calibration in (None, new_calibration))

    assert reader.read_count == 1
    assert (before.confidence, after.confidence) == (0.9, 0.5)
    assert after.text == before.text
