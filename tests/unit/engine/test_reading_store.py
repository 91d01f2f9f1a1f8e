import pytest

from functions.engine.reader import Raster, estimate_no_text_confidence
from functions.reading.store import ReadingStore
from tests.fakes import MemoryStorage
from tests.unit.engine.engine_fakes import SHA256, make_reading, make_request

BUCKET = "pagebus-results"


def test_key_names_tenant_document_page_engine_and_languages() -> None:
    storage = MemoryStorage()
    reading = make_reading("tesseract", 0.9, "Öl", engine_version="5.5.4-fast1", languages=("deu", "eng"))
    readings = ReadingStore(storage, BUCKET)
    readings.save_if_absent(make_request(), reading)
    name = f"readings/acme/{SHA256}/2/tesseract-5.5.4-fast1-deu+eng.json"
    assert list(storage.objects) == [(BUCKET, name)]
    assert readings.make_reference(make_request(), reading).dataref == f"s3://{BUCKET}/{name}"


def test_stored_reading_is_loaded_unchanged() -> None:
    readings = ReadingStore(MemoryStorage(), BUCKET)
    reading = make_reading("tesseract", 0.9, "Größe\n12,50 €")
    assert readings.save_if_absent(make_request(), reading) == reading
    assert readings.find(make_request(), "tesseract", "1") == reading
    assert readings.load_ref(make_request(), readings.make_reference(make_request(), reading)) == reading


def test_loaded_reading_has_the_confidence_of_its_reference() -> None:
    readings = ReadingStore(MemoryStorage(), BUCKET)
    reading = make_reading("tesseract", 0.9, "Öl")
    readings.save_if_absent(make_request(), reading)
    reference = readings.make_reference(make_request(), reading).model_copy(update={"confidence": 0.95})
    loaded = readings.load_ref(make_request(), reference)
    assert loaded == reading.model_copy(update={"confidence": 0.95})


def test_other_version_page_tenant_language_or_run_is_not_found() -> None:
    readings = ReadingStore(MemoryStorage(), BUCKET)
    readings.save_if_absent(make_request(), make_reading("tesseract", 0.9, "Öl"))
    assert readings.find(make_request(), "tesseract", "2") is None
    assert readings.find(make_request(page=3), "tesseract", "1") is None
    assert readings.find(make_request(tenant="other"), "tesseract", "1") is None
    assert readings.find(make_request(languages=("eng",)), "tesseract", "1") is None
    assert readings.find(make_request(run=1), "tesseract", "1") is None


def test_version_with_slashes_stays_in_its_folder() -> None:
    readings = ReadingStore(MemoryStorage(), BUCKET)
    reading = make_reading("tesseract", 0.9, "Öl", engine_version="../../x/1")
    assert readings.make_reference(make_request(), reading).dataref.count("/") == 7


def test_first_of_two_readings_is_kept() -> None:
    readings = ReadingStore(MemoryStorage(), BUCKET)
    first, second = (make_reading("tesseract", 0.9, text) for text in ("first", "second"))
    assert readings.save_if_absent(make_request(), first) == first
    assert readings.save_if_absent(make_request(), second) == first


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff"])
def test_malformed_reading_is_absent_and_gets_replaced(body: bytes) -> None:
    storage = MemoryStorage()
    readings = ReadingStore(storage, BUCKET)
    readings.save_if_absent(make_request(), make_reading("tesseract", 0.9, "Öl"))
    for bucket, key in list(storage.objects):
        storage.add(bucket, key, body)
    assert readings.find(make_request(), "tesseract", "1") is None
    repeated = make_reading("tesseract", 0.8, "Öl")
    assert readings.save_if_absent(make_request(), repeated) == repeated
    assert readings.find(make_request(), "tesseract", "1") == repeated


def test_reference_loads_only_readings_of_the_tenant() -> None:
    readings = ReadingStore(MemoryStorage(), BUCKET)
    reading = make_reading("tesseract", 0.9, "Öl")
    readings.save_if_absent(make_request(), reading)
    dataref = readings.make_reference(make_request(), reading).dataref
    assert readings.load(dataref, tenant="acme") == reading
    assert readings.load(dataref, tenant="other") is None
    for invalid in ("", "s3://", dataref.replace(BUCKET, "others"), dataref.replace("/2/", "/../2/")):
        assert readings.load(invalid, tenant="acme") is None


def test_empty_text_is_certain_on_blank_paper_only() -> None:
    assert estimate_no_text_confidence(Raster(b"\xff" * 100_000, 1000, 100, 300)) == 1
    assert estimate_no_text_confidence(Raster(b"\0" * 9 + b"\xff" * 99_991, 1000, 100, 300)) == 1
    assert estimate_no_text_confidence(Raster(b"\0" * 100 + b"\xff" * 99_900, 1000, 100, 300)) == 0
