import io
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from onnxruntime import InferenceSession
from PIL import Image

from functions.documents.opening import open_document
from functions.engine.reader import Raster
from functions.rapidocr import models
from functions.rapidocr.pipeline import EngineError, Pipeline
from functions.rapidocr.reader import Rapidocr
from functions.rapidocr.settings import RapidocrSettings
from functions.reading.reading import Box
from tests.unit.documents.handmade import line, pdf

LETTER = "Größe: 5 Maß Öl, Überweisung 12,50 €"


def settings(**changed: float) -> RapidocrSettings:
    return RapidocrSettings.model_validate({"kafka_bootstrap_servers": "nowhere:9092", **changed})


def loaded(**changed: float) -> Rapidocr:
    reader = Rapidocr(settings(**changed))
    reader.load()
    return reader


@pytest.fixture(scope="module")
def rapidocr() -> Rapidocr:
    return loaded()


def page(*contents: bytes) -> Raster:
    document = open_document(io.BytesIO(pdf([b"".join(contents)])), "application/pdf")
    return document.render(1, max_pixels=20_000_000, dpi=100)


def turned(image: Raster, degrees: float) -> Raster:
    picture = Image.frombytes("L", (image.width, image.height), image.pixels)
    pixels = picture.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255).tobytes()
    return Raster(pixels, image.width, image.height, image.dpi)


def within(inner: Box, outer: Box, by: int = 0) -> bool:
    return (
        outer[0] - by <= inner[0] < inner[2] <= outer[2] + by and outer[1] - by <= inner[1] < inner[3] <= outer[3] + by
    )


def test_german_is_read_to_the_letter(rapidocr: Rapidocr) -> None:
    reading = rapidocr.read(page(line(LETTER)), ("deu",))
    assert reading.text == LETTER
    assert 0.9 < reading.confidence <= 1
    assert set(reading.timings) == {"detection", "recognition"}


def test_a_skewed_page_is_read_as_well_and_its_lines_have_polygons_that_show_the_skew(rapidocr: Rapidocr) -> None:
    image = turned(page(line(LETTER), line("zweite Zeile", at=(72, 600))), 4)
    reading = rapidocr.read(image, ("deu",))
    assert reading.text.split() == [*LETTER.split(), "zweite", "Zeile"]
    for found in reading.lines:
        assert found.polygon
        top_left, top_right, bottom_right, bottom_left = found.polygon
        assert top_right[1] < top_left[1] < bottom_left[1]
        assert top_right[1] < bottom_right[1] < bottom_left[1]


def test_text_that_runs_down_the_page_is_read_from_the_top(rapidocr: Rapidocr) -> None:
    upright = page(line("Rechnung 4711"))
    picture = Image.frombytes("L", (upright.width, upright.height), upright.pixels)
    down = picture.transpose(Image.Transpose.ROTATE_270)
    (found,) = rapidocr.read(Raster(down.tobytes(), down.width, down.height, 100), ("deu",)).lines
    assert found.text == "Rechnung 4711"
    assert found.words[0].box[1] < found.words[1].box[1]


def test_words_stand_in_their_lines_in_order_and_lines_on_the_page(rapidocr: Rapidocr) -> None:
    image = page(line(LETTER), line("zweite Zeile", at=(72, 600)))
    reading = rapidocr.read(image, ("deu",))
    assert [found.text for found in reading.lines] == [LETTER, "zweite Zeile"]
    for found in reading.lines:
        assert within(found.box, (0, 0, image.width, image.height))
        assert [word.text for word in found.words] == found.text.split()
        assert all(within(word.box, found.box, by=1) for word in found.words)
        # A box holds all of the pixels that it touches.
        assert all(a.box[2] <= b.box[0] + 1 for a, b in zip(found.words, found.words[1:], strict=False))
        assert all(word.confidence and word.confidence <= 1 for word in found.words)


