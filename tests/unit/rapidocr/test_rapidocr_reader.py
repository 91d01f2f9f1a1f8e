import io
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from onnxruntime import InferenceSession
from PIL import Image

from functions.documents.formats import open_document
from functions.engine.reader import Raster
from functions.rapidocr import models
from functions.rapidocr.pipeline import EngineError, Pipeline
from functions.rapidocr.reader import Rapidocr
from functions.rapidocr.settings import RapidocrSettings
from functions.reading.reading import Box
from tests.unit.documents.document_builders import build_pdf, draw_text

LETTER = "Größe: 5 Maß Öl, Überweisung 12,50 €"


def make_settings(**changed: float) -> RapidocrSettings:
    return RapidocrSettings.model_validate({"kafka_bootstrap_servers": "nowhere:9092", **changed})


def load_reader(**changed: float) -> Rapidocr:
    reader = Rapidocr(make_settings(**changed))
    reader.load()
    return reader


@pytest.fixture(scope="module")
def rapidocr() -> Rapidocr:
    return load_reader()


def page(*contents: bytes) -> Raster:
    document = open_document(io.BytesIO(build_pdf([b"".join(contents)])), "application/pdf")
    return document.render_page(1, max_pixels=20_000_000, dpi=100)


def rotate(image: Raster, degrees: float) -> Raster:
    picture = Image.frombytes("L", (image.width, image.height), image.pixels)
    pixels = picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255).tobytes()
    return Raster(pixels, image.width, image.height, image.dpi)


def is_within(inner: Box, outer: Box, by: int = 0) -> bool:
    return (
        outer[0] - by <= inner[0] < inner[2] <= outer[2] + by and outer[1] - by <= inner[1] < inner[3] <= outer[3] + by
    )


def test_german_is_read_exactly(rapidocr: Rapidocr) -> None:
    reading = rapidocr.read(page(draw_text(LETTER)), ("deu",))
    assert reading.text == LETTER
    assert 0.9 < reading.confidence <= 1
    assert set(reading.timings) == {"detection", "recognition"}


def test_skewed_page_is_read_with_skewed_polygons(rapidocr: Rapidocr) -> None:
    image = rotate(page(draw_text(LETTER), draw_text("zweite Zeile", at=(72, 600))), 4)
    reading = rapidocr.read(image, ("deu",))
    assert reading.text.split() == [*LETTER.split(), "zweite", "Zeile"]
    for found in reading.lines:
        assert found.polygon
        top_left, top_right, bottom_right, bottom_left = found.polygon
        assert top_right[1] < top_left[1] < bottom_left[1]
        assert top_right[1] < bottom_right[1] < bottom_left[1]


def test_vertical_text_is_read_from_the_top(rapidocr: Rapidocr) -> None:
    upright = page(draw_text("Rechnung 4711"))
    picture = Image.frombytes("L", (upright.width, upright.height), upright.pixels)
    down = picture.transpose(Image.Transpose.ROTATE_270)
    (found,) = rapidocr.read(Raster(down.tobytes(), down.width, down.height, 100), ("deu",)).lines
    assert found.text == "Rechnung 4711"
    assert found.words[0].box[1] < found.words[1].box[1]


def test_words_are_ordered_inside_lines_and_lines_inside_the_page(rapidocr: Rapidocr) -> None:
    image = page(draw_text(LETTER), draw_text("zweite Zeile", at=(72, 600)))
    reading = rapidocr.read(image, ("deu",))
    assert [found.text for found in reading.lines] == [LETTER, "zweite Zeile"]
    for found in reading.lines:
        assert is_within(found.box, (0, 0, image.width, image.height))
        assert [word.text for word in found.words] == found.text.split()
        assert all(is_within(word.box, found.box, by=1) for word in found.words)
        # Boxes are rounded outwards, so neighbours may share a pixel.
        assert all(a.box[2] <= b.box[0] + 1 for a, b in zip(found.words, found.words[1:], strict=False))
        assert all(word.confidence and word.confidence <= 1 for word in found.words)


