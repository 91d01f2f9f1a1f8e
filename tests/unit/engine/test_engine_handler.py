import pytest

from events.errors import InvalidEvent
from events.page import ReadingRef
from functions.engine.reader import Raster
from functions.reading.reading import Line, Reading
from functions.runtime.errors import Unavailable
from functions.runtime.sandbox.problem import DocumentProblem
from tests.unit.engine.engine_fakes import NOW, FakePageSource, FakeReader, make_reading, make_reference, make_request
from tests.unit.engine.fake_engine import (
    FakeEngine,
    expect_failed,
    expect_next_request,
    expect_recognized,
    share_storage,
)


def test_read_page_is_published_with_its_text() -> None:
    event = expect_recognized(FakeEngine()(make_request()))
    assert (event.text, event.confidence, event.best_effort) == ("Öl", 0.9, False)
    assert (event.engine, event.engine_version, event.page, event.pages) == ("tesseract", "5", 2, 3)
    assert event.why == "first on the route; tesseract expects 90% to be right"
    assert event.dataref.startswith("s3://pagebus-results/readings/acme/")


def test_redelivered_request_is_read_once_with_same_id() -> None:
    engine = FakeEngine()
    assert engine(make_request()).id == engine(make_request()).id
    assert (engine.reader.read_count, engine.pages.load_count) == (1, 1)


def test_reading_of_the_faster_replica_is_published() -> None:
    engine = FakeEngine(FakeReader(0.9, text="slower"))
    faster = FakeReader(0.95, text="faster")
    engine.storage.before_put = lambda: share_storage(engine, faster)(make_request())
    event = expect_recognized(engine(make_request()))
    assert (event.text, event.confidence) == ("faster", 0.95)


def test_other_languages_make_another_reading() -> None:
    engine = FakeEngine()
    engine(make_request())
    engine(make_request(languages=("deu", "eng")))
    assert engine.reader.read_count == 2


def test_low_confidence_passes_the_page_on_with_its_reading() -> None:
    engine = FakeEngine(FakeReader(0.5))
    event = expect_next_request(engine(make_request(route=("rapidocr", "surya"))))
    assert (event.engine, event.route) == ("rapidocr", ("surya",))
    assert event.best is not None
    assert (event.best.engine, event.best.confidence) == ("tesseract", 0.5)
    assert event.requested_at > NOW
    assert engine.readings.load_ref(make_request(), event.best) is not None


def test_low_confidence_at_the_end_is_best_effort() -> None:
    event = expect_recognized(FakeEngine(FakeReader(0.5))(make_request()))
    assert (event.text, event.best_effort) == ("Öl", True)


def test_better_reading_of_an_earlier_engine_is_published() -> None:
    engine = FakeEngine(FakeReader(0.5))
    best = engine.store_reading(make_reading("rapidocr", 0.7, "Maß"))
    event = expect_recognized(engine(make_request(best=best)))
    assert (event.engine, event.text, event.confidence, event.best_effort) == ("rapidocr", "Maß", 0.7, True)
    assert event.dataref == best.dataref


def test_better_reading_of_an_earlier_engine_is_passed_on() -> None:
    engine = FakeEngine(FakeReader(0.5))
    best = engine.store_reading(make_reading("rapidocr", 0.7, "Maß"))
    assert expect_next_request(engine(make_request(best=best, route=("surya",)))).best == best


def test_later_engine_wins_with_equal_confidence() -> None:
    engine = FakeEngine(FakeReader(0.7))
    best = engine.store_reading(make_reading("rapidocr", 0.7, "Maß"))
    assert expect_recognized(engine(make_request(best=best))).engine == "tesseract"


def test_missing_earlier_reading_is_ignored() -> None:
    event = expect_recognized(FakeEngine(FakeReader(0.5))(make_request(best=make_reference("rapidocr", 0.7))))
    assert event.engine == "tesseract"


@pytest.mark.parametrize(
    "reference", [make_reference("rapidocr", 0.9, tenant="other"), make_reference("rapidocr", 0.9, bucket="others")]
)
def test_reference_to_another_tenant_or_bucket_is_invalid(reference: ReadingRef) -> None:
    with pytest.raises(InvalidEvent):
        FakeEngine(FakeReader(0.5))(make_request(best=reference))