def test_a_word_covers_its_own_ink(rapidocr: Rapidocr) -> None:
    image = page(line("Hamburg"), line("Berlin", at=(300, 700)))
    ink = Image.frombytes("L", (image.width, image.height), image.pixels).point(lambda value: 255 - value)
    words = [word for found in rapidocr.read(image, ("deu",)).lines for word in found.words]
    for word, part in zip(words, ((0, 0, 380, image.height), (380, 0, image.width, image.height)), strict=True):
        left, top, right, bottom = ink.crop(part).getbbox() or (0, 0, 0, 0)
        assert within((left + part[0], top, right + part[0], bottom), word.box, by=8)


def test_a_blank_page_is_certainly_empty(rapidocr: Rapidocr) -> None:
    reading = rapidocr.read(page(b""), ("deu",))
    assert (reading.text, reading.lines, reading.confidence) == ("", (), 1.0)


def test_ink_without_text_is_not_certain_at_all(rapidocr: Rapidocr) -> None:
    reading = rapidocr.read(page(b"0 g 0 0 595 842 re f"), ("deu",))
    assert (reading.text, reading.confidence) == ("", 0.0)


@pytest.mark.parametrize("size", [(1, 1), (8, 400), (400, 8), (2000, 40)])
def test_pages_too_small_for_the_network_are_read_nevertheless(rapidocr: Rapidocr, size: tuple[int, int]) -> None:
    width, height = size
    assert rapidocr.read(Raster(b"\xff" * width * height, width, height, 100), ("deu",)).text == ""


def test_lines_that_are_not_sure_enough_are_left_out() -> None:
    reading = loaded(min_line_confidence=1).read(page(line("Hamburg 2025")), ("deu",))
    assert reading.lines == ()


def test_threads_read_at_the_same_time(rapidocr: Rapidocr) -> None:
    numbers = [f"Rechnung {number}" for number in range(4711, 4717)]
    pages = [page(line(number)) for number in numbers]  # before the threads: PDFium is for one at a time
    with ThreadPoolExecutor(3) as threads:
        readings = list(threads.map(lambda image: rapidocr.read(image, ("deu",)), pages))
    assert [reading.text for reading in readings] == numbers


def test_nothing_is_fetched_from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a connection was wanted")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert loaded().read(page(line("Hamburg")), ("deu",)).text == "Hamburg"


def test_other_models_or_settings_are_another_version(tmp_path: Path) -> None:
    for name in (models.DETECTION, models.RECOGNITION):
        (tmp_path / name).write_bytes(b"another model")
    versions = {
        models.named(models.folder(), settings()),
        models.named(tmp_path, settings()),
        models.named(models.folder(), settings(detection_side=640)),
    }
    assert len(versions) == 3
    assert Rapidocr(settings()).version == models.named(models.folder(), settings(ort_threads=2))


def test_every_language_has_its_letters_in_the_dictionary_of_the_model() -> None:
    session = InferenceSession(models.folder() / models.RECOGNITION, providers=["CPUExecutionProvider"])
    letters = set(session.get_modelmeta().custom_metadata_map["character"].splitlines())
    missing = {language: set(needed) - letters for language, needed in models.LANGUAGES.items()}
    assert not any(missing.values()), missing
    assert {"deu", "eng"} <= Rapidocr.languages


def test_a_page_on_which_the_runtime_gives_up_fails_in_words() -> None:
    pipeline = Pipeline(models.folder(), settings())
    pipeline._recognize.session.session = pipeline._detect.session.session  # noqa: SLF001  # wants other pictures
    with pytest.raises(EngineError, match="gave up") as failure:
        pipeline.lines(page(line("Hamburg")))
    assert "Traceback" not in str(failure.value)


def test_files_that_are_no_models_fail_at_the_start(tmp_path: Path) -> None:
    (tmp_path / models.DETECTION).write_bytes(b"no model")
    with pytest.raises(EngineError, match=models.DETECTION):
        Pipeline(tmp_path, settings())


def test_before_it_is_loaded_it_says_so() -> None:
    with pytest.raises(RuntimeError, match="not loaded yet"):
        Rapidocr(settings()).read(page(b""), ("deu",))