def test_word_box_covers_its_ink(rapidocr: Rapidocr) -> None:
    image = page(draw_text("Hamburg"), draw_text("Berlin", at=(300, 700)))
    ink = Image.frombytes("L", (image.width, image.height), image.pixels).point(lambda value: 255 - value)
    words = [word for found in rapidocr.read(image, ("deu",)).lines for word in found.words]
    for word, part in zip(words, ((0, 0, 380, image.height), (380, 0, image.width, image.height)), strict=True):
        left, top, right, bottom = ink.crop(part).getbbox() or (0, 0, 0, 0)
        assert is_within((left + part[0], top, right + part[0], bottom), word.box, by=8)


def test_blank_page_is_empty_with_full_confidence(rapidocr: Rapidocr) -> None:
    reading = rapidocr.read(page(b""), ("deu",))
    assert (reading.text, reading.lines, reading.confidence) == ("", (), 1.0)


def test_ink_without_text_has_no_confidence(rapidocr: Rapidocr) -> None:
    reading = rapidocr.read(page(b"0 g 0 0 595 842 re f"), ("deu",))
    assert (reading.text, reading.confidence) == ("", 0.0)


@pytest.mark.parametrize("size", [(1, 1), (8, 400), (400, 8), (2000, 40)])
def test_page_too_small_for_the_network_is_read(rapidocr: Rapidocr, size: tuple[int, int]) -> None:
    width, height = size
    assert rapidocr.read(Raster(b"\xff" * width * height, width, height, 100), ("deu",)).text == ""


def test_line_with_low_confidence_is_dropped() -> None:
    reading = load_reader(min_line_confidence=1).read(page(draw_text("Hamburg 2025")), ("deu",))
    assert reading.lines == ()


def test_threads_read_concurrently(rapidocr: Rapidocr) -> None:
    numbers = [f"Rechnung {number}" for number in range(4711, 4717)]
    pages = [page(draw_text(number)) for number in numbers]  # before the threads start: PDFium is not thread-safe
    with ThreadPoolExecutor(3) as threads:
        readings = list(threads.map(lambda image: rapidocr.read(image, ("deu",)), pages))
    assert [reading.text for reading in readings] == numbers


def test_engine_opens_no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the engine opened a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_reader().read(page(draw_text("Hamburg")), ("deu",)).text == "Hamburg"


def test_version_depends_on_models_and_settings(tmp_path: Path) -> None:
    for name in (models.DETECTION_MODEL, models.RECOGNITION_MODEL):
        (tmp_path / name).write_bytes(b"another model")
    versions = {
        models.build_version(models.find_models_dir(), make_settings()),
        models.build_version(tmp_path, make_settings()),
        models.build_version(models.find_models_dir(), make_settings(detection_side=640)),
    }
    assert len(versions) == 3
    assert Rapidocr(make_settings()).version == models.build_version(
        models.find_models_dir(), make_settings(ort_threads=2)
    )


def test_model_has_the_letters_of_every_language() -> None:
    session = InferenceSession(models.find_models_dir() / models.RECOGNITION_MODEL, providers=["CPUExecutionProvider"])
    letters = set(session.get_modelmeta().custom_metadata_map["character"].splitlines())
    missing = {language: set(needed) - letters for language, needed in models.LANGUAGES.items()}
    assert not any(missing.values()), missing
    assert {"deu", "eng"} <= Rapidocr.languages


def test_runtime_error_on_a_page_becomes_an_engine_error() -> None:
    pipeline = Pipeline(models.find_models_dir(), make_settings())
    pipeline._recognize.session.session = pipeline._detect.session.session  # noqa: SLF001  # expects images of another shape
    with pytest.raises(EngineError, match="failed") as failure:
        pipeline.recognize_lines(page(draw_text("Hamburg")))
    assert "Traceback" not in str(failure.value)


def test_invalid_model_file_fails_at_the_start(tmp_path: Path) -> None:
    (tmp_path / models.DETECTION_MODEL).write_bytes(b"no model")
    with pytest.raises(EngineError, match=models.DETECTION_MODEL):
        Pipeline(tmp_path, make_settings())


def test_reading_before_loading_raises_an_error() -> None:
    with pytest.raises(RuntimeError, match="not loaded yet"):
        Rapidocr(make_settings()).read(page(b""), ("deu",))