@pytest.mark.parametrize(("limit", "expected"), [(32_768, "ö" * 100), (200, "ö" * 100), (199, None), (0, None)])
def test_text_is_inline_up_to_a_byte_limit(limit: int, expected: str | None) -> None:
    assert (
        expect_recognized(FakeEngine(FakeReader(text="ö" * 100))(make_request(), inline_text_bytes=limit)).text
        == expected
    )


def test_page_without_text_has_an_empty_text() -> None:
    assert expect_recognized(FakeEngine(FakeReader(1.0, text=""))(make_request())).text == ""


@pytest.mark.parametrize(("late", "waiting"), [(4, 4), (-4, 0)])
def test_waiting_seconds_are_never_negative(late: float, waiting: float) -> None:
    event = expect_recognized(FakeEngine()(make_request(), seconds_late=late))
    assert event.seconds.waiting == waiting
    assert event.seconds.starting >= 0
    assert event.seconds.reading == 1.5


def test_unsupported_language_passes_the_page_on() -> None:
    engine = FakeEngine()
    event = expect_next_request(engine(make_request(languages=("deu", "ces"), route=("surya",))))
    assert (event.engine, event.best) == ("surya", None)
    assert "ces" in event.why
    assert engine.pages.load_count == 0


def test_unsupported_language_at_the_end_fails_the_page() -> None:
    event = expect_failed(FakeEngine()(make_request(languages=("ces",))))
    assert (event.reason, event.engine) == ("unsupported_language", "tesseract")


def test_engine_error_passes_the_page_on() -> None:
    event = expect_next_request(
        FakeEngine(FakeReader(problem=RuntimeError("secret text")))(make_request(route=("surya",)))
    )
    assert event.engine == "surya"
    assert "secret" not in event.why


def test_engine_error_at_the_end_publishes_the_earlier_reading() -> None:
    engine = FakeEngine(FakeReader(problem=RuntimeError()))
    best = engine.store_reading(make_reading("rapidocr", 0.7, "Maß"))
    event = expect_recognized(engine(make_request(best=best)))
    assert (event.engine, event.text, event.best_effort) == ("rapidocr", "Maß", True)


class ReaderWithoutBoxes(FakeReader):
    """A reader whose line has no box."""

    def read(self, image: Raster, languages: tuple[str, ...]) -> Reading:
        line = Line(text="Öl", box=(0, 0, 9, 9)).model_copy(update={"box": None})
        return super().read(image, languages).model_copy(update={"lines": (line,)})


def test_reading_without_boxes_passes_the_page_on() -> None:
    event = expect_next_request(FakeEngine(ReaderWithoutBoxes())(make_request(route=("rapidocr",))))
    assert event.engine == "rapidocr"
    assert event.spent["tesseract"] > 0


def test_engine_error_without_earlier_reading_fails_the_page() -> None:
    event = expect_failed(FakeEngine(FakeReader(problem=RuntimeError("secret text")))(make_request()))
    assert event.reason == "engine_failed"
    assert "secret" not in event.message


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        ("damaged_pdf", "damaged_page"),
        ("damaged_image", "damaged_page"),
        ("damaged_page", "damaged_page"),
        ("password_required", "damaged_page"),
        ("document_gone", "document_gone"),
        ("document_changed", "document_changed"),
        ("image_too_large", "image_too_large"),
        ("took_too_long", "took_too_long"),
        ("too_much_memory", "too_much_memory"),
        ("crashed", "crashed"),
        ("invented by a job", "crashed"),
    ],
)
def test_unreadable_page_fails_without_next_engine(problem: str, reason: str) -> None:
    engine = FakeEngine(pages=FakePageSource(DocumentProblem(problem, "It is broken.")))
    event = expect_failed(engine(make_request(route=("surya",))))
    assert (event.reason, event.message) == (reason, "It is broken.")


def test_missing_document_publishes_the_earlier_reading() -> None:
    engine = FakeEngine(pages=FakePageSource(DocumentProblem("document_gone", "gone")))
    best = engine.store_reading(make_reading("rapidocr", 0.7, "Maß"))
    assert expect_recognized(engine(make_request(best=best, route=("surya",)))).text == "Maß"


@pytest.mark.parametrize("where", ["pages", "reader"])
def test_unavailable_dependency_is_raised(where: str) -> None:
    down = Unavailable("down")
    engine = FakeEngine(pages=FakePageSource(down)) if where == "pages" else FakeEngine(FakeReader(problem=down))
    with pytest.raises(Unavailable):
        engine(make_request(route=("surya",)))
    assert engine.storage.list_reading_keys() == []
