import pytest

from functions.engine.reader import Raster, confidence_in_no_text
from functions.reading.store import Readings
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import SHA256, reading, request

BUCKET = "pagebus-results"


def test_a_reading_lies_under_its_tenant_document_page_engine_and_languages() -> None:
    storage = MemoryStorage()
    found = reading("tesseract", 0.9, "Öl", engine_version="5.5.4-fast1", languages=("deu", "eng"))
    readings = Readings(storage, BUCKET)
    readings.keep(request(), found)
    name = f"readings/acme/{SHA256}/2/tesseract-5.5.4-fast1-deu+eng.json"
    assert list(storage.objects) == [(BUCKET, name)]
    assert readings.reference(request(), found).dataref == f"s3://{BUCKET}/{name}"


def test_a_kept_reading_comes_back_whole() -> None:
    readings = Readings(MemoryStorage(), BUCKET)
    found = reading("tesseract", 0.9, "Größe\n12,50 €")
    assert readings.keep(request(), found) == found
    assert readings.find(request(), "tesseract", "1") == found
    assert readings.behind(request(), readings.reference(request(), found)) == found


def test_a_reading_behind_an_event_is_as_sure_as_the_event_says() -> None:
    readings = Readings(MemoryStorage(), BUCKET)
    found = reading("tesseract", 0.9, "Öl")
    readings.keep(request(), found)
    surer = readings.reference(request(), found).model_copy(update={"confidence": 0.95})
    behind = readings.behind(request(), surer)
    assert behind == found.model_copy(update={"confidence": 0.95})


def test_another_version_page_tenant_language_or_run_has_not_been_read() -> None:
    readings = Readings(MemoryStorage(), BUCKET)
    readings.keep(request(), reading("tesseract", 0.9, "Öl"))
    assert readings.find(request(), "tesseract", "2") is None
    assert readings.find(request(page=3), "tesseract", "1") is None
    assert readings.find(request(tenant="other"), "tesseract", "1") is None
    assert readings.find(request(languages=("eng",)), "tesseract", "1") is None
    assert readings.find(request(run=1), "tesseract", "1") is None


def test_a_version_cannot_leave_its_folder() -> None:
    readings = Readings(MemoryStorage(), BUCKET)
    found = reading("tesseract", 0.9, "Öl", engine_version="../../x/1")
    assert readings.reference(request(), found).dataref.count("/") == 7


def test_the_first_of_two_readings_stays() -> None:
    readings = Readings(MemoryStorage(), BUCKET)
    first, second = (reading("tesseract", 0.9, text) for text in ("first", "second"))
    assert readings.keep(request(), first) == first
    assert readings.keep(request(), second) == first


@pytest.mark.parametrize("garbage", [b"", b"{}", b"\xff"])
def test_what_cannot_be_understood_is_as_good_as_absent_until_it_is_read_again(garbage: bytes) -> None:
    storage = MemoryStorage()
    readings = Readings(storage, BUCKET)
    readings.keep(request(), reading("tesseract", 0.9, "Öl"))
    for bucket, key in list(storage.objects):
        storage.add(bucket, key, garbage)
    assert readings.find(request(), "tesseract", "1") is None
    again = reading("tesseract", 0.8, "Öl")
    assert readings.keep(request(), again) == again
    assert readings.find(request(), "tesseract", "1") == again


def test_a_reference_leads_to_the_tenants_own_readings_only() -> None:
    readings = Readings(MemoryStorage(), BUCKET)
    found = reading("tesseract", 0.9, "Öl")
    readings.keep(request(), found)
    dataref = readings.reference(request(), found).dataref
    assert readings.at(dataref, tenant="acme") == found
    assert readings.at(dataref, tenant="other") is None
    for odd in ("", "s3://", dataref.replace(BUCKET, "others"), dataref.replace("/2/", "/../2/")):
        assert readings.at(odd, tenant="acme") is None


def test_no_text_on_blank_paper_is_certain_and_on_anything_else_a_failure() -> None:
    assert confidence_in_no_text(Raster(b"\xff" * 100_000, 1000, 100, 300)) == 1
    assert confidence_in_no_text(Raster(b"\0" * 9 + b"\xff" * 99_991, 1000, 100, 300)) == 1
    assert confidence_in_no_text(Raster(b"\0" * 100 + b"\xff" * 99_900, 1000, 100, 300)) == 0
